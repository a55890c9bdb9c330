"""A trait folder as far as it can be read; every text keeps its line, so that a check can name the place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from traitscope.data import Scene
from traitscope.lint.finding import Finding

Pole = Literal["positive", "negative"]


class RawLine(NamedTuple):
    """A scene as it stands in its file, before blanks are dropped."""

    text: str
    line: int


@dataclass(frozen=True)
class Side:
    """One pole as far as it can be read."""

    pole: Pole
    file: Path
    raw: tuple[RawLine, ...]
    """Every line or prompt, blank ones too."""
    scenes: tuple[Scene, ...]
    """Those with text, blanks at the ends dropped."""

    @property
    def half_written(self) -> list[Scene]:
        """Scenes that a base model finishes; chat prompts with a system prompt are not among them."""
        return [scene for scene in self.scenes if scene.system_prompt is None]


class Question(NamedTuple):
    """A question of steering.json, and its line."""

    text: str
    line: int | None


class Labelled(NamedTuple):
    """A line of labelled.jsonl."""

    question: str
    answer: str
    score: float
    line: int


@dataclass(frozen=True)
class Draft:
    """A trait folder as far as it can be read."""

    name: str
    folder: Path
    positive: Side
    negative: Side
    definition: str
    questions: tuple[Question, ...]
    labelled: tuple[Labelled, ...]
    waived: Mapping[str, object]
    """Code -> reason, as written: neither is checked."""
    key_lines: Mapping[str, int | None]
    """Line of each key of steering.json, and of each waiver."""
    troubles: tuple[Finding, ...]
    """What reading itself found."""

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both poles, the positive one first."""
        return self.positive, self.negative

    @property
    def paired(self) -> bool:
        """Scene n of one side faces scene n of the other."""
        return len(self.positive.scenes) == len(self.negative.scenes)

    @property
    def definition_file(self) -> Path:
        """Where the definition is, or should be."""
        return self.folder / "definition.txt"

    @property
    def steering_file(self) -> Path:
        """Where the questions are, or should be."""
        return self.folder / "steering.json"

    @property
    def labelled_file(self) -> Path:
        """Where the labelled answers are, or should be."""
        return self.folder / "labelled.jsonl"
