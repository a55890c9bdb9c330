"""What a scene's last words leave to say, guessed from patterns.

Two heuristics: endings that demand nothing, and deceit that stops before its first false word.
"""

import re

_PERSON = r"(?:i|you|we|he|she|they|it|one|(?-i:[A-Z][a-z]+))"
_OPEN = re.compile(
    rf"""
    (?: \b(?:and|then|but)
      | \b(?:and|then|but|so)\ (?:then\ )?{_PERSON}
      | \b(?:thought|thinks|wondered|wonders|decided|decides)(?:\ about)?
      | \b{_PERSON}\ (?:felt|feels|feel|decided\ to|began\ to|started\ to)
      | \b(?:going|about)\ to
    )$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LOOKING = re.compile(
    r"\b(?:(?:look|gaz|star|glanc|turn|walk|paus|wait|stopp?|open|pick|clos|stepp?|smil|nodd?|breath|park|hesitat|"
    r"swallow|wip)(?:e?s|ed)|stood|stands|sat|sits|came|comes|went|goes|puts?|took|takes|held|holds|saw|sees|"
    r"thought|thinks|got\s+up|i\s+(?:look|turn|stand|sit|walk|open|take|pick|wait|put))\b",
    re.IGNORECASE,
)
_SAYING = (
    r"(?:sa(?:ys|id|ying)|t(?:ells|old|elling)|answer(?:s|ed|ing)|repl(?:ies|ied|ying)|explain(?:s|ed|ing)|"
    r"wr(?:ites|ote|iting)|typ(?:es|ed|ing)|sp(?:eaks|oke|eaking)|claim(?:s|ed|ing)|assur(?:es|ed|ing)|"
    r"sw(?:ears|ore|earing)|announc(?:es|ed|ing)|declar(?:es|ed|ing)|insist(?:s|ed)|promis(?:es|ed|ing)|"
    r"report(?:s|ed|ing)|began|begins|lied|lies|"
    r"i\ (?:\w+\ )?(?:say|tell|answer|reply|explain|write|type|claim|report|announce|swear|lie))"
)
_WHOM = (
    r"(?:\ (?:to\ )?(?:him|her|them|me|us|you|it|myself|the\ \w+|(?:my|his|our|their)\ \w+|(?-i:[A-Z]\w+)))?"
)
_START = re.compile(
    rf"\b{_SAYING}{_WHOM}(?:\ (?:that|how|why|with\ a\ \w+))?\ ?[,:]?\ ?[\"“']?$", re.IGNORECASE | re.VERBOSE
)
_QUOTES = '"“'
_QUOTE = re.compile(r"[\"“”]")
_JUST_OPENED = re.compile(r"(?:^|[\s,:(])[\"“]$|[A-Z]\w*:$|:\ ?Dear\ [^,.]{1,30},$")


def leaves_open(text: str) -> bool:
    """Its last words fit any outcome: 'and', 'and then she', 'decided to', after a mere look or step."""
    return bool(_OPEN.search(text.rstrip())) and bool(_LOOKING.search(_last_words(text)))


def starts_the_act(text: str) -> bool:
    """It stops where the first false word would come: after a verb of saying or an opened quotation mark."""
    bare = text.rstrip()
    in_speech = len(_QUOTE.findall(bare)) % 2 == 1
    return bool(_JUST_OPENED.search(bare) or (_START.search(bare) and (not in_speech or bare[-1] in _QUOTES)))


def _last_words(text: str) -> str:
    """The last clause, with the one before it where it is short, but nothing of the sentence before."""
    sentence = re.split(r"[.!?]['\"”’)]*\s", text.rstrip())[-1]
    head, comma, tail = sentence.rpartition(", ")
    return f"{head.rpartition(', ')[2]}{comma}{tail}" if len(tail.split()) < 4 else tail
