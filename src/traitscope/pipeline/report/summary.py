"""summary.json: the figures of an experiment as others may rely on them (schema 1, docs/summary.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from traitscope.comparison import middle_layer
from traitscope.config import judge_settings
from traitscope.data import Trait
from traitscope.experiment import Journal, read_manifest
from traitscope.experiment.artefact import versions
from traitscope.experiment.files import write_json
from traitscope.judging.averages import FEW_SCORED
from traitscope.pipeline.check.stage import load_check, standings
from traitscope.pipeline.compare.stage import comparison_artefact, comparisons, load_comparison
from traitscope.pipeline.extract.stage import METRICS, extraction
from traitscope.pipeline.infer.lines import MIDDLE, STEERED
from traitscope.pipeline.judge.judges import label
from traitscope.pipeline.report.summary_damage import damage_row, divergence_row, sample_rows
from traitscope.pipeline.rows import with_reasons
from traitscope.pipeline.run import Run
from traitscope.pipeline.status import STAGES, pieces, stage_seconds, stage_state, status
from traitscope.pipeline.steer.damage import damage_found
from traitscope.pipeline.steer.specificity import load_specificity, specificity_artefact
from traitscope.pipeline.steer.stage import load_best, settings_of, steering
from traitscope.pipeline.tables import read_table
from traitscope.pipeline.vet.stage import load_vetting, vetted_traits, vetting_artefact
from traitscope.steering import UNSTEERED, Result, Source, competing_sources, is_control
from traitscope.vetting import Vetting

SCHEMA = 1
DELTA_KEYS = ("delta", "delta_low", "delta_high")
LEAD_KEYS = ("lead", "lead_low", "lead_high")
SPREAD_KEYS = ("spread", "above_50")
RANKING_KEYS = (
    "trait",
    "layer",
    "shift",
    "low",
    "high",
    "score",
    "score_last_prompt",
    "tail_share",
    "controls_above",
    "output",
    "behaviour",
    "behaviour_low",
    "behaviour_high",
    "verdict",
    "verdict_reason",
)


def write_summary(run: Run) -> None:
    """Write `summary.json` of the artefacts as they stand."""
    write_json(run.experiment.layout.summary, summary(run))


def summary(run: Run) -> dict[str, Any]:
    """The summary as a value; a figure that does not exist is null beside `<key>_reason`."""
    standing = status(run)
    return {
        "schema": SCHEMA,
        "experiment": run.experiment.config.name,
        "versions": versions(),
        "stages": {
            stage: {"state": stage_state(standing, stage), "seconds": stage_seconds(standing, stage)}
            for stage in STAGES
        },
        "counts": counts(run),
        "traits": {name: _trait(run, trait) for name, trait in run.traits.items()},
        "comparisons": _comparisons(run),
    }


def counts(run: Run) -> dict[str, int]:
    """Generated tokens and judged answers of the present artefacts."""
    done = [piece.artefact for piece in pieces(run) if piece.artefact.is_done()]
    manifests = [read_manifest(artefact.path) or {} for artefact in done]
    return {
        key: sum(int(manifest.get(key, 0)) for manifest in manifests)
        for key in ("generated_tokens", "judged")
    }


def used_pairs(run: Run, trait: Trait) -> int:
    """Pairs of scenes that the direction was fitted on, or will be; of an unpaired trait the scenes of its
    smaller pole."""
    artefact = extraction(run, trait)
    if artefact.is_done():
        manifest = read_manifest(artefact.path) or {}
        return int(min(manifest["kept"]))
    pairs = min(len(trait.positive), len(trait.negative))
    return min(pairs, run.experiment.config.extract.pairs or pairs)


def metrics(run: Run, trait: Trait, position: str = "") -> pl.DataFrame:
    """A trait's held-out figures at one position (empty: the first), by layer and method."""
    table = read_table(extraction(run, trait).folder / METRICS)
    if "position" not in table.columns:
        return table
    return table.filter(pl.col("position") == (position or table["position"][0]))


def detection_source(run: Run, best: Mapping[str, Any] | None) -> Source:
    """The direction whose detection stands in the table: the winner's, else the first."""
    if best is not None:
        return Source(best["method"], best["position"])
    return competing_sources(run.experiment.config)[0]


def detection_layer(run: Run, trait: Trait, best: Mapping[str, Any] | None) -> tuple[int, str]:
    """The layer whose detection stands in the table, and why; detection itself never chooses it."""
    if best is not None:
        return int(best["layer"]), STEERED
    return middle_layer(metrics(run, trait)["layer"].n_unique()), MIDDLE


def steering_result(run: Run, trait: Trait) -> tuple[dict[str, Any] | None, Result, str]:
    """What steering found of a trait (None if it has nothing to show), its result and the reason."""
    settings = run.experiment.config.steer
    left_out = run.experiment.config.why_not_steered(trait.name)
    if settings is None or left_out is not None:
        return None, "skipped", str(left_out)
    for artefact in steering(run, trait, settings):
        if not artefact.is_done():
            return None, "skipped", f"steering is {artefact.state().name}"
    found = load_best(run, trait, settings)
    return found, found["result"], found["reason"]


def _trait(run: Run, trait: Trait) -> dict[str, Any]:
    found, result, reason = steering_result(run, trait)
    best, damage = found["best"] if found else None, damage_found(run, trait)
    row: dict[str, Any] = {"pairs": used_pairs(run, trait), "result": result, "result_reason": reason}
    row["out_of_time"] = bool(found and found["out_of_time"])
    if found is None or best is None:
        row |= _figures({"baseline": found["baseline"] if found else None}, ("baseline",), reason)
        row |= {"best": None, "best_reason": reason, "arms": [], "arm_notes": [], "samples": []}
    else:
        arms = {one["name"]: one for one in found["arms"]}
        row |= _figures({"baseline": arms["unsteered"]["trait"]}, ("baseline",), FEW_SCORED)
        row["best"] = _best(best, arms["winner"]) | {"beaten": [_beaten(one) for one in found["beaten"]]}
        row["arms"] = [
            _arm(one) | divergence_row(damage, name) for name, one in arms.items() if name != "winner"
        ]
        row["samples"] = _samples(run, trait, found)
        row["arm_notes"] = found["arm_notes"]
    return (
        row
        | _specificity(run, trait, reason)
        | damage_row(damage)
        | _detection(run, trait, best)
        | _judge(run, trait)
        | _vetting(run, trait)
    )


def _specificity(run: Run, trait: Trait, reason: str) -> dict[str, Any]:
    settings = run.experiment.config.steer
    found, _, _ = steering_result(run, trait)
    if settings is None or found is None:
        return {"specificity": None, "specificity_reason": reason}
    state = specificity_artefact(run, trait, settings).state().name
    if state != "done":
        return {"specificity": None, "specificity_reason": f"specificity is {state}"}
    return {"specificity": load_specificity(run, trait, settings)}


def _samples(run: Run, trait: Trait, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    settings = run.experiment.config.steer
    assert settings is not None
    folder = run.experiment.layout.steer(trait.name, settings.variant)
    journals = {name: Journal(folder / f"{name}.jsonl") for name in ("answers", "scores")}
    return sample_rows(journals, found, settings_of(settings, trait).sign)


def _best(best: Mapping[str, Any], winner: Mapping[str, Any]) -> dict[str, Any]:
    """Where the winner was found, and its figures on the report questions."""
    return {
        "layer": best["layer"],
        "method": best["method"],
        "position": best["position"],
        "coefficient": best["coefficient"],
        "relative_strength": best["relative_strength"],
        **_figures(winner, ("trait", *SPREAD_KEYS, *DELTA_KEYS, "coherence"), FEW_SCORED),
    }


def _beaten(row: Mapping[str, Any]) -> dict[str, Any]:
    """The best of a direction that lost, with its figures on the search questions."""
    keys = ("layer", "coefficient", *DELTA_KEYS, "coherence")
    best = row["best"] or dict.fromkeys(keys)
    reason = FEW_SCORED if row["best"] else "no evaluation along it was coherent"
    return {"method": row["method"], "position": row["position"], **_figures(best, keys, reason)}


def _arm(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the winner is compared with; the unsteered answers have no delta to themselves."""
    no_delta = "deltas are taken from this arm" if row["name"] == UNSTEERED else FEW_SCORED
    return {
        "name": row["name"],
        **_figures(row, ("coefficient",), "nothing is added"),
        **_figures(row, ("trait", *SPREAD_KEYS, "coherence"), FEW_SCORED),
        **_figures(row, DELTA_KEYS, no_delta),
        **_figures(row, LEAD_KEYS, FEW_SCORED if is_control(row["name"]) else "no control"),
    }


def _figures(row: Mapping[str, Any], keys: Sequence[str], reason: str) -> dict[str, Any]:
    """The keys of a row in order, each null followed by its reason."""
    return with_reasons({key: row[key] for key in keys}, reason)


def _detection(run: Run, trait: Trait, best: Mapping[str, Any] | None) -> dict[str, Any]:
    state = extraction(run, trait).state().name
    if state != "done":
        return {"detection": None, "detection_reason": f"extraction is {state}"}
    layer, _ = detection_layer(run, trait, best)
    method, position = detection_source(run, best)
    table = metrics(run, trait, position)
    row = table.filter((pl.col("layer") == layer) & (pl.col("method") == method)).row(0, named=True)
    keys = ("layer", "method", "auc", "auc_shuffled")
    return {"detection": {key: row[key] for key in keys}}


def judge_label(run: Run, trait: Trait) -> str | None:
    """A trait's judge in tables, from what was recorded when it scored; None where nobody scored."""
    found, _, _ = steering_result(run, trait)
    if found is not None:
        return str(found["judge"]["label"])
    for standing in standings(run):
        if standing.checked.trait.name == trait.name and standing.checked.kind == "trait":
            record = load_check(run, standing.checked)
            name = standing.checked.judge
            return label(name, record["judge"] if record else _said(run, name))
    return None


def _said(run: Run, name: str) -> dict[str, Any]:
    """What the file says of a judge that left no record."""
    settings = judge_settings(run.experiment.config, name)
    return {} if settings is None else settings.model_dump()


def _judge(run: Run, trait: Trait) -> dict[str, Any]:
    shown = judge_label(run, trait)
    if shown is None:
        return {"judge": None, "judge_reason": "no judge scores this trait"}
    of_trait = [one for one in standings(run) if one.checked.trait.name == trait.name]
    standing = next(one for one in of_trait if one.checked.kind == "trait")
    row = {
        "name": standing.checked.judge,
        "label": shown,
        "check": standing.state,
        "check_reason": "; ".join(standing.reasons),
    }
    return {"judge": row}


def vetting_record(run: Run, trait: Trait) -> tuple[Vetting, dict[str, Any]] | None:
    """A trait's vetting and its judge's record; None where nothing is vetted, or no longer truly."""
    settings = run.experiment.config.vet
    if settings is None or trait.name not in vetted_traits(run, settings):
        return None
    artefact = vetting_artefact(run, trait, settings)
    if not artefact.is_done():
        return None
    manifest = read_manifest(artefact.path) or {}
    return load_vetting(run, trait, settings), manifest["judge"]


def why_not_vetted(run: Run, trait: Trait) -> str:
    """The reason in place of a vetting."""
    settings = run.experiment.config.vet
    if settings is None:
        return "not vetted"
    if trait.name not in vetted_traits(run, settings):
        return "not vetted: the judge under vet cannot score it"
    state = vetting_artefact(run, trait, settings).state().name
    return "not vetted" if state == "missing" else f"not vetted: the stage vet is {state}"


def _vetting(run: Run, trait: Trait) -> dict[str, Any]:
    record = vetting_record(run, trait)
    if record is None:
        return {"vetting": None, "vetting_reason": why_not_vetted(run, trait)}
    found, judge = record
    row = {
        "judge": judge["label"],
        "positive_pass": found.positive.share,
        "negative_pass": found.negative.share,
        **_figures({"separation": found.separation}, ("separation",), FEW_SCORED),
        "unscored": found.unscored,
    }
    return {"vetting": row}


def _comparisons(run: Run) -> list[dict[str, Any]]:
    settings = run.experiment.config.infer
    if settings is None:
        return []
    found = []
    for compared in comparisons(run):
        if comparison_artefact(run, compared, settings).is_done():
            one = load_comparison(run, compared, settings)
            ranking = [
                {key: value for key, value in row.items() if key.removesuffix("_reason") in RANKING_KEYS}
                for row in one["ranking"]
            ]
            found.append(
                {key: one[key] for key in ("before", "after", "prompts", "dose")} | {"ranking": ranking}
            )
    return found
