"""What is measured of a trait folder, for a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from traitscope.config.lint import LintSettings
from traitscope.lint.bag_of_words import BagOfWords, bag_of_words
from traitscope.lint.confounds import Effect, effects
from traitscope.lint.draft import Draft
from traitscope.lint.labelled import spread
from traitscope.lint.templates import Places, ending_lines, opening_lines, topic_lines, word_lines


@dataclass(frozen=True)
class Figures:
    """Counts, effect sizes and shares; a share is of one side's scenes, of the side where it is largest."""

    positive: int
    """Scenes."""
    negative: int
    questions: int
    labelled: int
    labelled_spread: Mapping[str, float]
    """Third of the scale -> share of the labelled answers."""
    bag_of_words: BagOfWords | None
    """None where there are too few scenes."""
    effects: tuple[Effect, ...]
    opening: tuple[str, float]
    """The commonest opening."""
    word: tuple[str, float]
    """The content word in most scenes."""
    topic: tuple[str, float]
    """The commonest topic; a heuristic."""
    endings: tuple[Mapping[str, float], Mapping[str, float]]
    """Kind of ending -> share, of the positive and of the negative side; a heuristic."""


def measured(draft: Draft, settings: LintSettings) -> Figures:
    """The figures of a folder, as far as it can be read."""
    sides = [side.scenes for side in draft.sides]
    counts = [max(len(scenes), 1) for scenes in sides]
    return Figures(
        positive=len(draft.positive.scenes),
        negative=len(draft.negative.scenes),
        questions=len(draft.questions),
        labelled=len(draft.labelled),
        labelled_spread=spread(draft.labelled),
        bag_of_words=bag_of_words(draft),
        effects=tuple(effects(draft)),
        opening=_largest(zip((opening_lines(scenes, settings) for scenes in sides), counts, strict=True)),
        word=_largest(zip(map(word_lines, sides), counts, strict=True)),
        topic=_largest(zip(map(topic_lines, sides), counts, strict=True)),
        endings=(_ending_shares(draft, 0), _ending_shares(draft, 1)),
    )


def _largest(counted: Iterable[tuple[Places, int]]) -> tuple[str, float]:
    """What has the largest share of a side; ("", 0) where nothing was counted."""
    shares = [(name, len(lines) / scenes) for places, scenes in counted for name, lines in places.items()]
    return max(shares, key=lambda one: one[1], default=("", 0.0))


def _ending_shares(draft: Draft, which: int) -> Mapping[str, float]:
    scenes = draft.sides[which].half_written
    found = sorted(ending_lines(scenes).items(), key=lambda item: -len(item[1]))
    return {str(ending): len(lines) / len(scenes) for ending, lines in found}
