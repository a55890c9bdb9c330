"""The predecessor's vectors as directions: layers counted by blocks from 0, unit length, zero where none is.

Vectors of its first months were fitted on transformers' hidden states, whose row 0 are the embeddings and
whose last is after the final norm: vector L + 1 is layer L, and the first and last are no layer. Files do not
say so; a trait with a vector one beyond the model's last block can be nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from traitscope.config import parse_position
from traitscope.config.choices import Method
from traitscope.errors import InputError
from traitscope.pipeline.imported.layouts import Holdings, VectorFile
from traitscope.pipeline.imported.record import listed
from traitscope.pipeline.vectors.foreign import read_torch

Counting = Literal["blocks", "hidden-states"]
METHODS: tuple[str, ...] = get_args(Method)
WHOLE = "response[:]"


@dataclass(frozen=True)
class TraitVectors:
    """A trait's vectors.

    Attributes:
        trait: as the predecessor calls it, category and name.
        variant: whose residuals they were fitted on.
        counting: how its files count layers.
        files: (position, method) -> layer -> file, layers as blocks.
        left_out: what of it is not imported, as clauses.
    """

    trait: str
    variant: str
    counting: Counting
    files: Mapping[tuple[str, str], Mapping[int, VectorFile]]
    left_out: tuple[str, ...]

    @property
    def positions(self) -> tuple[str, ...]:
        """In order: the whole response first, which the predecessor falls back on."""
        return tuple(sorted({one for one, _ in self.files}, key=lambda one: (one != WHOLE, one)))

    def methods(self, position: str) -> tuple[str, ...]:
        """At a position, in the order in which they are taken where none won."""
        return tuple(one for one in METHODS if (position, one) in self.files)


def sort_vectors(found: Holdings, depth: int, counting: Counting | None) -> list[TraitVectors]:
    """What there is of every trait, in the order of their names.

    Raises:
        InputError: a layer is beyond the model.
    """
    by_trait: dict[str, list[VectorFile]] = {}
    for one in found.vectors:
        by_trait.setdefault(one.trait, []).append(one)
    return [_sorted(trait, files, found.extraction, depth, counting) for trait, files in by_trait.items()]


def _sorted(
    trait: str, files: Sequence[VectorFile], preferred: str, depth: int, told: Counting | None
) -> TraitVectors:
    variants = sorted({one.variant for one in files}, key=lambda one: (one != preferred, one))
    mine = [one for one in files if one.variant == variants[0]]
    highest = max(mine, key=lambda one: one.layer)
    counting = told or ("hidden-states" if highest.layer == depth else "blocks")
    first, last = (1, depth) if counting == "hidden-states" else (0, depth - 1)
    if highest.layer > last:
        raise InputError(
            str(highest.path),
            f"is of layer {highest.layer}, and the captured model has the layers 0 to {depth - 1}",
            "name its depth with --depth, or move the file away",
        )
    left_out = [f"vectors of {listed(variants[1:])}"] if variants[1:] else []
    others = sorted({one.component for one in mine} - {"residual"})
    left_out += [f"vectors of {listed(others)}"] if others else []
    unknown = sorted({one.method for one in mine} - set(METHODS))
    left_out += [f"methods that traitscope has not ({listed(unknown)})"] if unknown else []
    kept: dict[tuple[str, str], dict[int, VectorFile]] = {}
    for one in mine:
        # The last of the hidden states is after the final norm.
        layer = one.layer - first
        if one.component != "residual" or one.method not in METHODS or not 0 <= layer < depth - first:
            continue
        parse_position(one.position, str(one.path))
        kept.setdefault((one.position, one.method), {})[layer] = one
    return TraitVectors(trait, variants[0], counting, kept, tuple(left_out))


def load_vectors(trait: TraitVectors, depth: int, width: int) -> dict[str, Tensor]:
    """The content of `directions.safetensors`: base norms are not known, and NaN.

    Raises:
        InputError: a file is no vector, of another width, or not finite.
    """
    found: dict[str, Tensor] = {}
    for number, position in enumerate(trait.positions):
        prefix = f"{position}/" if number else ""
        for method in trait.methods(position):
            table = torch.zeros(depth, width)
            for layer, file in trait.files[position, method].items():
                table[layer] = _vector(file, width)
            found[f"{prefix}{method}.read"] = table
            found[f"{prefix}{method}.write"] = table.clone()
        found[f"{prefix}base_norm"] = torch.full((depth,), torch.nan)
    return found


def _vector(file: VectorFile, width: int) -> Tensor:
    content = read_torch(file.path)
    if not isinstance(content, Tensor) or not content.is_floating_point():
        what = "is no vector of floating-point numbers"
        raise InputError(str(file.path), what, "move it out of the folder of vectors")
    vector = content.detach().float().flatten()
    if len(vector) != width:
        what = f"is {len(vector)} wide, and the captured residuals are {width}"
        raise InputError(str(file.path), what, "import vectors and captures of one model")
    if not vector.isfinite().all():
        what = "holds a value that is no number (NaN or infinity)"
        raise InputError(str(file.path), what, "move it out of the folder of vectors")
    length = vector.norm()
    return vector / length if length > 0 else vector
