"""The report as Markdown: the page's figures and words in its order, readable in a terminal or a forge.

Projections of single tokens are the page's alone; here stand both answers with their mean projections.
"""

from traitscope.report import damage_sentences, numbers, sentences, steering_sentences, vetting_sentences
from traitscope.report.comparison_tables import (
    compared_table,
    effects_table,
    groups_table,
    largest_random_spans,
    layers_table,
    ranking_table,
    series_table,
    spans_table,
)
from traitscope.report.comparison_view import ComparisonView, TokenLine, TokenView
from traitscope.report.experiment_tables import provenance_tables
from traitscope.report.markdown import bullets, fenced, plain, table
from traitscope.report.specificity_table import specificity_table
from traitscope.report.tokens import token_mean, token_reach, token_traits
from traitscope.report.trait_tables import arms_table, detection_table, evaluations_table, traits_table
from traitscope.report.trait_view import Answer, AnswerSet, SteeringView, TraitView
from traitscope.report.values import Absent, Number, check_finite
from traitscope.report.view import ExperimentView, ReportView


def report_markdown(view: ReportView) -> str:
    """The whole report as Markdown.

    Raises:
        ValueError: a figure of the view is not finite.
    """
    check_finite(view, "view")
    cautions = [f"> {plain(sentence)}" for sentence in view.experiment.cautions]
    parts = [f"# {plain(view.experiment.name)}", _meta(view.experiment), *cautions, "## Verdicts"]
    parts += [_verdict(comparison) for comparison in view.comparisons] or ["No variants were compared."]
    parts += [table(compared_table(view.compared))] if view.compared else []
    parts += [_steering_lines(view)] if view.traits else ["No trait has been extracted yet."]
    for trait in view.traits:
        parts += _trait(trait)
    for comparison in view.comparisons:
        parts += _comparison(comparison)
    for one in view.series:
        names = plain(" \N{RIGHTWARDS ARROW} ".join((one.first, *one.later)))
        parts += [f"## Series: {names}", table(series_table("", one))]
    return "\n\n".join([*parts, *_provenance(view)]) + "\n"


def _meta(experiment: ExperimentView) -> str:
    machine = experiment.machine
    threads = "" if machine.threads is None else f", {machine.threads} threads"
    return plain(
        f"{experiment.created}; {machine.device}, {machine.dtype}{threads}; seed {experiment.seed};"
        f" {numbers.whole(experiment.generated_tokens)} tokens generated,"
        f" {numbers.whole(experiment.judged_answers)} answers judged."
    )


def _verdict(comparison: ComparisonView) -> str:
    control = ", a control adapter" if comparison.control else ""
    phrases = " ".join(f"{plain(phrase.text)}." for phrase in sentences.headline(comparison))
    lines = [
        f"**{plain(row.trait)}**: {sentences.VERDICT_WORDS[row.verdict]}"
        f" ({'steered' if row.steered else 'not steered'});"
        f" {plain(sentences.evidence(row))}. {_sentence(row.reason)}"
        f"{f' Opening only possible: {plain(row.opening)}' if row.opening else ''}".strip()
        for row in comparison.ranking
    ]
    said = f"{sentences.size(comparison)}; {sentences.dose(comparison)}. {sentences.spanned(comparison)}"
    parts = [f"**{_pair(comparison)}{control}: {phrases}**", plain(said.strip()), bullets(lines)]
    if comparison.something_else:
        parts.append(plain(f"Something else moved. {comparison.something_else}"))
    if comparison.calibration:
        parts.append(plain(f"Not calibrated here: {comparison.calibration}"))
    parts += [plain(sentences.family(one)) for one in comparison.families]
    return "\n\n".join(parts)


def _steering_lines(view: ReportView) -> str:
    lines = []
    for trait in view.traits:
        phrase, evidence = steering_sentences.headline(trait), steering_sentences.evidence(trait)
        lines.append(f"**{plain(phrase.text)}.** {_sentence(evidence)}")
    matrix = specificity_table(view.traits)
    sheets = [traits_table(view.traits), *([matrix] if matrix.rows else [])]
    return "\n\n".join([bullets(lines), *map(table, sheets)])


def _trait(trait: TraitView) -> list[str]:
    word = sentences.RESULT_WORDS[trait.result]
    reason = f" {word[:1].upper()}{word[1:]}: {plain(trait.reason)}." if trait.reason else ""
    notes = "".join(f" {plain(note)}" for note in trait.notes)
    parts = [
        f"## Trait: {plain(trait.name)} ({word})",
        *map(plain, trait.definition.split("\n\n")),
        f"{numbers.whole(trait.pairs)} pairs of scenes.{reason}{notes}",
        plain(vetting_sentences.evidence(trait.vetting) + (f" Judge: {trait.judge}." if trait.judge else "")),
    ]
    if not isinstance(trait.vetting, Absent) and trait.vetting.worst:
        worst = bullets([plain(vetting_sentences.worst_line(one)) for one in trait.vetting.worst])
        parts += ["The worst completions:", worst]
    if isinstance(trait.steering, Absent):
        parts.append(f"No steering: {plain(trait.steering.reason)}.")
    else:
        parts += _steering(trait.steering)
        costs = [_sentence(one) for one in damage_sentences.damage(trait.damage)]
        parts += ["### What it costs", bullets(costs)]
    if isinstance(trait.detection, Absent):
        return [*parts, f"No detection figures: {plain(trait.detection.reason)}."]
    detection = trait.detection
    parts.append(
        plain(
            f"Table's detection: layer {detection.layer} ({detection.layer_reason}), {detection.method}"
            + (f" of {detection.position}." if detection.position else ".")
        )
    )
    return parts + [table(detection_table("", curve, trait.base_norms)) for curve in detection.curves]


def _steering(steering: SteeringView) -> list[str]:
    baseline = _figure(steering.baseline, numbers.points(steering.baseline))
    suppress = ", to suppress the trait" if steering.push == "suppress" else ""
    parts = [
        plain(
            f"{len(steering.evaluations)} evaluations of {steering.searched} on"
            f" {steering.variant}{suppress}: {steering.asked},"
            f" {steering.new_tokens} new tokens, judge {steering.judge}, coherence by"
            f" {steering.coherence_judge}, unsteered {baseline}, coherent from"
            f" {numbers.points(steering.threshold)} on."
        )
    ]
    if isinstance(steering.best, Absent):
        parts.append(f"**{_sentence(steering.best.reason)}**")
    parts += [plain(line) for line in steering_sentences.beaten(steering)]
    parts.append(table(evaluations_table("", steering)))
    if steering.arms:
        parts.append(table(arms_table("", steering)))
    if steering.arm_notes:
        parts.append(_sentence("; ".join(steering.arm_notes)))
    if steering.answers:
        parts += ["### Answers", _strength(steering)]
    # Worst, median and best come first, as on the page.
    return parts + [_answers(one) for one in sorted(steering.answers, key=lambda one: one.flag is None)]


def _strength(steering: SteeringView) -> str:
    strong = steering.too_strong
    if isinstance(strong, Absent):
        return f"Too strong: {plain(strong.reason)}."
    coherence = _figure(strong.coherence, numbers.points(strong.coherence))
    strength = numbers.ratio(strong.relative_strength)
    return plain(f"Too strong: layer {strong.layer} at {strength} of its norm, coherence {coherence}.")


def _answers(answers: AnswerSet) -> str:
    flag = f" ({answers.flag})" if answers.flag else ""
    named = [("unsteered", answers.baseline), ("best", answers.best), ("too strong", answers.too_strong)]
    return "\n\n".join([f"#### {plain(answers.question)}{flag}", *(_answer(*one) for one in named)])


def _answer(name: str, answer: Answer | Absent) -> str:
    if isinstance(answer, Absent):
        return f"{name}: {plain(answer.reason)}."
    trait = _figure(answer.trait, numbers.points(answer.trait))
    coherence = _figure(answer.coherence, numbers.points(answer.coherence))
    return f"{name}, trait {plain(trait)}, coherence {plain(coherence)}:\n\n{fenced(answer.text)}"


def _comparison(comparison: ComparisonView) -> list[str]:
    parts = [f"## Comparison: {_pair(comparison)}", *(plain(note) for note in comparison.notes)]
    parts += [f"> {plain(sentences.INSIDE_CAUTION)}", table(ranking_table("", comparison))]
    parts.append(sentences.TAIL_CAUTION)
    if not isinstance(comparison.layers, Absent):
        parts.append(table(layers_table("", comparison)))
    parts.append(table(effects_table("", comparison)))
    parts += [table(groups_table("", grouped)) for grouped in comparison.groups]
    if comparison.tokens:
        parts.append(f"### Both answers, with their mean {plain(comparison.token_measure)}")
    parts += [_token_view(comparison, view) for view in comparison.tokens]
    if comparison.spans:
        parts.append(table(spans_table("", comparison)))
    if comparison.random_spans:
        beside = "; ".join(
            f"{span.trait} {numbers.signed(span.mean)} «{span.text.strip()}»"
            for span in largest_random_spans(comparison)
        )
        parts.append(plain(f"Largest along a random direction at each trait's layer: {beside}."))
    return parts


def _token_view(comparison: ComparisonView, view: TokenView) -> str:
    head = f"#### {plain(view.prompt)} ({plain(view.prompt_id)}, {plain(view.why)})"
    return "\n\n".join([head, *(_line(comparison, line) for line in (view.before, view.after))])


def _line(comparison: ComparisonView, line: TokenLine) -> str:
    means = []
    for trait in token_traits(comparison):
        mean = token_mean(line, trait)
        means.append(f"{trait} {_figure(mean, numbers.on_scale(mean, token_reach(comparison, trait)))}")
    return f"{plain(line.variant)}: {plain(', '.join(means))}\n\n{fenced(''.join(line.tokens))}"


def _provenance(view: ReportView) -> list[str]:
    experiment = view.experiment
    parts = ["## Provenance", f"Command:\n\n{fenced(experiment.command)}"]
    parts += [table(sheet) for sheet in provenance_tables(experiment)]
    if experiment.settings:
        parts.append(f"The experiment file as it ran:\n\n{fenced(experiment.settings.rstrip())}")
    if view.figures:
        parts.append(f"Figures for print: {', '.join(map(plain, view.figures))}.")
    limits = [*experiment.limits]
    if view.comparisons:
        limits += [sentences.INSIDE_CAUTION, sentences.TAIL_CAUTION]
    parts += ["## Warnings", bullets([plain(s) for s in experiment.warnings]) or "None."]
    return [
        *parts,
        "## What cannot be concluded",
        bullets([plain(s) for s in limits]) or "Nothing is stated.",
    ]


def _pair(comparison: ComparisonView) -> str:
    return f"{plain(comparison.before)} \N{RIGHTWARDS ARROW} {plain(comparison.after + comparison.on_set)}"


def _figure(value: Number, text: str) -> str:
    return f"{numbers.MISSING} ({value.reason})" if isinstance(value, Absent) else text


def _sentence(clause: str) -> str:
    return plain(sentences.sentence(clause)) if clause else ""
