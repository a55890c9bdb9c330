"""What `traitscope vectors show` says of one trait's directions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class At(NamedTuple):
    """A method at a layer."""

    method: str
    layer: int


class TokenWeight(NamedTuple):
    """A token and how much likelier a direction makes it, in logits of a unit's lens."""

    text: str
    logit: float


@dataclass(frozen=True)
class Lens:
    """Tokens that a direction speaks for and against, the strongest first."""

    at: At
    nearest: tuple[TokenWeight, ...]
    farthest: tuple[TokenWeight, ...]


@dataclass(frozen=True)
class LayerView:
    """One layer: a figure for each method, in the order of the methods."""

    layer: int
    base_norm: float
    cosines: tuple[float, ...]
    """With the reference direction."""
    top5: tuple[float, ...]
    """Share of the squared mass in the five largest dimensions."""


@dataclass(frozen=True)
class LayerDetail:
    """More of one layer."""

    layer: int
    between: tuple[tuple[float, ...], ...]
    """Cosine of every method's direction with every other's."""
    read_write: tuple[float, ...]
    """Cosine of what each method projects on with what it adds: 1 unless it is a filter."""
    largest: tuple[tuple[int, ...], ...]
    """The five largest dimensions of each, the largest first."""


@dataclass(frozen=True)
class VectorsView:
    """A trait's directions, those that are added when it is steered."""

    trait: str
    width: int
    methods: tuple[str, ...]
    reference: At
    """What all cosines are taken with."""
    winner: tuple[At, float] | None
    """What steering chose, and its coefficient."""
    no_winner: str
    """Why there is none, else empty."""
    layers: tuple[LayerView, ...]
    detail: LayerDetail | None
    lens: Lens | None

    def as_json(self) -> Mapping[str, Any]:
        """The view for programs."""
        found = asdict(self)
        found["reference"] = self.reference._asdict()
        found["winner"] = None
        if self.winner is not None:
            found["winner"] = {**self.winner[0]._asdict(), "coefficient": self.winner[1]}
        if self.lens is not None:
            found["lens"] = {
                "at": self.lens.at._asdict(),
                "nearest": _pairs(self.lens.nearest),
                "farthest": _pairs(self.lens.farthest),
            }
        return found


def _pairs(tokens: Sequence[TokenWeight]) -> list[dict[str, Any]]:
    return [token._asdict() for token in tokens]
