"""Where traits are read: the direction and the layer that steered each best, else the first direction."""

from typing import Any, NamedTuple

from traitscope.comparison import middle_layer
from traitscope.inference import Line
from traitscope.pipeline.extract.stage import extracted_traits, load_directions
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.stage import load_best, steered_traits, steering
from traitscope.steering import Result, Source, competing_sources

STEERED = "steered best"
MIDDLE = "middle of the deciding range"
PROVED: tuple[Result, ...] = ("shown", "weak")


class Place(NamedTuple):
    """Where a trait is read."""

    source: Source
    layer: int | None
    """None where it was not steered, or nothing won."""

    def at(self, n_layers: int) -> int:
        """The layer, of a model with so many: in the middle of those that decide where none won."""
        return middle_layer(n_layers) if self.layer is None else self.layer


def lines(run: Run) -> list[Line]:
    """The direction each trait is read along: at its steered best layer, else mid deciding range."""
    found = []
    for name, place in read_places(run).items():
        directions = load_directions(run, run.traits[name], *place.source)
        layer = place.at(len(directions.read))
        reason = MIDDLE if place.layer is None else STEERED
        found.append(Line(name, place.source.method, layer, reason, directions.read[layer]))
    return found


def read_places(run: Run) -> dict[str, Place]:
    """Trait -> the direction and the layer that steered it best; else the first direction."""
    best = {name: found["best"] for name, found in _steered(run).items()}
    first = competing_sources(run.experiment.config)[0]
    return {
        name: Place(Source(won["method"], won["position"]), int(won["layer"])) if won else Place(first, None)
        for name in extracted_traits(run)
        for won in [best.get(name)]
    }


def proved(run: Run) -> dict[str, bool]:
    """Trait -> whether steering has shown that its direction causes it."""
    steered = _steered(run)
    return {name: name in steered and steered[name]["result"] in PROVED for name in extracted_traits(run)}


def _steered(run: Run) -> dict[str, dict[str, Any]]:
    """What steering found, of the traits whose steering is done."""
    settings = run.experiment.config.steer
    if settings is None:
        return {}
    return {
        name: load_best(run, trait, settings)
        for name, trait in steered_traits(run).items()
        if steering(run, trait, settings).are_done()
    }
