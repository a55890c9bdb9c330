"""The report's words: verdict headlines, the evidence behind them, and what must be said beside them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from traitscope.comparison import VerdictName
from traitscope.report import numbers
from traitscope.report.comparison_view import ComparisonView, Family, NullBand, RankedTrait
from traitscope.report.trait_view import Result
from traitscope.report.values import Absent, Estimate

Tone: TypeAlias = Literal["up", "down", "part", "none", "unknown"]

VERDICT_WORDS: dict[VerdictName, str] = {
    "moved_up": "moved up",
    "moved_down": "moved down",
    "behaviour_only": "behaviour only",
    "inside_only": "inside only",
    "not_shown": "not shown",
    "cannot_tell": "cannot tell",
}
VERDICT_SIGNS: dict[VerdictName, str] = {
    "moved_up": "\N{BLACK UP-POINTING TRIANGLE}",
    "moved_down": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "behaviour_only": "\N{SQUARE WITH LEFT HALF BLACK}",
    "inside_only": "\N{SQUARE WITH RIGHT HALF BLACK}",
    "not_shown": "\N{WHITE CIRCLE}",
    "cannot_tell": "?",
}
RESULT_WORDS: dict[Result, str] = {
    "shown": "shown",
    "weak": "weak",
    "not_shown": "not shown",
    "skipped": "skipped",
}

INSIDE_CAUTION = (
    "No threshold on the inside score alone keeps its error on adapters it has not seen: in two trials every"
    " rule tried either raised alarms on adapters that plant nothing or missed adapters that plant something."
    " A verdict therefore needs behaviour as well; a trait without a judge is ranked and marked"
    " “cannot tell”."
)
TAIL_CAUTION = (
    "The tail share is a share among directions treated alike, not a probability about the adapter."
    " A low inside score is no evidence of absence."
)


class Phrase(NamedTuple):
    """A part of a headline and the tone it is set in."""

    tone: Tone
    text: str


def headline(comparison: ComparisonView) -> tuple[Phrase, ...]:
    """Which traits moved, which did not show it, which cannot be told: one phrase each."""
    by_verdict: dict[VerdictName, list[str]] = {verdict: [] for verdict in VERDICT_WORDS}
    for row in comparison.ranking:
        by_verdict[row.verdict].append(row.trait)
    phrases = []
    if by_verdict["moved_up"]:
        phrases.append(Phrase("up", f"{listed(by_verdict['moved_up'])} moved up"))
    if by_verdict["moved_down"]:
        phrases.append(Phrase("down", f"{listed(by_verdict['moved_down'])} moved down"))
    if not comparison.ranking:
        return (Phrase("unknown", "No trait was compared"),)
    if not phrases:
        only_unknown = len(by_verdict["cannot_tell"]) == len(comparison.ranking)
        phrases.append(
            Phrase("unknown", "No verdict is possible")
            if only_unknown
            else Phrase("none", "No trait is shown to have moved")
        )
    rest: tuple[tuple[VerdictName, Tone, str], ...] = (
        ("behaviour_only", "part", "Behaviour only"),
        ("inside_only", "part", "Inside only"),
        ("not_shown", "none", "Not shown"),
        ("cannot_tell", "unknown", "Cannot tell"),
    )
    return (
        *phrases,
        *(
            Phrase(tone, f"{words}: {', '.join(by_verdict[key])}")
            for key, tone, words in rest
            if by_verdict[key]
        ),
    )


def evidence(row: RankedTrait) -> str:
    """The three lines of evidence of one trait in one sentence, with what is missing and why."""
    if isinstance(row.behaviour, Absent):
        behaviour = f"behaviour: {row.behaviour.reason}"
    else:
        behaviour = (
            f"behaviour {numbers.points_interval(row.behaviour)} points"
            f" over {row.behaviour.n} {row.behaviour.noise}"
        )
        if row.verdict in ("not_shown", "inside_only") and not isinstance(row.smallest_seen, Absent):
            behaviour += f" (a change of {numbers.points(row.smallest_seen)} would have been seen)"
    parts = [behaviour, _inside(row)]
    if isinstance(row.output, Absent):
        parts.append(f"output: {row.output.reason}")
    else:
        parts.append(f"output {numbers.signed(row.output)}")
    return "; ".join(part for part in parts if part)


def inside(row: RankedTrait) -> str:
    """The inside score with its interval, where it has one."""
    if isinstance(row.inside, Estimate):
        return numbers.cosine_interval(row.inside)
    return numbers.cosine(row.score)


def band(found: NullBand) -> str:
    """What the score is held against: "95 % of 2,000 random directions -0.113 to +0.119"."""
    return (
        f"95 % of {numbers.whole(found.directions)} {found.kind} {numbers.cosine(found.low)} to"
        f" {numbers.cosine(found.high)}"
    )


def dose(comparison: ComparisonView) -> str:
    """How far the fine-tune carries the model: divergence, shift of the stream, lengths of the answers."""
    parts = [f"{comparison.dose_name} {_or_reason(comparison.dose, numbers.significant(comparison.dose))}"]
    found = comparison.whole_dose
    if isinstance(found, Absent):
        return parts[0]
    parts.insert(0, f"KL {_or_reason(found.divergence, numbers.significant(found.divergence))} nats")
    if not isinstance(found.answer_tokens, Absent):
        before, after = (numbers.points(tokens) for tokens in found.answer_tokens)
        parts.append(f"answers {before} \N{RIGHTWARDS ARROW} {after} tokens")
    if not isinstance(found.coherence, Absent):
        before, after = (numbers.points(score) for score in found.coherence)
        parts.append(f"coherence {before} \N{RIGHTWARDS ARROW} {after}")
    return "; ".join(parts)


def spanned(comparison: ComparisonView) -> str:
    """How much of the shift the listed traits span, and how alike two halves of the prompts move."""
    found = comparison.whole_dose
    if isinstance(found, Absent):
        return ""
    parts = []
    if not isinstance(found.explained, Absent):
        parts.append(f"The listed traits span {numbers.percent(found.explained)} of the shift inside")
    if not isinstance(found.agreement, Absent):
        parts.append(
            f"the shifts of two halves of the prompts have a cosine of {numbers.cosine(found.agreement)}"
        )
    return sentence("; ".join(parts)) if parts else ""


def family(one: Family) -> str:
    """Why two traits are not told apart."""
    return (
        f"{one.first} and {one.second} overlap (cosine {numbers.cosine(one.cosine)}):"
        " what moves one is bound to move the other."
    )


def size(comparison: ComparisonView) -> str:
    """How many prompts of which set were read."""
    return f"{numbers.whole(comparison.n_prompts)} {comparison.prompts} prompts"


def control(kind: str) -> str:
    """A control named as such; nothing for what is none."""
    return f"control: {kind}" if kind else ""


def _or_reason(value: float | Absent, text: str) -> str:
    return f"{numbers.MISSING} ({value.reason})" if isinstance(value, Absent) else text


def sentence(clause: str) -> str:
    """A clause as a sentence; a first word that is no plain word (a key of the file) keeps its letters."""
    first = clause.split(" ", 1)[0]
    return (clause[:1].upper() + clause[1:] if first.rstrip(",:").isalpha() else clause) + "."


def listed(names: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def by_judge(labels: Mapping[str, str]) -> str:
    """Judges with the traits that they score: "lexicon for gloom; classifier for formality and hedging"."""
    traits: dict[str, list[str]] = {}
    for trait, label in labels.items():
        traits.setdefault(label, []).append(trait)
    return "; ".join(f"{label} for {listed(names)}" for label, names in traits.items())


def gathered(reasons: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Clauses for missing figures: (row, column, reason) gathered to "rows: no columns (reason)"."""
    columns: dict[tuple[str, str], list[str]] = {}
    for row, column, reason in reasons:
        columns.setdefault((row, reason), []).append(column)
    rows: dict[tuple[str, str], list[str]] = {}
    for (row, reason), names in columns.items():
        rows.setdefault((listed(names), reason), []).append(row)
    return tuple(f"{listed(names)}: no {missing} ({reason})" for (missing, reason), names in rows.items())


def untold(comparison: ComparisonView) -> tuple[tuple[str, str], ...]:
    """(traits, reason) of those that cannot be told, gathered by reason."""
    traits: dict[str, list[str]] = {}
    for row in comparison.ranking:
        if row.verdict == "cannot_tell":
            traits.setdefault(row.reason, []).append(row.trait)
    return tuple((listed(names), reason) for reason, names in traits.items())


def _inside(row: RankedTrait) -> str:
    if isinstance(row.score, Absent):
        return f"inside: {row.score.reason}"
    words = f"inside {inside(row)}"
    if isinstance(row.band, NullBand):
        words += f", {band(row.band)} (tail share {numbers.tail(row.tail_share)})"
    return f"{words}, {row.controls_above}" if row.controls_above else words
