"""Which tokens: text such as 'response[:5]' to indexes in prompt + response.

A frame (prompt, response, all) and one index or slice of it, as in Python: negative ones count from the end.
`response[i]` is the residual where the i-th generated token is the input.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from traitscope.config.nearest import nearest
from traitscope.errors import InputError

Frame = Literal["prompt", "response", "all"]
_EXAMPLES = "'response[:5]', 'response[:]', 'prompt[-1]' or 'all[:]'"
_PATTERN = re.compile(r"([a-z]+)\[(?:(-?[0-9]{1,6})|(-?[0-9]{1,6})?:(-?[0-9]{1,6})?)\]")


@dataclass(frozen=True)
class Position:
    """A slice of the tokens of one frame."""

    frame: Frame
    start: int | None
    stop: int | None

    def tokens(self, prompt_length: int, response_length: int) -> range:
        """Indexes in the sequence prompt + response; empty where the frame is too short for the slice."""
        first = prompt_length if self.frame == "response" else 0
        last = prompt_length if self.frame == "prompt" else prompt_length + response_length
        start, stop, _ = slice(self.start, self.stop).indices(last - first)
        return range(first + start, first + max(start, stop))

    def reach(self, new_tokens: int) -> int:
        """How many of so many generated tokens have to be there: none after these is looked at."""
        if self.frame != "response" or self.stop is None or self.stop < 0:
            return new_tokens
        return min(self.stop, new_tokens)


def parse_position(text: str, where: str) -> Position:
    """The position that `frame[index]` or `frame[start:stop]` names.

    Args:
        where: file and key, for errors.

    Raises:
        InputError: not in the syntax, an unknown frame, or a slice that can never hold a token.
    """
    found = _PATTERN.fullmatch(text.strip())
    if not found:
        raise InputError(where, f"'{text}' is no position", f"write {_EXAMPLES}")
    frame, index = found[1], found[2]
    if frame not in get_args(Frame):
        guess = nearest(frame, get_args(Frame)) or "response"
        what = f"'{frame}' is no frame (prompt, response, all)"
        raise InputError(where, what, f"write '{guess}{text.strip()[len(frame) :]}'")
    if index is not None:
        start, stop = int(index), int(index) + 1
        return Position(cast(Frame, frame), start, stop or None)
    position = Position(
        cast(Frame, frame), *(int(bound) if bound else None for bound in (found[3], found[4]))
    )
    if _always_empty(position.start or 0, position.stop):
        mend = f"write a slice that ends after it starts, such as {_EXAMPLES}"
        raise InputError(where, f"'{text}' holds no token", mend)
    return position


def _always_empty(start: int, stop: int | None) -> bool:
    """True where no sequence is long enough: both bounds count from one end, and the stop comes first."""
    return stop is not None and (stop == 0 or ((start < 0) == (stop < 0) and stop <= start))
