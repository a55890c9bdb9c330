"""The tables of the traits: all of them at a glance; evaluations, arms and detection of each."""

from collections.abc import Sequence

from traitscope.report import numbers, vetting_sentences
from traitscope.report.damage_view import DamageView
from traitscope.report.steering_sentences import result_words
from traitscope.report.tables import Cell, Column, Sheet, cell, columns, name_cell, sheet
from traitscope.report.trait_view import DetectionCurve, Evaluation, LayerDetection, SteeringView, TraitView
from traitscope.report.values import Absent, Number

ARROW = "\N{RIGHTWARDS ARROW}"


def traits_table(traits: Sequence[TraitView]) -> Sheet:
    """Every trait: result, baseline to best, delta, coherence, where, detection beside shuffled labels."""
    heads = (
        Column("result", "shown; weak: shown with a delta below 25; not shown; skipped", numeric=False),
        Column("trait", numeric=False),
        Column(f"baseline {ARROW} best", "mean trait score (0-100) unsteered and steered, report questions"),
        Column("delta", "mean paired difference with its 95 % interval over questions"),
        Column("coherence", "mean coherence (0-100) of the steered answers"),
        Column("KL", "divergence of the next token from the unsteered one on 20 neutral prompts, nats"),
        Column("right answers", "change of the share of multiple-choice items answered right, points"),
        Column("layer", "residual stream after this block, counted from 0"),
        Column("coefficient", "what multiplies the unit direction"),
        Column("strength", "coefficient / base norm of the layer"),
        Column("AUC", "held-out area under the curve at the deciding layer"),
        Column("shuffled", "the same with shuffled labels"),
        Column("AUC layer", "where the AUC was taken, and with which method"),
        Column("pairs", "pairs of scenes the direction was fitted on"),
        Column("vetted", "share of positive / negative completions that pass a judge", numeric=False),
        Column("judge", "who scores the trait, and coherence, and what that is worth", numeric=False),
    )
    rows, names = [_trait_row(trait) for trait in traits], [trait.name for trait in traits]
    return sheet("traits", "Every trait at a glance", heads, rows, names)


def evaluations_table(key: str, steering: SteeringView) -> Sheet:
    """Every evaluation of the search, best of its layer marked."""
    heads = columns(
        ("layer", ""),
        ("step", "order of evaluation; refined: after the coarse pass, around the best layers"),
        ("coefficient", ""),
        ("strength", "coefficient / base norm"),
        ("trait", "mean trait score on the search questions"),
        ("delta", "trait - baseline"),
        ("coherence", f"coherent from {numbers.points(steering.threshold)} on"),
        ("coherent", ""),
        ("unscored", "questions without a score"),
        ("best", "best of its layer; best of all"),
    )
    ordered = sorted(steering.evaluations, key=lambda e: e.place)
    rows = [_evaluation_row(e, steering) for e in ordered]
    names = [f"layer {e.layer}, step {e.step}" + (f", {e.direction}" if e.direction else "") for e in ordered]
    if any(e.direction for e in ordered):
        heads = (Column("direction", "method and position that it was fitted by", numeric=False), *heads)
        rows = [[name_cell(e.direction), *row] for e, row in zip(ordered, rows, strict=True)]
    return sheet(key, "Every evaluation of the search", heads, rows, names)


def arms_table(key: str, steering: SteeringView) -> Sheet:
    """What was measured on the report questions."""
    heads = columns(
        ("arm", ""),
        ("trait", "mean trait score"),
        ("spread", "standard deviation of the trait scores over questions"),
        ("above 50", "share of the scored answers whose trait score is above 50"),
        ("coherence", "mean coherence"),
        ("delta", "paired difference from unsteered with its 95 % interval over questions"),
        ("lead", "how much further the winner goes than a control that does its damage, paired"),
        ("KL", "divergence of the next token from the unsteered one on 20 neutral prompts, nats"),
    )
    rows = [
        (
            name_cell(arm.name.replace("_", " ")),
            cell(arm.trait, numbers.points(arm.trait)),
            cell(arm.spread, numbers.points(arm.spread)),
            cell(arm.above_50, numbers.percent(arm.above_50)),
            cell(arm.coherence, numbers.points(arm.coherence)),
            cell(arm.delta, numbers.points_interval(arm.delta)),
            cell(arm.lead, numbers.points_interval(arm.lead)),
            cell(arm.divergence, numbers.significant(arm.divergence)),
        )
        for arm in steering.arms
    ]
    questions = "the search questions (in sample)" if steering.in_sample else "report questions"
    return sheet(key, f"On {steering.report_questions} {questions}", heads, rows)


def detection_table(key: str, curve: DetectionCurve, base_norms: Sequence[float]) -> Sheet:
    """Held-out detection by layer, each figure beside shuffled labels and a random direction."""
    heads = columns(
        ("layer", ""),
        ("AUC", ""),
        ("AUC shuffled", "AUC with shuffled labels"),
        ("AUC random", "AUC of a random direction"),
        ("accuracy", "share on the right side of the midpoint of the training means"),
        ("accuracy shuffled", "accuracy with shuffled labels"),
        ("accuracy random", "accuracy of a random direction"),
        ("d", "Cohen's d, pooled standard deviation"),
        ("d shuffled", "d with shuffled labels"),
        ("d random", "d of a random direction"),
        ("top 5", "share of the direction's squared mass in its five largest dimensions, in percent"),
        ("base norm", "mean length of the residual stream over the scenes"),
    )
    ordered = sorted(curve.layers, key=lambda row: row.layer)
    rows = [_detection_row(row, base_norms) for row in ordered]
    names = [f"layer {row.layer}" for row in ordered]
    return sheet(key, f"Held-out detection, {curve.method}", heads, rows, names)


def _trait_row(trait: TraitView) -> list[Cell]:
    steering = trait.steering
    layer: Number
    coefficient: Number
    strength: Number
    if isinstance(steering, Absent):
        span = delta = coherence = cell(steering, "")
        layer = coefficient = strength = steering
    else:
        baseline, winner = steering.arm("unsteered"), steering.arm("winner")
        missing = next((value for value in (baseline.trait, winner.trait) if isinstance(value, Absent)), None)
        span = cell(
            missing or winner.trait,
            f"{numbers.points(baseline.trait)} {ARROW} {numbers.points(winner.trait)}",
        )
        delta = cell(winner.delta, numbers.points_interval(winner.delta))
        coherence = cell(winner.coherence, numbers.points(winner.coherence))
        best = steering.best
        layer = best if isinstance(best, Absent) else float(best.layer)
        coefficient = best if isinstance(best, Absent) else best.coefficient
        strength = best if isinstance(best, Absent) else best.relative_strength
    return [
        Cell(result_words(trait), trait.result, trait.reason, f"result-{trait.result}"),
        name_cell(trait.name, "rowname"),
        span,
        delta,
        coherence,
        *_price(trait.damage),
        cell(layer, f"{layer:.0f}" if not isinstance(layer, Absent) else ""),
        cell(coefficient, numbers.significant(coefficient)),
        cell(strength, numbers.ratio(strength)),
        *_deciding_cells(trait),
        Cell(numbers.whole(trait.pairs), float(trait.pairs)),
        name_cell(vetting_sentences.brief(trait.vetting)),
        name_cell(_judges(trait)),
    ]


def _price(damage: DamageView | Absent) -> list[Cell]:
    if isinstance(damage, Absent):
        return [cell(damage, "")] * 2
    return [
        cell(damage.divergence, numbers.significant(damage.divergence)),
        cell(damage.accuracy.change, numbers.points_interval(damage.accuracy.change)),
    ]


def _judges(trait: TraitView) -> str:
    """Who scores the trait, and who its coherence where that is not the likelihood."""
    steering = trait.steering
    if isinstance(steering, Absent) or steering.coherence_judge == "likelihood":
        return trait.judge or numbers.MISSING
    return f"{trait.judge}; coherence: {steering.coherence_judge}"


def _deciding_cells(trait: TraitView) -> list[Cell]:
    detection = trait.detection
    row: LayerDetection | Absent = detection if isinstance(detection, Absent) else detection.deciding()
    if isinstance(row, Absent) or isinstance(detection, Absent):
        return [Cell(numbers.MISSING, "", numbers.reason(row))] * 3
    return [
        cell(row.auc, numbers.rank_share(row.auc)),
        cell(row.auc_shuffled, numbers.rank_share(row.auc_shuffled)),
        Cell(f"{detection.layer} {detection.method}", float(detection.layer)),
    ]


def _evaluation_row(evaluation: Evaluation, steering: SteeringView) -> list[Cell]:
    mark = (
        "of all"
        if evaluation == steering.best
        else "of layer"
        if evaluation in steering.best_per_layer
        else ""
    )
    return [
        Cell(str(evaluation.layer), float(evaluation.layer)),
        Cell(f"{evaluation.step} refined" if evaluation.refined else str(evaluation.step), evaluation.step),
        cell(evaluation.coefficient, numbers.significant(evaluation.coefficient)),
        cell(evaluation.relative_strength, numbers.ratio(evaluation.relative_strength)),
        cell(evaluation.trait, numbers.points(evaluation.trait)),
        cell(evaluation.delta, numbers.signed_points(evaluation.delta)),
        cell(evaluation.coherence, numbers.points(evaluation.coherence)),
        Cell("yes" if evaluation.coherent else "no", float(evaluation.coherent)),
        Cell(f"{evaluation.unscored} of {evaluation.answered}", float(evaluation.unscored)),
        Cell(mark, mark),
    ]


def _detection_row(row: LayerDetection, base_norms: Sequence[float]) -> list[Cell]:
    shares = (
        row.auc,
        row.auc_shuffled,
        row.auc_random,
        row.accuracy,
        row.accuracy_shuffled,
        row.accuracy_random,
    )
    norm: Number = (
        base_norms[row.layer]
        if row.layer < len(base_norms)
        else Absent("no base norm was stored for this layer")
    )
    return [
        Cell(str(row.layer), float(row.layer)),
        *(cell(share, numbers.rank_share(share)) for share in shares),
        *(cell(d, numbers.ratio(d)) for d in (row.d, row.d_shuffled, row.d_random)),
        cell(row.top5_share, f"{numbers.points(100 * row.top5_share)} %"),
        cell(norm, numbers.significant(norm)),
    ]
