"""How an imported experiment stands: what it holds, what nobody knows of it, what was made of it."""

from typing import Any

from traitscope.experiment import Experiment, locked
from traitscope.experiment.files import read_json, write_text
from traitscope.pipeline.imported.comparing import RESULT, comparison_of, pairs_of
from traitscope.pipeline.imported.held import lacking
from traitscope.pipeline.imported.reading import best_found, projections_of
from traitscope.pipeline.imported.record import load_imported
from traitscope.report.imported_text import imported_markdown

REPORT = "report.md"


def imported_standing(experiment: Experiment) -> dict[str, Any]:
    """All that status and report show, as a value: the record, states, best layers and comparisons."""
    of = load_imported(experiment)
    comparisons = []
    for pair in pairs_of(of):
        artefact = comparison_of(experiment, of, pair)
        state = artefact.state()
        comparisons.append(
            pair._asdict()
            | {"state": state.name, "reason": state.reason, "lacks": lacking(of, pair)}
            | {"found": read_json(artefact.folder / RESULT) if state.name == "done" else None}
        )
    return {
        **of.known,
        "name": experiment.config.name,
        "projections": [
            {"reader": cell.reader, "writer": cell.writer, "prompts": cell.prompts}
            | {"answers": cell.answers, "layers": list(cell.layers)}
            | {"state": projections_of(experiment, of, cell).state().name}
            for cell in of.cells
        ],
        "best": {name: best_found(experiment, of, name) for name in of.known["traits"]},
        "comparisons": comparisons,
    }


def write_imported_report(experiment: Experiment) -> str:
    """Write `report/report.md`, and return it."""
    text = imported_markdown(imported_standing(experiment))
    with locked(experiment.layout.lock):
        write_text(experiment.layout.report / REPORT, text)
    return text
