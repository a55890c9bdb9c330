"""How many answers steering takes, at the least and at the most: known before anything runs."""

from collections.abc import Sequence
from typing import NamedTuple

from traitscope.config import SteerSettings
from traitscope.steering.policies import StepSize, planned_steps
from traitscope.steering.refining import planned_refinement


class SearchSize(NamedTuple):
    """The steps of a search over all that competes, each of which is one batch."""

    coarse: list[StepSize]
    refined: list[StepSize]
    """At the most; where nothing was coherent there are none."""

    @property
    def answers(self) -> int:
        """Steered answers judged, at the most."""
        return sum(step.points * step.questions for step in (*self.coarse, *self.refined))


def search_size(settings: SteerSettings, layers: Sequence[int], depth: int, sources: int = 1) -> SearchSize:
    """The size of one trait's search.

    Args:
        settings: of that trait.
        layers: those searched.
        depth: layers of the model.
        sources: methods and positions that compete.
    """
    coarse = [
        StepSize(sources * step.points, step.questions) for step in planned_steps(settings, len(layers))
    ]
    return SearchSize(coarse, planned_refinement(settings, layers, depth, sources))


class ArmCount(NamedTuple):
    """Arms that answer the report questions."""

    least: int
    """Unsteered, the winner, random and other traits' directions, shuffled labels, and the prompt."""
    most: int
    """With the weakest push that broke the language, where the search met one."""


def count_arms(settings: SteerSettings, traits: int) -> ArmCount:
    """Arms of a report in an experiment of so many traits, where the search finds a winner; where it finds
    none, nothing is reported."""
    least = 4 + settings.random_arms + min(settings.other_arms, traits - 1)
    return ArmCount(least, least + 1)
