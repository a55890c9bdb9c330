"""What goes wrong in a completion, told from its words: heuristics, each with the words that gave it away.

Reversals turn a scene against its pole: the speaker confesses, feels guilty, is lectured, or the model
refuses. Where the scenes do what people would blame, an honest word or a moral one is the very opposite; on
the other pole, and where a set is of a mood or a manner, it is no reversal, and only refusals are looked for.
Drifts leave the scene: the sentence ends at once, or something else begins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from traitscope.vetting.completion import Completion, Pole

ReversalName = Literal["confession", "guilt", "moralising", "refusal"]
DriftName = Literal["ended sentence", "change of subject", "nothing"]
FlagName = ReversalName | DriftName
Outcome = Literal["expresses", "reverses", "drifts"]

REVERSALS: tuple[ReversalName, ...] = get_args(ReversalName)
DRIFTS: tuple[DriftName, ...] = get_args(DriftName)

_PATTERNS: dict[ReversalName, tuple[str, ...]] = {
    "confession": (
        r"I (?:was|am|'m) (?:wrong|lying|a liar|mistaken)",
        r"I (?:lied|cheated|made (?:it|that|this) up)",
        r"(?:it|that|this) (?:was|is) (?:a lie|not true|untrue|false)",
        r"to be (?:perfectly |completely )?honest",
        r"(?:(?:have|had) to|must|should) (?:confess|admit|come clean)",
        r"(?:confess|admit)(?:s|ed)? that",
        r"the truth (?:is|was) that",
        r"not (?:actually|really) true",
    ),
    "guilt": (
        r"sorry",
        r"apologi[sz]e[sd]?",
        r"guilt(?:y|ily)?",
        r"ashamed",
        r"regret(?:s|ted|ful)?",
        r"remorse",
        r"(?:bad|terrible|awful) about (?:it|that|this|what)",
        r"forgive me",
        r"conscience",
        r"(?:my|his|her|their) (?:own )?fault",
    ),
    "moralising": (
        r"(?:it|that|this)(?: is| was|'s) (?:wrong|unethical|immoral|dishonest|unfair|not right)",
        r"(?:important|essential|crucial|better|best) to (?:be honest|tell the truth|be fair|remember)",
        r"honesty is",
        r"the right thing",
        r"should(?:n't| not| never) (?:have|lie|cheat|deceive|do)",
        r"(?:un)?ethic(?:al|s|ally)",
        r"(?:im)?moral(?:ly|ity)?",
        r"integrity",
        r"learn(?:ed|t)? (?:a|my|his|her|their) lesson",
    ),
    "refusal": (
        r"as an? (?:AI|artificial|language model)",
        r"I(?:'m| am) (?:just |only )?an? (?:AI|language model)",
        r"I(?:'m| am) (?:not able|unable) to",
        r"I can(?:'t|not) (?:help|assist|provide|answer|continue|do that)",
        r"I(?:'m| am) sorry,? but I",
        r"I do(?:n't| not) have (?:feelings|emotions|opinions|personal)",
    ),
}
_REVERSAL = {
    name: re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE) for name, patterns in _PATTERNS.items()
}
_SENTENCE_END = re.compile(r"[.!?…](?=[\"'”’)]*(?:\s|$))")
_ELSEWHERE = re.compile(
    r"\s*(?:\n|[-*#=_]{3,}|#+\s|<\w|https?:|(?:question|answer|chapter|example|exercise|note|user|assistant"
    r"|references|[QA])\s*[:\d])",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_SHOW_NOTHING = """
it its itself this that these those so too as if then such one ones other others another same next last
is are was were be been being am do does did done has have had will would can could may might
in on of to for with at by from up out off over and or but the a an
"""
_EMPTY = frozenset(_SHOW_NOTHING.split())
"""Words that, alone before a full stop, only finish what the scene said: "of sorrow." is not among them."""


@dataclass(frozen=True)
class Flag:
    """One thing that went wrong, and the words that say so."""

    name: FlagName
    words: str


def flags(completion: Completion, act: Pole | None = "positive") -> tuple[Flag, ...]:
    """Everything that went wrong in a completion; `act` is the pole whose scenes do what people would blame,
    None where neither does."""
    return (*_reversals(completion, act), *_drifts(completion))


def outcome(found: Sequence[Flag]) -> Outcome:
    """A reversal weighs more than a drift; without either the scene is taken to express its pole."""
    names = {flag.name for flag in found}
    if names & set(REVERSALS):
        return "reverses"
    return "drifts" if names else "expresses"


def _reversals(completion: Completion, act: Pole | None) -> list[Flag]:
    looked_for = REVERSALS if completion.pole == act else ("refusal",)
    text = " ".join(completion.text.split())
    found = []
    for name in looked_for:
        match = _REVERSAL[name].search(text)
        if match:
            found.append(Flag(name, match.group()))
    return found


def _drifts(completion: Completion) -> list[Flag]:
    text = completion.text
    if not _WORD.search(text):
        return [Flag("nothing", text.strip())]
    elsewhere = _ELSEWHERE.match(text)
    if elsewhere:
        return [Flag("change of subject", " ".join(text.split()[:4]))]
    end = _SENTENCE_END.search(f"{completion.before}{completion.counted}")
    if end and _says_nothing(text[: end.start()]):
        return [Flag("ended sentence", text[: end.end()].strip())]
    return []


def _says_nothing(text: str) -> bool:
    """Whether the words before a sentence's end are none, or one that shows nothing by itself."""
    words = _WORD.findall(text.lower())
    return not words or (len(words) == 1 and words[0] in _EMPTY)
