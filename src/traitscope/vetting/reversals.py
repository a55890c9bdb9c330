"""What goes wrong in a completion, told from its words: heuristics, each with the words that gave it away.

Reversals turn a scene against its pole: the speaker confesses, feels guilty, is lectured, or the model
refuses. Where the scenes do what people would blame, an honest word or a moral one is the very opposite; on
the other pole, and where a set is of a mood or a manner, it is no reversal, and only refusals are looked for.
Drifts leave the scene: the sentence ends at once, or something else begins. How often each of them is right
was measured on completions labelled by hand (docs/trait-data.md).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from traitscope.lint.words import content_words, stem, words
from traitscope.vetting.completion import Completion, Pole

ReversalName = Literal["confession", "guilt", "moralising", "refusal"]
DriftName = Literal["ended sentence", "change of subject", "nothing"]
FlagName = ReversalName | DriftName
Outcome = Literal["expresses", "reverses", "drifts"]

REVERSALS: tuple[ReversalName, ...] = get_args(ReversalName)
DRIFTS: tuple[DriftName, ...] = get_args(DriftName)

_PATTERNS: dict[ReversalName, tuple[str, ...]] = {
    "confession": (
        r"I(?: was| am|'m) (?:wrong|lying|a liar|mistaken)",
        r"I(?:'ve| have| had)? (?:lied|cheated|made (?:it|that|this) up)",
        r"(?:it|that|this) (?:was|is) (?:all |just )?(?:a lie|not true|untrue|false)",
        r"to be (?:perfectly |completely )?honest",
        r"(?:have|had|want(?:ed)?) to (?:confess|admit|come clean)",
        r"(?:must|should) (?:confess|come clean)",
        r"confess(?:es|ed)? (?:that|to)|(?<!must )admit(?:s|ted)? (?:that|to)",
        r"the truth (?:is|was) that",
        r"not (?:actually|really) true",
    ),
    "guilt": (
        r"sorry(?! (?:for (?:you|your|him|his|her|them|their)|to (?:hear|see|bother|keep))\b|,? but\b)",
        r"apologi[sz]e[sd]?",
        r"guilt(?:y|ily)?",
        r"ashamed",
        r"regret(?:s|ted|ful)?(?! to\b)",
        r"remorse",
        r"(?:bad|terrible|awful) about (?:it|that|this|what)",
        r"forgive me",
        r"conscience",
        r"(?:my|his|her|their) (?:own )?fault",
    ),
    "moralising": (
        r"(?:it|that|this)(?: is| was|'s) (?:wrong|unethical|immoral|dishonest|unfair|not right)",
        r"(?:important|essential|crucial|better|best) to (?:be honest|tell the truth|be fair)",
        r"honesty is",
        r"the right thing",
        r"should(?:n't| not| never) (?:have (?:\w+ed|done|said|told|taken|made|given|let|kept|been)"
        r"|lie|cheat|deceive|do (?:it|that|this))",
        r"(?:un)?ethical(?:ly)?|(?<!work )ethics",
        r"(?:im)?moral(?:ly|ity)?",
        r"(?:my|our|your|his|her|their|with|personal|academic) integrity|(?:man|woman|person) of integrity",
        r"learn(?:ed|t)? (?:a|my|his|her|their) lesson",
    ),
    "refusal": (
        r"as an? (?:AI|artificial|language model)",
        r"I(?:'m| am) (?:just |only )?an? (?:AI|language model)",
        r"(?:I(?:'m| am) (?:not able|unable) to|I can(?:'t|not)|I won't) "
        r"(?:help (?:you\b|with)|assist|provide (?:you|any|a|this|that|information|advice)|fulfill?|comply"
        r"|engage in|generate|answer (?:that|this|your)|continue (?:this|that|with))",
        r"I(?:'m| am) sorry,? but I(?:'m| am| can(?:'t|not)| do(?:n't| not)| won't)",
        r"I do(?:n't| not) have (?:feelings|emotions|opinions|personal)",
    ),
}
_REVERSAL = {
    name: re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE) for name, patterns in _PATTERNS.items()
}
_DENIED = re.compile(
    r"\b(?:no|not|never|nothing|without|hardly|nor|neither|\w+n't)(?:\s+\w+){0,3}\s*$", re.IGNORECASE
)
"""What takes the sense out of the words after it: "without a trace of guilt" is none."""
_SENTENCE_END = re.compile(r"[.!?…](?=[\"'”’)]*(?:\s|$))")
_ELSEWHERE = re.compile(
    r"\s*(?:\n|[-*#=_]{3,}|#+\s|<\w|https?:|(?:question|answer|chapter|example|exercise|note|user|assistant"
    r"|references|[QA])\s*[:\d])",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[.!?…][\"'”’)]*(?=\s)|\n")
_FEWEST_BEHIND = 3
"""Words that count, behind a break, of which a subject can be made out."""
_REFERRING, _REPEATING = 4, 8
"""Words behind a break that are read for a reference to what stands before it, and for a repetition."""
_REFER_OR_GO_ON = """
i me my mine you your he him his she her hers it its we us our they them their this that these those there
here and but or so yet then next later after before when while as now still again soon suddenly even both
another other others nobody everybody somebody nothing everything more all not no
"""
_REFERS = frozenset(_REFER_OR_GO_ON.split())
"""Words with which a text goes on from what was said."""
_WORD = re.compile(r"\w+")
_SHOW_NOTHING = """
it its this that these those so too as if then such other others another
is are was were be been being am do does did has have had will would can could may might
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
    text = " ".join(completion.text.replace("’", "'").split())
    found = [(name, _said(name, text)) for name in looked_for]
    return [Flag(name, words) for name, words in found if words]


def _said(name: ReversalName, text: str) -> str:
    """The first words that give it away and are not denied; empty where there are none."""
    for match in _REVERSAL[name].finditer(text):
        if name == "refusal" or not _DENIED.search(text[: match.start()]):
            return match.group()
    return ""


def _drifts(completion: Completion) -> list[Flag]:
    text = completion.text
    if not any(map(str.isalnum, text)):
        return [Flag("nothing", text.strip())]
    elsewhere = _ELSEWHERE.match(text)
    if elsewhere:
        return [Flag("change of subject", " ".join(text.split()[:4]))]
    end = _SENTENCE_END.search(f"{completion.before}{completion.counted}")
    if end and _says_nothing(text[: end.start()]):
        return [Flag("ended sentence", text[: end.end()].strip())]
    begun = _begun_anew(completion)
    return [Flag("change of subject", " ".join(begun.split()[:4]))] if begun else []


def _begun_anew(completion: Completion) -> str:
    """What begins inside the words that count and is about something else; empty where nothing does.

    Behind the end of a sentence or line must stand the head of another text, or most of the words that count,
    which neither refer to nor repeat anything before them.
    """
    text, counted = completion.text, f"{completion.before}{completion.counted}"
    end = _BREAK.search(counted)
    if not end:
        return ""
    rest = text[end.end() :].lstrip()
    if _ELSEWHERE.match(rest):
        return rest
    behind = len(_WORD.findall(counted[end.end() :]))
    if behind < _FEWEST_BEHIND or 2 * behind <= len(_WORD.findall(counted)):
        return ""
    opening = rest.split()
    told = {stem(word) for word in content_words(f"{completion.scene} {text[: end.start()]}")}
    refers = any(word.split("'")[0] in _REFERS for word in words(" ".join(opening[:_REFERRING])))
    repeats = any(stem(word) in told for word in content_words(" ".join(opening[:_REPEATING])))
    return "" if refers or repeats else rest


def _says_nothing(text: str) -> bool:
    """Whether the words before a sentence's end are none, or one that shows nothing by itself."""
    words = _WORD.findall(text.lower())
    return not words or (len(words) == 1 and words[0] in _EMPTY)
