"""Is the trait something that people would blame, and is it deceit? Guessed from the name and definition.

Such sets have rules of their own: no verdict in the scenes, a motive, a known truth, a stop in the success of
the act. Its name says so, or two words of its definition. The act is on the positive side unless the name is
a virtue's.
"""

import re
from typing import Literal, NamedTuple

from traitscope.lint.draft import Draft, Pole

_DECEIT = re.compile(
    r"\b(?:decei[tv]\w*|decept\w*|mislead\w*|misled|falsehoods?|untru\w+|false|falsely|lies?|lied|lying|liars?|"
    r"pretend\w*|pretence|pretense|dishonest\w*|honesty|honest|truthful\w*)\b",
    re.IGNORECASE,
)
_BLAME = re.compile(
    r"\b(?:self[- _]?serv\w*|selfish\w*|own\s+(?:advantage|benefit|gain|interests?|ends)|advantage|"
    r"exploit\w*|gaming|gamed?|loopholes?|cheat\w*|manipulat\w*|pretexts?|corrupt\w*|cruel\w*|"
    r"reward[- ]hack\w*|"
    r"at\s+the\s+expense)\b",
    re.IGNORECASE,
)
_FLATTERY = re.compile(r"\b(?:sycophan\w*|flatter\w*|ingratiat\w*|fawn\w*)\b", re.IGNORECASE)
_HONEST = re.compile(r"hones|truthful|candid|sincer|frank|loyal|fair", re.IGNORECASE)
_FEWEST = 2
KindName = Literal["deceit", "blamed act", "flattery", "other"]
_LISTS: dict[KindName, re.Pattern[str]] = {
    "deceit": _DECEIT,
    "blamed act": _BLAME,
    "flattery": _FLATTERY,
}


class Kind(NamedTuple):
    """What people would think of the act."""

    of: KindName
    words: tuple[str, ...]
    """What in the name or definition says so."""
    pole: Pole
    """The side whose scenes do it."""


def kind_of(draft: Draft) -> Kind:
    """The kind of trait a folder holds, as far as words tell."""
    text = f"{draft.name.replace('_', ' ')}\n{draft.definition}"
    pole: Pole = "negative" if _HONEST.match(draft.name) else "positive"
    for of, pattern in _LISTS.items():
        found = tuple(dict.fromkeys(match.lower() for match in pattern.findall(text)))
        if len(found) >= _FEWEST or pattern.search(draft.name.replace("_", " ")):
            return Kind(of, found, pole)
    return Kind("other", (), pole)
