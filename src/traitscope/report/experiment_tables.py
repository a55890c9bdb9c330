"""The tables of provenance: stages, variants, versions, fingerprints."""

from traitscope.report import numbers
from traitscope.report.tables import Cell, Column, Sheet, cell, name_cell, sheet
from traitscope.report.view import ExperimentView


def provenance_tables(experiment: ExperimentView) -> tuple[Sheet, ...]:
    """Stages with their times, variants, versions, fingerprints; those that have rows."""
    sheets = (
        _stages(experiment),
        _variants(experiment),
        _pairs("versions", "Versions", ("library", "version"), dict(experiment.versions)),
        _pairs(
            "fingerprints", "Fingerprints", ("artefact", "fingerprint"), dict(experiment.fingerprints or {})
        ),
    )
    return tuple(table for table in sheets if table.rows)


def _stages(experiment: ExperimentView) -> Sheet:
    rows = [
        (name_cell(stage.name), name_cell(stage.state), cell(stage.seconds, numbers.duration(stage.seconds)))
        for stage in experiment.stages
    ]
    heads = (Column("stage", numeric=False), Column("state", numeric=False), Column("time"))
    return sheet("stages", "Stages", heads, rows)


def _variants(experiment: ExperimentView) -> Sheet:
    heads = tuple(
        Column(name, numeric=False) for name in ("variant", "model", "weights", "prompts", "adapter")
    )
    rows = [
        (
            name_cell(row.name + (" (control)" if row.control else "")),
            name_cell(row.model),
            name_cell(row.weights, "code"),
            name_cell(row.template),
            name_cell(row.adapter or "none"),
        )
        for row in experiment.variants
    ]
    return sheet("variants", "Variants", heads, rows)


def _pairs(key: str, caption: str, heads: tuple[str, str], pairs: dict[str, str]) -> Sheet:
    rows = [(name_cell(name), Cell(value, value, kind="code")) for name, value in pairs.items()]
    return sheet(key, caption, tuple(Column(head, numeric=False) for head in heads), rows)
