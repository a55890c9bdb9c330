"""The table that the command line prints last: every trait, then every comparison, in 80 columns."""

from collections.abc import Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from traitscope.comparison import VerdictName
from traitscope.report import numbers, sentences, steering_sentences, vetting_sentences
from traitscope.report.comparison_text import VERDICT_STYLES
from traitscope.report.comparison_view import ComparisonView, RankedTrait
from traitscope.report.damage_view import DamageView
from traitscope.report.trait_view import Answer, Flag, Result, TraitView
from traitscope.report.values import Absent, Number, check_finite
from traitscope.report.view import ReportView
from traitscope.report.writable import writable

_LEAST_NAME = 10
"""Characters of a trait's name in a line, however narrow the terminal."""
_QUOTED = 60
"""Characters of an answer that are shown."""
_FLAGS: tuple[Flag, ...] = ("worst", "median", "best")
_RESULT_STYLES: dict[Result, str] = {
    "shown": "bold green",
    "weak": "yellow",
    "not_shown": "dim",
    "skipped": "dim",
}


def summary_table(view: ReportView) -> Table:
    """Traits with their steering and detection, comparisons with their verdicts; reasons stand below.

    Colour is the console's affair: with NO_COLOR, or where output is no terminal, the same words stand plain.

    Raises:
        ValueError: a figure of the view is not finite.
    """
    check_finite(view, "view")
    whole = Table.grid(padding=(0, 0))
    whole.add_column(overflow="fold")
    if not view.traits:
        whole.add_row(Text("No trait has been extracted yet."))
    else:
        whole.add_row(_traits(view.traits))
        beaten = filter(None, map(steering_sentences.beaten_briefly, view.traits))
        for line in (
            *_skipped(view.traits),
            *_unspecific(view.traits),
            *_left_out(view.traits),
            *_beside(view.traits),
            *beaten,
            *_judges(view.traits),
            *_vetting(view.traits),
        ):
            whole.add_row(_below(line))
        for trait in view.traits:
            for line in _samples(trait):
                whole.add_row(_below(line))
    for caution in view.experiment.cautions:
        whole.add_row(Text(writable(caution), style="yellow"))
    for comparison in view.comparisons:
        whole.add_row("")
        control = " (control)" if comparison.control else ""
        title = f"{comparison.before} -> {comparison.after}{comparison.on_set}{control}"
        whole.add_row(Text(writable(title), style="bold"))
        whole.add_row(_comparison(comparison))
        for names, reason in sentences.untold(comparison):
            whole.add_row(_below(f"{names}: {reason}"))
    return whole


def _traits(traits: Sequence[TraitView]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("result", no_wrap=True)
    table.add_column("trait", overflow="fold", min_width=_LEAST_NAME)
    for name in ("base>best", "delta [95 %]", "coh", "KL", "acc", "L", "coef", "AUC", "shuf"):
        table.add_column(name, justify="right", no_wrap=True)
    for trait in traits:
        result = Text(sentences.RESULT_WORDS[trait.result], style=_RESULT_STYLES[trait.result])
        table.add_row(result, Text(writable(trait.name)), *map(numbers.ascii_minus, _trait_figures(trait)))
    return table


def _trait_figures(trait: TraitView) -> list[str]:
    detection = trait.detection
    deciding = detection if isinstance(detection, Absent) else detection.deciding()
    aucs = ["-", "-"]
    if not isinstance(deciding, Absent):
        aucs = [numbers.ratio(deciding.auc), numbers.ratio(deciding.auc_shuffled)]
    steering = trait.steering
    if isinstance(steering, Absent):
        return ["-"] * 7 + aucs
    winner, best = steering.arm("winner"), steering.best
    return [
        _span(steering.arm("unsteered").trait, winner.trait),
        numbers.points_interval(winner.delta),
        _rounded(winner.coherence),
        *_price(trait.damage),
        numbers.MISSING if isinstance(best, Absent) else str(best.layer),
        numbers.MISSING if isinstance(best, Absent) else numbers.significant(best.coefficient),
        *aucs,
    ]


def _price(damage: DamageView | Absent) -> tuple[str, str]:
    """Divergence in nats, and right answers won or lost in points; the page says more."""
    if isinstance(damage, Absent):
        return numbers.MISSING, numbers.MISSING
    change = round(damage.accuracy.change.mean)
    return numbers.significant(damage.divergence, 2), f"{change:+d}" if change else "0"


def _comparison(comparison: ComparisonView) -> Table:
    table = _table("trait")
    for name in ("behaviour [95 %]", "inside", "tail", "output"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("steered", no_wrap=True)
    for row in comparison.ranking:
        table.add_row(
            Text(writable(row.trait)),
            *map(numbers.ascii_minus, _ranked_figures(row)),
            _verdict(row.verdict),
            _yes(row.steered),
        )
    return table


def _ranked_figures(row: RankedTrait) -> list[str]:
    return [
        numbers.points_interval(row.behaviour),
        numbers.cosine(row.score),
        numbers.tail(row.tail_share),
        numbers.signed(row.output),
    ]


def _table(head: str) -> Table:
    """A table without lines: one space between columns leaves room for a name in 80 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(head, overflow="fold", min_width=_LEAST_NAME)
    return table


def _skipped(traits: Sequence[TraitView]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for trait in traits:
        if trait.reason:
            reasons.setdefault(trait.reason, []).append(trait.name)
    return [f"{sentences.listed(names)}: {reason}" for reason, names in reasons.items()]


def _unspecific(traits: Sequence[TraitView]) -> list[str]:
    found = [(trait.name, steering_sentences.not_specific(trait)) for trait in traits]
    return [f"{name}: not specific, {reason}" for name, reason in found if reason is not None]


def _left_out(traits: Sequence[TraitView]) -> list[str]:
    """What there was no time for, and how to catch up on it."""
    clauses: dict[str, list[str]] = {}
    for trait in traits:
        if not isinstance(trait.steering, Absent) and trait.steering.left_out:
            clauses.setdefault(trait.steering.left_out, []).append(trait.name)
    return [f"{sentences.listed(names)}: {clause}" for clause, names in clauses.items()]


def _beside(traits: Sequence[TraitView]) -> list[str]:
    """What the winner stands beside: a system prompt; and which controls are missing."""
    steered = [(one.name, one.steering) for one in traits if not isinstance(one.steering, Absent)]
    prompts = [(name, view.arm("prompt").delta) for name, view in steered]
    asked = [
        f"{name} {numbers.ascii_minus(numbers.signed_points(delta.mean))}"
        for name, delta in prompts
        if not isinstance(delta, Absent)
    ]
    lines = [f"a system prompt instead: {sentences.listed(asked)}"] if asked else []
    noted: dict[str, list[str]] = {}
    for name, view in steered:
        for note in view.arm_notes:
            noted.setdefault(note, []).append(name)
    return lines + [f"{sentences.listed(names)}: {note}" for note, names in noted.items()]


def _samples(trait: TraitView) -> list[str]:
    """The winner's worst, median and best answer, each beside the unsteered one to the same question."""
    if isinstance(trait.steering, Absent):
        return []
    flagged = {one.flag: one for one in trait.steering.answers if one.flag}
    return [
        f"{trait.name}, {flag} answer {_said(flagged[flag].best)}; unsteered {_said(flagged[flag].baseline)}"
        for flag in _FLAGS
        if flag in flagged
    ]


def _said(answer: Answer) -> str:
    """An answer's score and first words."""
    words = " ".join(answer.text.split())
    shown = words if len(words) <= _QUOTED else f"{words[: _QUOTED - 3]}..."
    return f'({_rounded(answer.trait)}) "{shown}"'


def _judges(traits: Sequence[TraitView]) -> list[str]:
    """Who scored what, where that takes more than a word."""
    labels = {trait.name: trait.judge for trait in traits if trait.judge}
    told = [sentences.by_judge(labels)] if labels else []
    steered = [trait.steering for trait in traits if not isinstance(trait.steering, Absent)]
    readers = list(dict.fromkeys(one.coherence_judge for one in steered))
    told += [f"{sentences.listed(readers)} for coherence"] if readers else []
    return [f"judges: {'; '.join(told)}"] if told else []


def _vetting(traits: Sequence[TraitView]) -> list[str]:
    """Pass rates of both poles, and which traits have none."""
    rates = [
        f"{trait.name} {vetting_sentences.brief(trait.vetting)}"
        for trait in traits
        if not isinstance(trait.vetting, Absent)
    ]
    lines = [f"vetted, positive / negative that pass: {'; '.join(rates)}"] if rates else []
    without: dict[str, list[str]] = {}
    for trait in traits:
        if isinstance(trait.vetting, Absent):
            without.setdefault(trait.vetting.reason, []).append(trait.name)
    return lines + [f"{sentences.listed(names)}: {reason}" for reason, names in without.items()]


def _verdict(verdict: VerdictName) -> Text:
    return Text(sentences.VERDICT_WORDS[verdict], style=VERDICT_STYLES[verdict])


def _below(line: str) -> Padding:
    return Padding(Text(writable(line), style="dim"), (0, 0, 0, 2))


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _span(baseline: Number, best: Number) -> str:
    if isinstance(baseline, Absent) or isinstance(best, Absent):
        return numbers.MISSING
    return f"{baseline:.0f}>{best:.0f}"


def _rounded(value: Number) -> str:
    return numbers.MISSING if isinstance(value, Absent) else f"{value:.0f}"
