"""A trait on disk, checked: two files of half-written scenes, a definition, and what steering asks.

A trait is a folder, named as the trait:

    positive.txt, negative.txt   one scene a line; line n of one pairs with line n of the other (or .jsonl)
    definition.txt               what the trait is, in words, and what scores mean
    steering.json                questions and more; optional (data/steering_file.py)
    labelled.jsonl               answers scored by hand; optional (data/labelled.py)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.config import one_of, read_text
from traitscope.data.labelled import LabelledAnswer, read_labelled
from traitscope.data.scenes import TRAIT_FILES, Scene, read_scenes, scenes_file
from traitscope.data.steering_file import Polarity, read_steering_file
from traitscope.errors import InputError

FEWEST_SCENES = 20
"""Scenes a pole: below that, held-out figures of a direction say nothing."""


@dataclass(frozen=True)
class Trait:
    """A behaviour, named by two poles of scenes."""

    name: str
    """The folder's name."""
    folder: Path
    positive: tuple[Scene, ...]
    """Scenes that stop right before the trait shows."""
    negative: tuple[Scene, ...]
    """Scenes that stop right before its opposite shows."""
    paired: bool
    """Line n of one pole matches line n of the other in all but the trait."""
    definition: str
    """What the trait is, and what the scores 0-30, 30-70 and 70-100 mean."""
    questions: tuple[str, ...]
    """What a steered model is asked; empty where the trait is not meant to be steered."""
    trait_prompt: str | None
    """System prompt that asks a model to show the trait."""
    lexicon: Polarity | None
    """Which sentiment shows the trait; None where sentiment does not judge it."""
    system_prompt: str | None
    """System prompt under which the questions are asked; None is the variant's own."""
    direction: Polarity
    """`negative`: what the model is pushed to is less of the trait."""
    eval_prompt: str | None
    """Instructions to a language model that judges, in place of the usual ones."""
    labelled: tuple[LabelledAnswer, ...]
    """Answers scored by hand."""
    waived: Mapping[str, str]
    """Lint code -> why that finding does not count: it is the trait itself."""
    extra: Mapping[str, Any]
    """Keys of steering.json that traitscope does not use."""
    notes: tuple[str, ...]
    """What was odd in the files and harmless, one sentence each."""

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """Both poles, the positive one first."""
        return (*self.positive, *self.negative)


def load_trait(folder: Path) -> Trait:
    """The trait in `folder`; spaces at the ends of a scene are dropped, and blank lines at the end of a file.

    Raises:
        InputError: a folder or file is missing, not UTF-8, empty or one-sided; a blank line, fewer than 20
            scenes a pole, a scene on both poles, a wrong type in a JSON file. Said with file and line.
        WorkError: the system refuses to read it.
    """
    if not folder.is_dir():
        raise _no_folder(folder)
    files = {pole: scenes_file(folder, pole) for pole in ("positive", "negative")}
    (positive, positive_notes), (negative, negative_notes) = (read_scenes(path) for path in files.values())
    _refuse_too_few(files["positive"], positive)
    _refuse_too_few(files["negative"], negative)
    _refuse_on_both_poles(files, positive, negative)
    definition = read_text(folder / "definition.txt", TRAIT_FILES).strip()
    if not definition:
        where = str(folder / "definition.txt")
        raise InputError(where, "the file is empty", "write a sentence that says what the trait is")
    steering = read_steering_file(folder)
    return Trait(
        name=folder.name if folder.name not in ("", "..") else folder.resolve().name,
        folder=folder,
        positive=positive,
        negative=negative,
        paired=len(positive) == len(negative),
        definition=definition,
        questions=steering.questions,
        trait_prompt=steering.trait_prompt,
        lexicon=steering.lexicon,
        system_prompt=steering.system_prompt,
        direction=steering.direction,
        eval_prompt=steering.eval_prompt,
        labelled=read_labelled(folder),
        waived=steering.waived,
        extra=steering.extra,
        notes=(*positive_notes, *negative_notes, *_unpaired(positive, negative), *steering.notes),
    )


def trait_prompt(trait: Trait) -> str:
    """The system prompt that asks for a trait: its own, else one made of its definition."""
    return trait.trait_prompt or f"Answer so that your answer shows this: {trait.definition}"


def prompt_baseline(trait: Trait, push: str | None) -> str:
    """The system prompt that a user would try before steering: it asks for the trait, or for none of it.

    Args:
        push: `induce` or `suppress`; None is as the trait's direction says.
    """
    if push == "suppress" or (push is None and trait.direction == "negative"):
        return f"Answer so that your answer shows nothing of this: {trait.definition}"
    return trait_prompt(trait)


def trait_folders(paths: Iterable[Path]) -> list[Path]:
    """The trait folders among `paths` and, where one is a category, those inside it, by name.

    Raises:
        InputError: a path is no folder, or holds no trait.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            raise _no_folder(path)
        inside = [path] if _is_trait(path) else sorted(filter(_is_trait, path.rglob("*")))
        if not inside:
            names = ", ".join(TRAIT_FILES[:2])
            raise InputError(
                str(path), f"there is no trait here: no folder holds {names}", "name one that does"
            )
        found.extend(inside)
    return list(dict.fromkeys(found))


def _is_trait(folder: Path) -> bool:
    return folder.is_dir() and any((folder / name).exists() for name in TRAIT_FILES[:4])


def _no_folder(folder: Path) -> InputError:
    if folder.exists():
        return InputError(str(folder), "this is a file, and a trait is a folder", "name the folder around it")
    parent = folder.parent
    siblings = sorted(entry.name for entry in parent.iterdir() if entry.is_dir()) if parent.is_dir() else []
    mend = f"write {one_of(folder.name, siblings)}" if siblings else "make the folder or correct the path"
    return InputError(str(folder), "there is no such trait", mend)


def _refuse_too_few(path: Path, scenes: Sequence[Scene]) -> None:
    if len(scenes) < FEWEST_SCENES:
        what = f"there are {len(scenes)} scenes, and a direction takes at least {FEWEST_SCENES} a pole"
        raise InputError(str(path), what, f"write {FEWEST_SCENES - len(scenes)} more")


def _refuse_on_both_poles(
    files: Mapping[str, Path], positive: Sequence[Scene], negative: Sequence[Scene]
) -> None:
    lines = {(scene.text, scene.system_prompt): scene.line for scene in positive}
    for scene in negative:
        same = lines.get((scene.text, scene.system_prompt))
        if same is not None:
            what = f"this scene stands in {files['positive'].name} too (line {same})"
            mend = "rewrite one of the two: a contrast needs scenes that differ"
            raise InputError(f"{files['negative']}, line {scene.line}", what, mend)


def _unpaired(positive: Sequence[Scene], negative: Sequence[Scene]) -> list[str]:
    if len(positive) == len(negative):
        return []
    return [f"{len(positive)} positive and {len(negative)} negative scenes: they are not taken as pairs."]
