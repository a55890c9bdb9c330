"""A trait's view: its detection and, where it was steered, the search and its winner."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from traitscope.config import SteerSettings
from traitscope.data import Trait
from traitscope.experiment import Journal, read_manifest
from traitscope.judging.averages import FEW_SCORED
from traitscope.pipeline.extract.stage import extraction
from traitscope.pipeline.report.summary import (
    detection_layer,
    detection_source,
    judge_label,
    metrics,
    steering_result,
    used_pairs,
    vetting_record,
    why_not_vetted,
)
from traitscope.pipeline.report.views.damage import damage_view, divergence_of
from traitscope.pipeline.report.views.figures import field, number
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.damage import damage_found
from traitscope.pipeline.steer.specificity import load_specificity, specificity_artefact
from traitscope.pipeline.steer.stage import LEFT_OUT, settings_of, steered_traits, steering
from traitscope.pipeline.vet.stage import load_vetted
from traitscope.report import (
    Absent,
    Answer,
    AnswerSet,
    Arm,
    Beaten,
    DetectionCurve,
    DetectionView,
    Estimate,
    Evaluation,
    Filtered,
    LayerDetection,
    SpecificityCell,
    SpecificityView,
    SteeringView,
    TraitView,
    VettingView,
)
from traitscope.report.trait_view import sampled
from traitscope.report.values import Measured
from traitscope.steering import is_control, samples
from traitscope.vetting import worst

WORST_SHOWN = 6
"""Completions that the report quotes."""
CURVE_COLUMNS = tuple(LayerDetection.__dataclass_fields__)


class Which(NamedTuple):
    """Which answers: a killed search that went on may have left some of a push that it then did not make."""

    split: str
    arm: str
    step: int
    layer: int
    coefficient: float
    method: str
    position: str


def trait_view(run: Run, trait: Trait) -> TraitView:
    """Everything the report shows of one trait."""
    found, result, reason = steering_result(run, trait)
    steer = run.experiment.config.steer
    # Settings by trait name no others.
    settings = settings_of(steer, trait) if steer and trait.name in steered_traits(run) else None
    shown = result != "skipped" and settings is not None
    source = detection_source(run, found["best"] if found else None)
    table = metrics(run, trait, source.position) if extraction(run, trait).is_done() else None
    cost = damage_found(run, trait)
    return TraitView(
        name=trait.name,
        definition=trait.definition,
        pairs=used_pairs(run, trait),
        result=result,
        reason=reason,
        steering=_steering(run, trait, settings, found, cost)
        if found and settings and shown
        else Absent(reason),
        detection=Absent("not extracted yet") if table is None else _detection(run, trait, found, table),
        vetting=vetting_view(run, trait),
        judge=judge_label(run, trait) or "",
        base_norms=()
        if table is None
        else tuple(table.filter(table["method"] == table["method"][0]).sort("layer")["base_norm"]),
        notes=trait.notes,
        specificity=_specificity(run, trait),
        damage=damage_view(cost),
    )


def _specificity(run: Run, trait: Trait) -> SpecificityView | Absent:
    settings = run.experiment.config.steer
    if settings is None or trait.name not in steered_traits(run):
        return Absent("not steered")
    artefact = specificity_artefact(run, trait, settings)
    if not artefact.is_done():
        return Absent(f"judging it for other traits is {artefact.state().name}")
    found = load_specificity(run, trait, settings)
    cells = tuple(
        SpecificityCell(row["judged"], _measured(row, "difference"), _measured(row, "in_spreads"))
        for row in found["cells"]
    )
    return SpecificityView(found["specific"], found["specific_reason"], cells)


def _measured(row: Mapping[str, Any], key: str, missing: str = "") -> Measured:
    """An interval of a row with its two ends; what is null has its reason beside it, or else is `missing`."""
    if row[key] is None:
        return Absent(row.get(f"{key}_reason", missing))
    return Estimate(row[key], row[f"{key}_low"], row[f"{key}_high"], row.get("questions", 0), "questions")


def vetting_view(run: Run, trait: Trait) -> VettingView | Absent:
    """A trait's vetting, if it was done and is still true."""
    settings, record = run.experiment.config.vet, vetting_record(run, trait)
    if settings is None or record is None:
        return Absent(why_not_vetted(run, trait))
    found, judge = record
    failed = [
        one
        for one in load_vetted(run, trait, settings)
        if not one.passes(settings.positive, settings.negative)
    ]
    shown = tuple(worst(failed, WORST_SHOWN))
    self_vetted = bool(judge["identity"].get("self_vetted"))
    return VettingView(judge["label"], found, shown, self_vetted, _filtered(run, trait))


def _filtered(run: Run, trait: Trait) -> Filtered | None:
    artefact = extraction(run, trait)
    manifest = read_manifest(artefact.path) if artefact.is_done() else None
    if not manifest or "filtered" not in manifest:
        return None
    found = manifest["filtered"]
    return Filtered(manifest["kept"][0], found["of"], found["cosine_median"], found["cosine_lowest"])


def _detection(run: Run, trait: Trait, found: Mapping[str, Any] | None, table: Any) -> DetectionView:
    best = found["best"] if found else None
    layer, why = detection_layer(run, trait, best)
    config, source = run.experiment.config, detection_source(run, best)
    curves = tuple(
        DetectionCurve(
            method,
            tuple(
                LayerDetection(**{name: row[name] for name in CURVE_COLUMNS})
                for row in table.filter(table["method"] == method).sort("layer").iter_rows(named=True)
            ),
        )
        for method in config.extract.methods
    )
    position = source.position if config.extract.positions else ""
    return DetectionView(layer, why, source.method, curves, position)


def _steering(
    run: Run, trait: Trait, settings: SteerSettings, found: Mapping[str, Any], cost: Mapping[str, Any]
) -> SteeringView:
    answers = _answers(run, trait, settings, found["batches"])
    several = len({_direction(row) for row in found["evaluations"]}) > 1
    evaluations = tuple(
        _evaluation(row, answers, len(found["questions"]["search"]), several) for row in found["evaluations"]
    )
    best = _find(found, evaluations, "best", "no evaluation was coherent")
    broken = _find(found, evaluations, "too_strong", "every push tried stayed coherent")
    questions = found["questions"]
    return SteeringView(
        variant=settings.variant,
        method=found["best"]["method"] if found["best"] else settings.competing_methods[0],
        judge=found["judge"]["label"],
        coherence_judge=found.get("coherence_judge", settings.coherence),
        push=settings.push or "induce",
        threshold=settings.threshold,
        new_tokens=settings.new_tokens,
        baseline=found["baseline"],
        questions=tuple(questions["search"]),
        samples=settings.samples,
        temperature=settings.temperature,
        evaluations=evaluations,
        best_per_layer=_best_per_layer(found["evaluations"], evaluations, settings.push),
        best=best,
        too_strong=broken,
        report_questions=len(questions["report"]),
        in_sample=questions["in_sample"],
        arms=tuple(
            replace(_arm(row), divergence=divergence_of(cost, row["name"]))
            for row in found["arms"]
            if row["name"] != "too_strong"
        ),
        answers=_answer_sets(found, answers, settings),
        arm_notes=tuple(found["arm_notes"]),
        beaten=tuple(_beaten(found, evaluations, row) for row in found["beaten"]),
        left_out=f"{LEFT_OUT}: traitscope run {run.experiment.layout.root.name} goes on with them"
        if found["out_of_time"]
        else "",
    )


def _answers(
    run: Run, trait: Trait, settings: SteerSettings, batches: Sequence[str]
) -> dict[Which, list[Answer]]:
    """Answers of these batches with their scores, in the order of the questions; others were kept of searches
    before."""
    folder = steering(run, trait, settings).answers.folder
    scores, wanted = Journal(folder / "scores.jsonl"), set(batches)
    found: dict[Which, list[Answer]] = {}
    rows = Journal(folder / "answers.jsonl").all_rows()
    for row in sorted(rows, key=lambda row: (row["question"], row.get("sample", 0))):
        scored = scores.get(row["batch"])
        if scored is not None and row["batch"] in wanted:
            score = scored[row["row"]]
            answer = Answer(row["text"], field(score, "trait"), field(score, "coherence"))
            # A step of the search tries a point once, whatever it calls it.
            arm = row["arm"] if row["split"] == "report" or "layer" not in row else ""
            which = Which(row["split"], arm, row.get("step", 0), *_point(row))
            found.setdefault(which, []).append(answer)
    return found


def _point(row: Mapping[str, Any] | None) -> tuple[int, float, str, str]:
    if row is None or "layer" not in row:
        return 0, 0.0, "", ""
    return row["layer"], row["coefficient"], row["method"], row["position"]


def _direction(row: Mapping[str, Any]) -> str:
    return f"{row['method']} of {row['position']}"


def _evaluation(
    row: Mapping[str, Any], answers: Mapping[Which, list[Answer]], asked: int, several: bool
) -> Evaluation:
    return Evaluation(
        layer=row["layer"],
        step=row["step"],
        coefficient=row["coefficient"],
        relative_strength=row["relative_strength"],
        trait=number(row["trait"], FEW_SCORED),
        coherence=number(row["coherence"], FEW_SCORED),
        delta=number(row["delta"], FEW_SCORED),
        coherent=row["coherent"],
        answered=asked,
        unscored=row["unscored"],
        answers=tuple(answers.get(Which("search", "", row["step"], *_point(row)), ())),
        direction=_direction(row) if several else "",
        refined=row["refined"],
        interval=_interval(row),
    )


def _interval(row: Mapping[str, Any]) -> Measured:
    if row["delta_low"] is None:
        return Absent("fewer than two answers were scored")
    ends = row["delta"], row["delta_low"], row["delta_high"]
    return Estimate(*ends, row["questions"] - row["unscored"], "questions")


def _find(
    found: Mapping[str, Any], evaluations: Sequence[Evaluation], key: str, missing: str
) -> Evaluation | Absent:
    """The evaluation that stands under the key, as it is among all of them."""
    return Absent(missing) if found[key] is None else evaluations[found["evaluations"].index(found[key])]


def _beaten(found: Mapping[str, Any], evaluations: Sequence[Evaluation], row: Mapping[str, Any]) -> Beaten:
    best = _find({**found, "best": row["best"]}, evaluations, "best", "nothing along it was coherent")
    return Beaten(_direction(row), best)


def _best_per_layer(
    rows: Sequence[Mapping[str, Any]], evaluations: Sequence[Evaluation], push: str | None
) -> tuple[Evaluation, ...]:
    best: dict[int, tuple[float, Evaluation]] = {}
    for row, one in zip(rows, evaluations, strict=True):
        if row["whole"] and one.coherent and not isinstance(one.delta, Absent):
            gain = -one.delta if push == "suppress" else one.delta
            if one.layer not in best or gain > best[one.layer][0]:
                best[one.layer] = (gain, one)
    return tuple(one for _, one in best.values())


def _arm(row: Mapping[str, Any]) -> Arm:
    no_delta = "what the others are compared with" if row["name"] == "unsteered" else FEW_SCORED
    return Arm(
        row["name"],
        number(row["trait"], FEW_SCORED),
        number(row["coherence"], FEW_SCORED),
        _measured(row, "delta", no_delta),
        number(row["spread"], FEW_SCORED),
        number(row["above_50"], FEW_SCORED),
        _measured(row, "lead", FEW_SCORED if is_control(row["name"]) else "no control"),
    )


def _answer_sets(
    found: Mapping[str, Any], answers: Mapping[Which, list[Answer]], settings: SteerSettings
) -> tuple[AnswerSet, ...]:
    """Report questions with their answers; the winner's worst, median and best are flagged by trait score."""
    baseline, best, broken = (
        answers.get(Which("report", arm, 0, *_point(found[key] if key else None)), [])
        for arm, key in (("unsteered", ""), ("winner", "best"), ("too_strong", "too_strong"))
    )
    if not baseline or not best:
        return ()
    flags = samples([None if isinstance(one.trait, Absent) else one.trait for one in best], settings.sign)
    none = Absent("every push tried stayed coherent")
    return tuple(
        AnswerSet(question, baseline[i], best[i], broken[i] if broken else none, flags.get(i))
        for i, question in enumerate(sampled(found["questions"]["report"], settings.samples))
    )
