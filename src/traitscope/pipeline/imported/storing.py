"""A reading of the predecessor into a store of residuals, as `infer` would have written it.

Not there are likelihoods, next-token logits and the prompt's own words, of which nothing says where the
template ends: these are NaN, or empty. Sums are of all layers; those that were not captured count no token.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from traitscope.errors import InputError
from traitscope.inference import (
    Sketch,
    Span,
    Writer,
    covariance_name,
    summary_name,
    tokens_name,
    writing_shards,
)
from traitscope.inference.reduction import Masks, layer_sums
from traitscope.pipeline.imported.captured import Taken

SHARD = 256_000_000
"""Bytes of tokens after which a file is closed."""


class ToStore(NamedTuple):
    """An answer on its way into a store."""

    place: int
    path: Path
    rows: int
    """Tokens that count: those that all its readers have."""
    layers: tuple[int, ...]


class Form(NamedTuple):
    """What all stores of an import share."""

    depth: int
    width: int
    dtype: torch.dtype


def store_reading(
    folder: Path, answers: Sequence[ToStore], form: Form, own: bool, look: Callable[[Path], Taken]
) -> None:
    """Write a reading's tokens and sums, and, of a reader's own answers, their covariance.

    Raises:
        InputError: a residual is no number, or of another width.
        WorkError: the disk is full.
    """
    sketch = Sketch()
    everywhere = tuple(sorted(set.intersection(*(set(one.layers) for one in answers))))
    with writing_shards(folder) as writer:
        waiting: list[_Reduced] = []
        number = size = 0
        for index, one in enumerate(answers):
            reduced = _reduce(one, form, look(one.path), everywhere if own else (), sketch)
            waiting.append(reduced)
            size += reduced.tokens.numel() * reduced.tokens.element_size()
            last = index + 1 == len(answers)
            if last or size >= SHARD or answers[index + 1].layers != one.layers:
                kept = sketch if own and everywhere else None
                _write(writer, number, waiting, form, kept, everywhere)
                waiting, size, number = [], 0, number + 1


class _Reduced(NamedTuple):
    of: ToStore
    tokens: Tensor
    """(1 + rows or rows, layers, width) as stored."""
    first: int
    sums: Mapping[str, Tensor]
    """Of one answer, over its own layers."""


def _reduce(one: ToStore, form: Form, taken: Taken, in_sketch: tuple[int, ...], sketch: Sketch) -> _Reduced:
    held = all(layer in taken.last for layer in one.layers)
    nothing = torch.zeros(form.width)
    whole = torch.stack(
        [
            torch.cat(
                [taken.last.get(layer, nothing)[None].float(), taken.residual[layer][: one.rows].float()]
            )
            for layer in one.layers
        ]
    )  # (layers, 1 + rows, width)
    if not whole.isfinite().all():
        bad = one.layers[int((~whole.isfinite()).flatten(1).any(1).nonzero()[0])]
        what = "holds a value that is no number (NaN or infinity)"
        raise InputError(f"{one.path}, layer {bad}", what, "capture this answer again in bfloat16 or float32")
    # What is stored counts: a projection made later equals the first.
    whole = whole.to(form.dtype).float()
    masks = Masks([Span(range(0), 1, one.rows)], 1 + one.rows)
    sums, counted = [], []
    for layer in whole:
        found, kept = layer_sums(layer[None], masks)
        sums.append(found)
        counted.append(kept[0, 1:])
    by_name = {name: torch.cat([getattr(found, name) for found in sums]) for name in vars(sums[0])}
    if not held:
        by_name["last_prompt"] = torch.full_like(by_name["last_prompt"], torch.nan)
    for place, layer in enumerate(in_sketch):
        chosen = one.layers.index(layer)
        sketch.add(place, whole[chosen, 1:], counted[chosen])
    stored = whole if held else whole[:, 1:]
    return _Reduced(one, stored.transpose(0, 1).to(form.dtype), -1 if held else 0, by_name)


def _write(
    writer: Writer,
    number: int,
    answers: Sequence[_Reduced],
    form: Form,
    sketch: Sketch | None,
    in_sketch: tuple[int, ...],
) -> None:
    layers = answers[0].of.layers
    counts = torch.tensor([len(one.tokens) for one in answers])
    places = torch.tensor([one.of.place for one in answers])
    responses = torch.tensor([one.of.rows for one in answers])
    tokens = {
        "places": places,
        "first": torch.tensor([one.first for one in answers]),
        "offsets": torch.cat([torch.zeros(1, dtype=torch.long), counts.cumsum(0)]),
        "residual": torch.cat([one.tokens for one in answers]),
    }
    total = int(responses.sum())
    summary = _joined(answers, form) | {
        "places": places,
        "responses": responses,
        "log_probability": torch.full((total,), torch.nan),
        "candidates": torch.zeros((total, 0), dtype=torch.int32),
        "candidate_log_probability": torch.zeros(total, 0),
        "mean_logits": torch.zeros(len(answers), 0),
    }
    files: dict[str, tuple[Mapping[str, Tensor], Sequence[int]]] = {
        tokens_name(number, (), later=False): (tokens, layers),
        summary_name(number): (summary, ()),
    }
    if sketch is not None:
        files[covariance_name(number)] = (_whole(sketch, form, in_sketch), ())
    writer.write(number, [one.of.place for one in answers], files)


def _joined(answers: Sequence[_Reduced], form: Form) -> dict[str, Tensor]:
    """Sums of all answers at all layers: (answers, [groups,] depth, ...)."""
    layers = list(answers[0].of.layers)
    groups = max(one.sums["sums"].shape[1] for one in answers)
    found = {}
    for name, first in answers[0].sums.items():
        grouped = name in ("sums", "counts")
        shape = ((groups,) if grouped else ()) + (form.depth,) + first.shape[2 if grouped else 1 :]
        whole = torch.zeros(len(answers), *shape)
        if name == "last_prompt":
            whole[:] = torch.nan
        for row, one in enumerate(answers):
            part = one.sums[name]  # (layers, [groups,] ...)
            if grouped:
                # By two steps: a list beside a row number would put the layers first.
                whole[row][: part.shape[1], layers] = part.transpose(0, 1)
            else:
                whole[row, layers] = part
        found[name] = whole
    return found


def _whole(sketch: Sketch, form: Form, layers: tuple[int, ...]) -> dict[str, Tensor]:
    """A sketch of some layers, at its places among all."""
    kept = sketch.tensors()
    found = {}
    for name, part in kept.items():
        found[name] = torch.zeros(form.depth, *part.shape[1:])
        found[name][list(layers)] = part
    return found
