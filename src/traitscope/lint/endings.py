"""How a scene ends: in speech, a claim, an action, a thought, a body or something written.

Guessed from quotation marks, from what announces a document, and from the words of the last clause. Where
none of them says anything the ending is unknown: a wrong guess would blame a sound set.
"""

import re
from functools import lru_cache
from typing import Literal

from traitscope.lint.words import words

Ending = Literal["speech", "claim", "action", "thought", "bodily", "written"]
ENDING_NAMES: dict[Ending, str] = {
    "speech": "speech",
    "claim": "the middle of a claim",
    "action": "an action",
    "thought": "a thought",
    "bodily": "a hand, a face or a voice",
    "written": "something written",
}


@lru_cache(maxsize=4096)
def ending_of(text: str) -> Ending | None:
    """The likeliest kind of ending; None where nothing tells."""
    bare = text.rstrip()
    if len(bare) > _LONGEST:
        return None
    # What a pattern cannot do without is looked for first: that is far quicker than the pattern.
    quotes = len(_QUOTE.findall(bare))
    if quotes and _WRITTEN_QUOTE.search(bare):
        return "written"
    if quotes % 2 or _TRANSCRIPT.search(bare) or _SAYS_LAST.search(bare):
        return "speech"
    if _DOCUMENT.match(bare) or (":" in bare and _WRITES_LAST.search(bare)):
        return "written"
    sentence = _SENTENCE_END.split(bare)[-1]
    return _of_sentence(sentence, words(sentence.rsplit(", ", 1)[-1]) or words(sentence))


def _of_sentence(sentence: str, clause: tuple[str, ...]) -> Ending | None:
    if not clause:
        return None
    if _BODY.intersection(clause[-4:]) and clause[-1] not in _GOES_ON:
        return "bodily"
    if _THINKING.intersection(words(sentence)[-10:]) or _INWARD.search(sentence):
        return "thought"
    if _TELLING.search(sentence):
        return "claim"
    if any(_ACTING.fullmatch(word) for word in words(sentence)[-12:]) and clause[-1] not in _BEING:
        return "action"
    if _BEING.intersection(clause[-3:]) and not _PERSONS.intersection(clause):
        return "claim"
    return None


_LONGEST = 4000
"""Characters of a scene above which it is no scene, and searching it takes too long."""
_QUOTE = re.compile(r"[\"“”«»]")
_SENTENCE_END = re.compile(r"[.!?;:]['\"”’)]*\s")
_WRITE = (
    r"wr(?:ite|ites|ote|iting|itten)|typ(?:e|es|ed|ing)|scribbl\w+|jot\w*|not(?:e|es|ed)\s+down|pencil\w*"
)
_PAPER = (
    r"e-?mail|letter|postcard|telegram|memo|notice|minutes|report|chronicle|diary|journal|log|logbook|form|note|"
    r"notes|caption|poster|headline|inscription|review|entry|advert\w*|certificate|invoice|circular|bulletin|"
    r"ticket|blog|newsletter|subject|application|statement|contract|questionnaire|register|receipt|sign|label|"
    r"text\s+message"
)
_WRITTEN_QUOTE = re.compile(
    rf"\b(?:{_WRITE}|(?:{_PAPER})\b[^.\"“]{{0,30}}\bread)\b[^.\"“]{{0,40}}[\"“][^\"“”]*$|[\"“]Dear\s[^\"“”]*$",
    re.IGNORECASE,
)
_WRITES_LAST = re.compile(
    rf"\b(?:{_WRITE}|(?:{_PAPER})\b[^.:;!?]{{0,60}})(?:[^.:;!?]{{0,40}}):\s[^\"“]*$", re.IGNORECASE
)
_DOCUMENT = re.compile(
    r"(?:dear\s+(?:\w+\s+)?\w+,|to\s+whom\s+it\s+may|(?!(?:the|an?|my|his|her|our|their|this|that)\s)"
    rf"(?:\w+\s+){{0,2}}(?:{_PAPER})\b[^.!?:]{{0,40}}[.:,!])",
    re.IGNORECASE,
)
"""How a document begins: its kind in its first words."""
_TRANSCRIPT = re.compile(r"(?:^|[.!?]\s|\n)(?:[A-Z]{3,}|User|Assistant|Human|Interviewer|Q|A):(?=\s|$)")
_SAYS_LAST = re.compile(
    r"\b(?:sa(?:y|ys|id)|answer(?:s|ed)?|repl(?:y|ies|ied)|spoke|call(?:s|ed)\s+out|whisper(?:s|ed)?)[,:]?$",
    re.IGNORECASE,
)
_BODY_PARTS = """
hand hands finger fingers fist fists palm palms arm arms face cheek cheeks eye eyes brow lip lips mouth
jaw chin tongue teeth throat voice breath breathing lungs chest heart pulse stomach belly gut knee knees
leg legs foot feet toe toes shoulder shoulders neck spine back skin knuckles nostrils ears body blood
sweat tears smile
"""
_BODY = frozenset(_BODY_PARTS.split())
_THOUGHTS = """
think thinks thought thinking feel feels felt feeling know knows knew knowing wonder wonders wondered
wondering believe believes believed hope hopes hoped wish wishes wished realise realised realize realized
understand understands understood remember remembered dream dreams imagine imagined decide decided doubt
doubted suspect suspected occurred fear feared longed planned pictured reasoned
"""
_THINKING = frozenset(_THOUGHTS.split())
_INWARD = re.compile(
    r"\b(?:to|told|tells?)\s+(?:myself|himself|herself|themselves)\b|\bseem(?:s|ed)\s+to\s+(?:me|him|her)\b",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"\b(?:told|tells?|said|says?|explain(?:s|ed)?|announce[sd]?|claim(?:s|ed)?|assure[sd]?|report(?:s|ed)?|"
    r"maintain(?:s|ed)|testified|state[sd]|insist(?:s|ed)?|proclaim(?:s|ed)|was\s+of\s+the\s+opinion|wrote\s+down)"
    r"\b[^\"“]*\b(?:that|how)\b",
    re.IGNORECASE,
)
_ACTING = re.compile(
    r"(?:took|takes?|pick(?:s|ed)|press(?:es|ed)|open(?:s|ed)|lift(?:s|ed)|thr(?:ew|ows?)|r[au]ns?|dr(?:ew|aws?)|"
    r"push(?:es|ed)|pull(?:s|ed)|caught|catch(?:es)?|grabb?(?:s|ed)|kn(?:elt|eels?)|turn(?:s|ed)|jump(?:s|ed)|"
    r"climb(?:s|ed)|step(?:s|ped)|walk(?:s|ed)|rol(?:ls|led)|tip(?:s|ped)|tie[sd]|shut|clos(?:es|ed)|fill(?:s|ed)|"
    r"pour(?:s|ed)|lean(?:s|ed)|reach(?:es|ed)|slip(?:s|ped)|tuck(?:s|ed)|whistl(?:es|ed|ing)|nodd?(?:s|ed)|"
    r"stood|stands|sat|sits|danc(?:es|ed)|sang|sings|swung|swings|trott(?:ed)|untied|held|holds|began|begun|begins|"
    r"dipp?(?:s|ed)|unfold(?:s|ed)|waved?|waves|hurried|rush(?:es|ed)|crept|creeps|stretched|clapp?(?:s|ed))"
)
_BEING = frozenset(["is", "are", "was", "were", "be", "been", "being", "isn't", "wasn't", "it's", "that's"])
_GOES_ON = frozenset(["and", "to", "then", "or", "but"])
_PERSONS = frozenset(["i", "you", "he", "she", "they", "we"])
