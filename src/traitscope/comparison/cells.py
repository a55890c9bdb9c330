"""Own words and same words are four cells: who reads, and who wrote.

    model effect   mean of the two same-words differences     (after reads - before reads), of either's words
    text effect    mean of the two same-reader differences    (after's words - before's words), by either
    interaction    how much the model effect on after's words exceeds that on before's

on the response tokens that both answers to a prompt have. Only the model effect counts as inside: a clean
model that merely reads an adapted model's text goes far along the planted trait. Each answer is averaged
first, so that prompts count alike.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison.stream import FIRST_TOKEN

Window = Literal["late", "response", "prompt", "last_prompt"]
WINDOWS: tuple[Window, ...] = ("late", "response", "prompt", "last_prompt")
"""Response tokens from FIRST_TOKEN on, which decide; all response tokens; the prompt's; the last before the
response."""

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Read:
    """One reader's sums over one writer's answers to the same prompts.

    Attributes:
        sums: (prompts, groups, layers, width), of the response tokens of each group; groups begin at
            multiples of FIRST_TOKEN, so that the first one ends where `late` begins.
        counts: (prompts, groups, layers).
        prompt_sum, prompt_count: (prompts, layers, width), (prompts, layers).
        last_prompt: (prompts, layers, width).
    """

    sums: Array
    counts: Array
    prompt_sum: Array
    prompt_count: Array
    last_prompt: Array


@dataclass(frozen=True)
class Cells:
    """The four cells of one comparison, on the same prompts.

    Attributes:
        before_own, after_own, after_reads_before, before_reads_after: by reader and writer.
        shared: (prompts,) groups that both answers have whole.
    """

    before_own: Read
    after_own: Read
    after_reads_before: Read
    before_reads_after: Read
    shared: NDArray[np.int64]


@dataclass(frozen=True)
class Effects:
    """Per prompt the shifts of the stream, (prompts, layers, width), of the prompts that have a token there.

    Attributes:
        prompts: their numbers among the comparison's.
        model: same words, other reader.
        text: same reader, other words; None at the prompt, which has no writer.
        interaction: model effect on after's words less that on before's; None likewise.
    """

    prompts: NDArray[np.int64]
    model: Array
    text: Array | None
    interaction: Array | None


def cell_effects(cells: Cells, window: Window) -> Effects:
    """The shifts at a window, prompt by prompt.

    Raises:
        ValueError: no prompt has a token there.
    """
    if window in ("prompt", "last_prompt"):
        before, after = (_prompt(one, window) for one in (cells.before_own, cells.after_reads_before))
        known = _finite(before) & _finite(after)
        return _known(known, window, after - before, None, None)
    first = 1 if window == "late" else 0
    read = (cells.before_own, cells.after_own, cells.after_reads_before, cells.before_reads_after)
    bb, aa, ab, ba = (_response(one, cells.shared, first) for one in read)
    known = _finite(bb) & _finite(aa) & _finite(ab) & _finite(ba)
    on_before, on_after = ab - bb, aa - ba
    text = ((ba - bb) + (aa - ab)) / 2
    return _known(known, window, (on_before + on_after) / 2, text, on_after - on_before)


def _known(known: NDArray[np.bool_], window: Window, model: Array, *rest: Array | None) -> Effects:
    if not known.any():
        first = f" after the first {FIRST_TOKEN}" if window == "late" else ""
        raise ValueError(f"no answer has a token{first} that counts")
    some = [one if one is None else one[known] for one in rest]
    return Effects(np.flatnonzero(known), model[known], *some)


def _response(read: Read, shared: NDArray[np.int64], first: int) -> Array:
    """Mean over the groups from `first` on that are shared, (prompts, layers, width); NaN where none is."""
    groups = np.arange(read.sums.shape[1])
    used = ((groups >= first) & (groups < shared[:, None])).astype(np.float32)  # (prompts, groups)
    total = np.einsum("pg,pglw->plw", used, read.sums)
    count = np.einsum("pg,pgl->pl", used, read.counts)
    return _divided(total, count)


def _prompt(read: Read, window: Window) -> Array:
    return read.last_prompt if window == "last_prompt" else _divided(read.prompt_sum, read.prompt_count)


def _finite(means: Array) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(means).all((1, 2)))


def _divided(total: Array, count: Array) -> Array:
    found = np.full_like(total, np.nan)
    return np.divide(total, count[..., None], out=found, where=count[..., None] > 0)
