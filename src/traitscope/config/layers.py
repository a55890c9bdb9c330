"""Which layers: text such as '20:60:2' to a tuple of layer numbers.

Both ends are counted: `20:60:2` are 21 layers. Layers count from 0. Parts, separated by commas, may mix:

    7          one layer
    5-20       a range, also written 5:20
    20:60:2    a range with a step
    30%-60%    a range of the depth: p % of n layers is layer round(p / 100 * (n - 1))
    all        every layer; alone
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from traitscope.errors import InputError

_EXAMPLES = "'20:60:2', '5-20', '3,7,12', '30%-60%' or 'all'"
_DEEPEST = 9_999  # far beyond any model: keeps a slip of the finger from becoming a list of a billion layers


def resolve_layers(text: str, n_layers: int, where: str) -> tuple[int, ...]:
    """Layer numbers in ascending order, each once.

    Args:
        text: what the experiment file says.
        n_layers: decoder blocks of the model; its layers are 0 to n_layers - 1.
        where: file and key, for errors.

    Raises:
        InputError: empty, not in the syntax, reversed, a step of 0, a layer twice or beyond the model.
    """
    resolved: set[int] = set()
    for part in _parts(text, where):
        layers = _expanded(part, n_layers)
        if not part.percent and part.stop >= n_layers:
            what = f"'{part.text}' goes beyond the model, which has {n_layers} layers (0 to {n_layers - 1})"
            raise InputError(
                where, what, f"write layers up to {n_layers - 1}, a share such as '30%-60%', or 'all'"
            )
        _refuse_repeated(resolved, layers, part, where)
        resolved.update(layers)
    return tuple(sorted(resolved))


def check_layers(text: str, where: str) -> None:
    """Everything about the text that can be checked without a model.

    Raises:
        InputError: as `resolve_layers`, but for layers beyond the model and overlaps with ranges in per cent.
    """
    seen: set[int] = set()
    for part in _parts(text, where):
        if not part.percent:
            layers = _expanded(part, n_layers=0)
            _refuse_repeated(seen, layers, part, where)
            seen.update(layers)


class _Part(NamedTuple):
    text: str
    start: Fraction
    stop: Fraction
    step: int
    percent: bool


def _parts(text: str, where: str) -> Iterator[_Part]:
    pieces = [piece.strip() for piece in text.split(",")]
    for piece in pieces:
        if not piece:
            what = "a comma has no layer on one side" if text.strip() else "no layers are given"
            raise InputError(where, what, f"write layers such as {_EXAMPLES}")
        if piece == "all" and len(pieces) > 1:
            raise InputError(
                where, f"'{text}' names layers beside 'all'", "write 'all' alone, or the layers without it"
            )
        yield _part(piece, where)


def _part(piece: str, where: str) -> _Part:
    if piece == "all":
        return _Part(piece, Fraction(0), Fraction(100), 1, percent=True)
    number = r"([0-9]+)"
    share = r"([0-9]+(?:\.[0-9]+)?)%"
    if found := re.fullmatch(rf"{share}-{share}", piece):
        part = _Part(piece, Fraction(found[1]), Fraction(found[2]), 1, percent=True)
        if part.stop > 100:
            raise InputError(where, f"'{piece}' goes beyond 100 %", f"write '{found[1]}%-100%' or less")
    elif found := re.fullmatch(rf"{number}(?:[:-]{number}|:{number}:{number})?", piece):
        start, stop = found[1], found[2] or found[3] or found[1]
        if max(len(start.lstrip("0")), len(stop.lstrip("0"))) > len(str(_DEEPEST)):
            raise InputError(
                where, f"'{piece}' is deeper than any model", f"write layers such as {_EXAMPLES}"
            )
        part = _Part(piece, Fraction(start), Fraction(stop), int(found[4] or 1), percent=False)
    else:
        what = f"'{piece}' is neither a layer (counted from 0) nor a range of layers"
        raise InputError(where, what, f"write layers such as {_EXAMPLES}")
    if part.stop < part.start:
        mend = f"write '{_turned(piece)}' (both ends are counted)"
        raise InputError(where, f"'{piece}' runs backwards", mend)
    if part.step == 0:
        raise InputError(
            where, f"'{piece}' has a step of 0", f"write '{piece.rpartition(':')[0]}:1' or a larger step"
        )
    return part


def _turned(piece: str) -> str:
    numbers = re.split(r"[:-]", piece)
    numbers[0], numbers[1] = numbers[1], numbers[0]
    return ("-" if "-" in piece else ":").join(numbers)


def _expanded(part: _Part, n_layers: int) -> range:
    start, stop = part.start, part.stop
    if part.percent:
        start, stop = (share * (n_layers - 1) / 100 for share in (start, stop))
    return range(round(start), round(stop) + 1, part.step)


def _refuse_repeated(seen: set[int], layers: range, part: _Part, where: str) -> None:
    repeated = sorted(seen.intersection(layers))
    if repeated:
        raise InputError(
            where, f"layer {repeated[0]} is named twice, again in '{part.text}'", "name each layer once"
        )
