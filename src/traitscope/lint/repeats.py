"""Texts that come twice: inside a side, on both sides, and among scenes and questions."""

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from traitscope.config.lint import LintSettings
from traitscope.data import Scene
from traitscope.data.duplicates import near_duplicates
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Question, Side
from traitscope.lint.finding import Finding
from traitscope.lint.words import beginning, n_grams, words

_FEWEST_WORDS = 5
"""Words below which two texts are alike by chance."""


def repeats(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Exact: texts with the same words, or with most of them in common."""
    placed = [_Placed(side, scene) for side in draft.sides for scene in side.scenes]
    questions = list(draft.questions)
    texts = [*(one.scene.text for one in placed), *(question.text for question in questions)]
    told: set[tuple[str, int]] = set()
    in_scene: dict[int, tuple[Side, int]] = {}
    for first, second in near_duplicates(texts, settings.near_duplicate):
        if second < len(placed):
            one, other = placed[first], placed[second]
            prompted_alike = _prompted_alike(one.scene, other.scene, settings)
            finding = _alike(draft, one, other, second - first) if prompted_alike else None
            if finding and (finding.code, second) not in told:
                told.add((finding.code, second))
                yield finding
        elif first < len(placed):
            in_scene.setdefault(second - len(placed), (placed[first].side, placed[first].scene.line))
    yield from _scenes_and_questions(draft, questions, in_scene, settings)


def shared_run(text: str, runs: Container[tuple[str, ...]], size: int) -> str:
    """The first run of `size` words of a text that is among `runs`; empty where none is."""
    found = words(text)
    for start in range(len(found) - size + 1):
        if found[start : start + size] in runs:
            return " ".join(found[start : start + size])
    return ""


class _Placed(NamedTuple):
    side: Side
    scene: Scene

    def __str__(self) -> str:
        return f"{self.side.file.name}, line {self.scene.line}"


def _prompted_alike(one: Scene, other: Scene, settings: LintSettings) -> bool:
    """Chat prompts may be the same where their system prompts differ."""
    if one.system_prompt is None or other.system_prompt is None:
        return one.system_prompt is other.system_prompt
    return bool(near_duplicates([one.system_prompt, other.system_prompt], settings.near_duplicate))


def _folded(placed: _Placed) -> str:
    """A scene without what nobody reads: case and blanks."""
    return " ".join(placed.scene.words.casefold().split())


def _alike(draft: Draft, one: _Placed, other: _Placed, apart: int) -> Finding | None:
    """What two like scenes mean; None where they are too short to say, or may face each other."""
    plain = words(one.scene.words), words(other.scene.words)
    # Words leave out digits and marks, which may be all that a pair differs in.
    same, within = _folded(one) == _folded(other), one.side is other.side
    if not same and min(map(len, plain)) < _FEWEST_WORDS:
        return None
    facing = not draft.paired or apart == len(draft.positive.scenes)
    if not same and not within and facing:
        return None
    code = {
        (True, True): codes.REPEATED_SCENE,
        (False, True): codes.NEAR_DUPLICATE,
        (True, False): codes.SAME_ON_BOTH_SIDES,
        (False, False): codes.NEAR_DUPLICATE_ACROSS,
    }[same, within]
    place = f"line {one.scene.line}" if within else str(one)
    what = f"{beginning(other.scene.text, 40)} {'repeats' if same else 'is nearly'} {place}"
    return code.found(other.side.file, other.scene.line, what)


def _scenes_and_questions(
    draft: Draft,
    questions: Sequence[Question],
    in_scene: dict[int, tuple[Side, int]],
    settings: LintSettings,
) -> Iterator[Finding]:
    runs = {
        run for side in draft.sides for scene in side.scenes for run in n_grams(scene.text, _FEWEST_WORDS)
    }
    for number, question in enumerate(questions):
        if len(words(question.text)) < _FEWEST_WORDS:
            continue
        place = in_scene.get(number)
        if place is None and shared_run(question.text, runs, _FEWEST_WORDS):
            place = _holder(draft, question.text, settings)
        if place:
            what = f"{beginning(question.text, 50)} is in {place[0].file.name}, line {place[1]}"
            yield codes.SCENE_IS_QUESTION.found(draft.steering_file, question.line, what)


def _holder(draft: Draft, text: str, settings: LintSettings) -> tuple[Side, int] | None:
    """The scene that shares a run of words with the text, or all of a shorter one."""
    size = min(settings.shared_run, len(words(text)))
    runs = n_grams(text, size)
    for side in draft.sides:
        for scene in side.scenes:
            if shared_run(scene.text, runs, size):
                return side, scene.line
    return None
