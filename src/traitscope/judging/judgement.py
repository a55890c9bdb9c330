"""What goes into a judge and what comes out: the same for a lexicon, a classifier and a language model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol


class Asked(NamedTuple):
    """One answer to be judged, with the question it answers."""

    question: str
    answer: str


@dataclass(frozen=True)
class Judgement:
    """What a judge said of one answer."""

    value: float | None
    """0 to 100; None where the judge could not tell."""
    reason: str = ""
    """Why there is no value; empty where there is one."""
    identity: str = ""
    """The judge as it named itself: the model id that came back, or the name and version of a package."""
    mass: float | None = None
    """Probability the judge put on the integers 0 to 100; None for judges that have none."""


@dataclass(frozen=True)
class Rubric:
    """What an answer is scored for."""

    kind: Literal["trait", "coherence", "engagement"]
    name: str
    """The trait's name; for the other kinds, the kind."""
    definition: str = ""
    """What scores mean, in the trait's words."""
    eval_prompt: str | None = None
    """The trait's own instructions to a language model, in place of the template's."""


Arrived = Callable[[int, Judgement], None]
"""Told of each judgement as it arrives: its index in the batch, and what was said."""


def unheeded(index: int, judgement: Judgement) -> None:
    """Listens to no judgement."""


class Judge(Protocol):
    """Scores answers, 0 to 100."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """Everything of the judge that determines a score, as JSON: for fingerprints and cache keys."""

    @property
    def reads_language(self) -> bool:
        """A language model reads the answer, and could be talked to by it."""

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """Judgements in the order asked; each is also told to `arrived` once, when it is there."""
