"""Every figure of a view with the digits a reader should find, written without the report's own functions."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal

from traitscope.report import Absent, Estimate, NullBand, ReportView, SeriesView
from traitscope.report.comparison_view import ComparisonView
from traitscope.report.trait_view import Answer, Evaluation, SpecificityView, SteeringView, TraitView


def figures(view: ReportView) -> Iterator[tuple[str, str]]:
    """(where, what is written) of every figure but the projections of single tokens."""
    yield "seed", f"seed {view.experiment.seed}"
    yield "generated", f"{view.experiment.generated_tokens:,}"
    yield "judged", f"{view.experiment.judged_answers:,}"
    for trait in view.traits:
        yield from _trait(trait)
    for comparison in view.comparisons:
        yield from _comparison(comparison)
    for series in view.series:
        yield from _series(series)


def _trait(trait: TraitView) -> Iterator[tuple[str, str]]:
    yield f"{trait.name}.pairs", f"{trait.pairs} pairs"
    if isinstance(trait.steering, SteeringView):
        yield from _steering(trait.steering)
    if isinstance(trait.specificity, SpecificityView):
        for one in trait.specificity.cells:
            if isinstance(one.in_spreads, Estimate):
                yield f"{trait.name} on {one.judged}", interval(one.in_spreads)
    if not isinstance(trait.detection, Absent):
        for curve in trait.detection.curves:
            for row in curve.layers:
                for name in ("auc", "auc_shuffled", "auc_random", "accuracy"):
                    yield f"{trait.name} {curve.method} {row.layer} {name}", fixed(getattr(row, name), 3)
                for name in ("d", "d_shuffled", "d_random"):
                    yield f"{trait.name} {curve.method} {row.layer} {name}", fixed(getattr(row, name), 2)
                yield f"{trait.name} {row.layer} top5", f"{fixed(100 * row.top5_share, 1)} %"
    for layer, norm in enumerate(trait.base_norms):
        yield f"{trait.name} base norm {layer}", three_digits(norm)


def _steering(steering: SteeringView) -> Iterator[tuple[str, str]]:
    if isinstance(steering.baseline, float):
        yield "baseline", f"unsteered {fixed(steering.baseline, 1)}"
    yield "threshold", f"coherent from {fixed(steering.threshold, 1)} on"
    for evaluation in steering.evaluations:
        yield from _evaluation(evaluation)
    for arm in steering.arms:
        for value in (arm.trait, arm.coherence):
            if isinstance(value, float):
                yield arm.name, fixed(value, 1)
        if isinstance(arm.delta, Estimate):
            yield f"{arm.name} delta", interval(arm.delta)
        if isinstance(arm.lead, Estimate):
            yield f"{arm.name} lead", interval(arm.lead)
    for answers in steering.answers:
        for answer in (answers.baseline, answers.best, answers.too_strong):
            if isinstance(answer, Answer):
                yield f"{answers.question} trait", f"trait {fixed(answer.trait, 1)}"
                yield f"{answers.question} coherence", f"coherence {fixed(answer.coherence, 1)}"


def _evaluation(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    where = f"evaluation {evaluation.layer}.{evaluation.step}"
    yield f"{where} coefficient", three_digits(evaluation.coefficient)
    yield f"{where} strength", fixed(evaluation.relative_strength, 2)
    yield f"{where} unscored", f"{evaluation.unscored} of {evaluation.answered}"
    for value in (evaluation.trait, evaluation.coherence):
        if isinstance(value, float):
            yield where, fixed(value, 1)
    if isinstance(evaluation.delta, float):
        yield f"{where} delta", fixed(evaluation.delta, 1, sign=True)


def _comparison(comparison: ComparisonView) -> Iterator[tuple[str, str]]:
    yield "prompts", f"{comparison.n_prompts} {comparison.prompts} prompts"
    if isinstance(comparison.dose, float):
        yield "dose", f"{comparison.dose_name} {three_digits(comparison.dose)}"
    yield from _dose(comparison)
    for one in comparison.families:
        yield "family", f"{one.first} and {one.second} overlap (cosine {fixed(one.cosine, 3, sign=True)})"
    if not isinstance(comparison.layers, Absent):
        for trait, scores in comparison.layers.scores.items():
            for layer, score in zip(comparison.layers.layers, scores, strict=True):
                yield f"{trait} at {layer}", fixed(score, 3, sign=True)
    for grouped in comparison.groups:
        for group in grouped.groups:
            for trait, value in group.shifts.items():
                if isinstance(value, Estimate):
                    yield f"{grouped.field} {group.value} {trait}", shift(value)
    for row in comparison.ranking:
        if isinstance(row.inside, Estimate):
            yield f"{row.trait} inside", score_interval(row.inside)
        if isinstance(row.band, NullBand):
            ends = (fixed(row.band.low, 3, sign=True), fixed(row.band.high, 3, sign=True))
            yield f"{row.trait} band", " to ".join(ends)
            yield "directions", f"{row.band.directions:,} random directions"
        if isinstance(row.beyond_output, float):
            yield f"{row.trait} beyond output", three_digits(row.beyond_output, sign=True)
        if isinstance(row.behaviour_cut, Estimate):
            yield f"{row.trait} cut", interval(row.behaviour_cut)
        for name in ("score", "score_last_prompt"):
            value = getattr(row, name)
            if isinstance(value, float):
                yield f"{row.trait} {name}", fixed(value, 3, sign=True)
        if isinstance(row.behaviour, Estimate):
            yield f"{row.trait} behaviour", interval(row.behaviour)
        if isinstance(row.smallest_seen, float):
            yield f"{row.trait} smallest seen", fixed(row.smallest_seen, 1)
        if isinstance(row.output, float):
            yield f"{row.trait} output", three_digits(row.output, sign=True)
        if isinstance(row.tail_share, float):
            yield f"{row.trait} tail share", f"{row.tail_share:.2g}"
        for name in ("shift", "model_effect", "text_effect", "interaction"):
            value = getattr(row, name)
            if isinstance(value, Estimate):
                yield f"{row.trait} {name}", shift(value)
    for span in comparison.spans:
        yield f"span {span.text}", three_digits(span.mean, sign=True)


def _dose(comparison: ComparisonView) -> Iterator[tuple[str, str]]:
    found = comparison.whole_dose
    if isinstance(found, Absent):
        return
    if isinstance(found.divergence, float):
        yield "divergence", f"KL {three_digits(found.divergence)} nats"
    if not isinstance(found.answer_tokens, Absent):
        before, after = (fixed(tokens, 1) for tokens in found.answer_tokens)
        yield "lengths", f"answers {before} → {after} tokens"
    if not isinstance(found.coherence, Absent):
        yield "coherence", " → ".join(fixed(score, 1) for score in found.coherence)
    if isinstance(found.explained, float):
        yield "explained", f"{fixed(100 * found.explained, 0)} % of the shift"
    if isinstance(found.agreement, float):
        yield "agreement", f"a cosine of {fixed(found.agreement, 3, sign=True)}"


def _series(series: SeriesView) -> Iterator[tuple[str, str]]:
    for trait, steps in series.traits.items():
        for variant, step in zip(series.later, steps, strict=True):
            if isinstance(step.inside, Estimate):
                yield f"{trait} at {variant}", score_interval(step.inside)
            if isinstance(step.behaviour, Estimate):
                yield f"{trait} at {variant}", interval(step.behaviour)


def fixed(value: float | Absent, places: int, sign: bool = False) -> str:
    assert not isinstance(value, Absent)
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    before = "−" if rounded < 0 else "+" if sign and rounded > 0 else ""
    return f"{before}{abs(rounded):,}"


def three_digits(value: float, sign: bool = False) -> str:
    places = 2 - Decimal(value).adjusted()
    return fixed(value, max(0, places), sign)


def interval(value: Estimate) -> str:
    return f"{fixed(value.mean, 1, sign=True)} [{fixed(value.low, 1)}, {fixed(value.high, 1)}]"


def score_interval(value: Estimate) -> str:
    return f"{fixed(value.mean, 3, sign=True)} [{fixed(value.low, 3)}, {fixed(value.high, 3)}]"


def shift(value: Estimate) -> str:
    places = max(0, 2 - max(Decimal(end).adjusted() for end in (value.mean, value.low, value.high)))
    return f"{fixed(value.mean, places, sign=True)} [{fixed(value.low, places)}, {fixed(value.high, places)}]"
