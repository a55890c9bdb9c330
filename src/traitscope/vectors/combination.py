"""`Direction`: what steering adds, as a value that can be added, scaled, compared, kept and used on a model.

    h_L  ->  h_L + strength * v_L      at every layer L that the value holds a vector v_L for

Coefficients are in the vectors: a winner is `c * unit direction` at one layer, and a sum of directions holds
one vector per layer, several where they differ in layer.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from traitscope.engine import Positions, steered
from traitscope.engine.live import as_steerable
from traitscope.errors import InputError
from traitscope.models import Model
from traitscope.vectors.direction_file import read_direction, write_direction

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class ModelTag(NamedTuple):
    """Which model a direction is for, as far as that is known."""

    name: str
    identity: str | None = None
    """Hub commit or digest of the weights, as `Source.identity`; None where nobody looked."""
    layers: int | None = None
    """Depth of the model."""


class Part(NamedTuple):
    """Where a vector comes from; a sum has several."""

    name: str
    """The trait, or what an imported one was called."""
    method: str
    layer: int
    coefficient: float
    """Length of the vector added, negative where it is pushed against its trait."""
    base_norm: float | None = None
    """Of the layer: coefficient over base norm is the relative strength."""


@dataclass(frozen=True, eq=False, repr=False)
class Direction:
    """One vector a layer, for one model.

    Raises:
        InputError: no vectors, or vectors of unequal width, of a layer the model lacks, or not finite.
    """

    vectors: Mapping[int, Tensor]
    """Layer -> (width,) float32, what is added to the residual after that block at a strength of 1."""
    model: ModelTag | None = None
    """None: unknown, and only depth and width are held against a model."""
    positions: Positions = "all"
    """Tokens that are steered: `all`, or `response`, from the last prompt token on."""
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if not self.vectors:
            raise InputError(self.name, "holds no vector", "give it one at least: {layer: vector}")
        ordered = {
            int(layer): self.vectors[layer].detach().to("cpu", torch.float32)
            for layer in sorted(self.vectors)
        }
        object.__setattr__(self, "vectors", ordered)
        depth = self.model.layers if self.model else None
        for layer, vector in ordered.items():
            where = f"{self.name}, layer {layer}"
            if layer < 0 or (depth is not None and layer >= depth):
                layers = f"0 to {depth - 1}" if depth else "0 on"
                raise InputError(where, "is no layer of its model", f"name one from {layers}")
            if vector.shape != (self.width,) or not self.width:
                what = f"is a vector of shape {tuple(vector.shape)}"
                raise InputError(where, what, "give every layer one of shape (width,), all of one width")
            if not bool(torch.isfinite(vector).all()):
                what = "holds NaN or infinity"
                raise InputError(where, what, "find out where that came from, or use a smaller factor")

    @property
    def name(self) -> str:
        """The traits that it is made of: 'gloom + formality'."""
        return " + ".join(dict.fromkeys(part.name for part in self.parts)) or "direction"

    @property
    def layers(self) -> tuple[int, ...]:
        """Layers that it steers, rising."""
        return tuple(self.vectors)

    @property
    def width(self) -> int:
        """Width of the residual stream."""
        return int(next(iter(self.vectors.values())).shape[-1])

    def norm(self) -> float:
        """Length of all its vectors together; of one layer alone, the coefficient's size."""
        return math.sqrt(sum(float(vector.double().square().sum()) for vector in self.vectors.values()))

    def __add__(self, other: object) -> "Direction":
        """What both add, layer by layer.

        Raises:
            InputError: they are for other models, of another width, or steer other tokens.
        """
        if not isinstance(other, Direction):
            return NotImplemented
        model = self._common_model(other)
        vectors = {
            layer: self._at(layer) + other._at(layer) for layer in sorted({*self.layers, *other.layers})
        }
        return Direction(vectors, model, self.positions, _joined((*self.parts, *other.parts)))

    def __radd__(self, other: object) -> "Direction":
        """`sum()` begins with 0."""
        return self if other == 0 else NotImplemented

    def __sub__(self, other: object) -> "Direction":
        """What this one adds without what the other adds."""
        return self + -1.0 * other if isinstance(other, Direction) else NotImplemented

    def __mul__(self, factor: object) -> "Direction":
        """The same direction, `factor` times as far."""
        if isinstance(factor, bool) or not isinstance(factor, int | float):
            return NotImplemented
        parts = tuple(part._replace(coefficient=factor * part.coefficient) for part in self.parts)
        return replace(
            self, vectors={layer: factor * vector for layer, vector in self.vectors.items()}, parts=parts
        )

    def __rmul__(self, factor: object) -> "Direction":
        """`2 * gloom` is `gloom * 2`."""
        return self * factor

    def __truediv__(self, divisor: float) -> "Direction":
        """`gloom / 2` is half as far."""
        return self * (1 / divisor)

    def __neg__(self) -> "Direction":
        """As far, the other way."""
        return self * -1.0

    def __eq__(self, other: object) -> bool:
        """Whether both add exactly the same to the same tokens; a layer left out is a zero vector.

        Where they come from does not count.
        """
        if not isinstance(other, Direction):
            return NotImplemented
        return (
            self.width == other.width
            and self.positions == other.positions
            and all(torch.equal(self._at(one), other._at(one)) for one in {*self.layers, *other.layers})
        )

    __hash__ = None  # type: ignore[assignment]  # it is compared by its tensors

    def __repr__(self) -> str:
        layers = ", ".join(map(str, self.layers))
        model = self.model.name if self.model else "a model unknown"
        return (
            f"Direction({self.name}, layer {layers}, norm {self.norm():.4g}, width {self.width}, for {model})"
        )

    def steer(
        self, model: "Model | PreTrainedModel", strength: float = 1.0, other_model: bool = False
    ) -> AbstractContextManager[None]:
        """Steer a model as long as the `with` lasts; several at a time add up.

        Args:
            model: what `traitscope.load` gives, or a network of transformers that you loaded yourself, on
                any device.
            strength: factor of the vectors; 1 adds them as they are, 0 changes nothing, -1 pushes away.
            other_model: steer although the weights are not those it was made for.

        Raises:
            InputError: the model is another one, or the strength is no number.
            WorkError: the model's residual stream cannot be steered.
        """
        if not math.isfinite(strength):
            raise InputError(f"strength {strength}", "is not finite", "give a number such as 1.0")
        if not other_model:
            self._refuse_other(model)
        return steered(model, (self * float(strength)).vectors, self.positions)

    def save(self, path: str | Path) -> None:
        """Write it as safetensors: a tensor a layer, everything else in the header's manifest.

        Raises:
            WorkError: the file cannot be written.
        """
        write_direction(Path(path), self.vectors, self.manifest())

    @classmethod
    def load(cls, path: str | Path) -> "Direction":
        """Read what `save` wrote.

        Raises:
            InputError: there is no such file, or it is not one of these, or it is damaged.
        """
        vectors, manifest = read_direction(Path(path))
        try:
            model: Any = manifest["model"]
            tag = ModelTag(**model) if model is not None else None
            parts = tuple(Part(**part) for part in manifest["parts"])
            if manifest["positions"] not in ("all", "response"):
                raise ValueError("positions")
            return cls(vectors, tag, manifest["positions"], parts)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                str(path), f"has a damaged manifest ({error})", "copy or make it again"
            ) from error
        except InputError as error:
            raise InputError(f"{path}, {error.where}", error.what, error.mend) from None

    def manifest(self) -> dict[str, Any]:
        """What is written beside the vectors: where they come from, and what they are for."""
        return {
            "positions": self.positions,
            "model": self.model._asdict() if self.model else None,
            "parts": [part._asdict() for part in self.parts],
        }

    def _at(self, layer: int) -> Tensor:
        return self.vectors.get(layer, torch.zeros(self.width))

    def _common_model(self, other: "Direction") -> ModelTag | None:
        where, mend = f"{self.name} + {other.name}", "add directions of one model"
        if self.width != other.width:
            raise InputError(where, f"are {self.width} and {other.width} wide", mend)
        if self.positions != other.positions:
            what = f"steer other tokens ({self.positions} and {other.positions})"
            raise InputError(where, what, "nest two 'with' blocks, each of which keeps its own")
        if self.model is None or other.model is None:
            return self.model or other.model
        if _are_others(self.model, other.model):
            raise InputError(where, f"are for {self.model.name} and {other.model.name}", mend)
        return self.model if self.model.identity else other.model

    def _refuse_other(self, model: "Model | PreTrainedModel") -> None:
        if self.model is None:
            return
        found = as_steerable(model)
        if isinstance(found, Model):
            tag = ModelTag(found.source.name, found.source.identity, found.layers)
        else:
            tag = ModelTag(type(found.network).__name__, None, found.layers)
        if _are_others(self.model, tag):
            raise InputError(
                f"{self.name}, made for {self.model.name}",
                f"is not for {tag.name}, whose weights are others",
                "load the model it was made for, or pass other_model=True to try it all the same",
            )


def _are_others(one: ModelTag, other: ModelTag) -> bool:
    """Whether two tags cannot be of one model."""
    depths = {one.layers, other.layers} - {None}
    identities = {one.identity, other.identity} - {None}
    return len(depths) > 1 or len(identities) > 1


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Parts that differ in their coefficient alone as one."""
    joined: dict[Part, float] = {}
    for part in parts:
        key = part._replace(coefficient=0.0)
        joined[key] = joined.get(key, 0.0) + part.coefficient
    return tuple(key._replace(coefficient=coefficient) for key, coefficient in joined.items())
