"""The known name a mistyped one was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name most like `word`, case aside; None where nothing is at all like it."""
    by_lower_case = {name.lower(): name for name in names}
    found = get_close_matches(word.lower(), by_lower_case, n=1)
    return by_lower_case[found[0]] if found else None


def one_of(word: str, names: Iterable[str]) -> str:
    """ "one of a, b, c (did you mean 'b'?)": what is allowed, and what was probably meant."""
    known = list(names)
    guess = nearest(word, known)
    allowed = f"one of {', '.join(known)}" if len(known) > 1 else f"{known[0]}, the only choice"
    return allowed + (f" (did you mean '{guess}'?)" if guess else "")
