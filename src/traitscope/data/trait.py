"""A trait on disk, checked: two files of half-written scenes, a definition, and what steering asks.

A trait is a folder, named as the trait:

    positive.txt, negative.txt   one scene a line; line n of one pairs with line n of the other
    definition.txt               what the trait is, in words
    steering.json                {"questions": [...], "trait_prompt": "...", "lexicon": "negative"}; optional
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Literal, cast, get_args

from traitscope.config import nearest, one_of, read_text
from traitscope.data.json_text import read_object
from traitscope.errors import InputError

Polarity = Literal["positive", "negative"]

FEWEST_SCENES = 20
"""Scenes a pole: below that, held-out figures of a direction say nothing."""

_POLES = ("positive", "negative")
_FILES = ("positive.txt", "negative.txt", "definition.txt", "steering.json")
_KNOWN_KEYS = ("questions", "trait_prompt", "lexicon")


@dataclass(frozen=True)
class Trait:
    """A behaviour, named by two poles of scenes."""

    name: str
    """The folder's name."""
    folder: Path
    positive: tuple[str, ...]
    """Scenes that stop right before the trait shows."""
    negative: tuple[str, ...]
    """Scenes that stop right before its opposite shows."""
    paired: bool
    """Line n of one pole matches line n of the other in all but the trait."""
    definition: str
    questions: tuple[str, ...]
    """What a steered model is asked; empty where the trait is not meant to be steered."""
    trait_prompt: str | None
    """System prompt that asks a model to show the trait."""
    lexicon: Polarity | None
    """Which sentiment shows the trait; None where sentiment does not judge it."""
    notes: tuple[str, ...]
    """What was odd in the files and harmless, one sentence each."""


def load_trait(folder: Path) -> Trait:
    """The trait in `folder`; spaces at the ends of a scene are dropped, and blank lines at the end of a file.

    Raises:
        InputError: a folder or file is missing, not UTF-8, empty or one-sided; a blank line, fewer than 20
            scenes a pole, a scene on both poles, a wrong type in steering.json. Said with file and line.
        WorkError: the system refuses to read it.
    """
    if not folder.is_dir():
        raise _no_folder(folder)
    poles = {pole: _read_scenes(folder / f"{pole}.txt") for pole in _POLES}
    _refuse_too_few(folder, poles)
    _refuse_on_both_poles(folder, poles)
    definition = read_text(folder / "definition.txt", _FILES).strip()
    if not definition:
        where = str(folder / "definition.txt")
        raise InputError(where, "the file is empty", "write a sentence that says what the trait is")
    steering, steering_notes = _read_steering(folder)
    positive, negative = (tuple(line.strip() for line in lines) for lines in poles.values())
    return Trait(
        name=folder.resolve().name,
        folder=folder,
        positive=positive,
        negative=negative,
        paired=len(positive) == len(negative),
        definition=definition,
        questions=tuple(question.strip() for question in steering.get("questions") or ()),
        trait_prompt=steering.get("trait_prompt"),
        lexicon=cast(Polarity | None, steering.get("lexicon")),
        notes=(*_scene_notes(poles), *steering_notes),
    )


def _no_folder(folder: Path) -> InputError:
    if folder.exists():
        return InputError(str(folder), "this is a file, and a trait is a folder", "name the folder around it")
    parent = folder.parent
    siblings = sorted(entry.name for entry in parent.iterdir() if entry.is_dir()) if parent.is_dir() else []
    mend = f"write {one_of(folder.name, siblings)}" if siblings else "make the folder or correct the path"
    return InputError(str(folder), "there is no such trait", mend)


def _read_scenes(path: Path) -> list[str]:
    """Lines as written, without the blank ones at the end of the file."""
    lines = read_text(path, _FILES).rstrip().split("\n")
    if lines == [""]:
        raise InputError(
            str(path), "the file is empty, so the trait has one side only", "write one scene a line"
        )
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            mend = "remove it: the scenes below it would pair with the wrong ones"
            raise InputError(f"{path}, line {number}", "the line is blank", mend)
    return lines


def _refuse_too_few(folder: Path, poles: dict[str, list[str]]) -> None:
    for pole, lines in poles.items():
        if len(lines) < FEWEST_SCENES:
            what = f"there are {len(lines)} scenes, and a direction takes at least {FEWEST_SCENES} a pole"
            raise InputError(str(folder / f"{pole}.txt"), what, f"write {FEWEST_SCENES - len(lines)} more")


def _refuse_on_both_poles(folder: Path, poles: dict[str, list[str]]) -> None:
    positive = {line.strip(): number for number, line in enumerate(poles["positive"], start=1)}
    for number, line in enumerate(poles["negative"], start=1):
        if line.strip() in positive:
            what = f"this scene stands in positive.txt too (line {positive[line.strip()]})"
            mend = "rewrite one of the two: a contrast needs scenes that differ"
            raise InputError(f"{folder / 'negative.txt'}, line {number}", what, mend)


def _scene_notes(poles: dict[str, list[str]]) -> list[str]:
    notes = []
    for pole, lines in poles.items():
        trimmed = sum(line != line.strip() for line in lines)
        if trimmed:
            notes.append(f"{pole}.txt: spaces at the ends of {trimmed} scenes were dropped.")
        repeated = [scene for scene, count in Counter(map(str.strip, lines)).items() if count > 1]
        if repeated:
            notes.append(f"{pole}.txt: {len(repeated)} scenes come more than once.")
    sizes = [len(lines) for lines in poles.values()]
    if sizes[0] != sizes[1]:
        notes.append(f"{sizes[0]} positive and {sizes[1]} negative scenes: they are not taken as pairs.")
    return notes


def _read_steering(folder: Path) -> tuple[dict[str, Any], list[str]]:
    path = folder / "steering.json"
    if not path.exists():
        meant = nearest(path.name, [entry.name for entry in folder.iterdir()])
        if meant:
            raise InputError(str(folder / meant), "this is no file of a trait", f"rename it to '{path.name}'")
        return {}, ["steering.json is missing: the trait has no questions and no judge."]
    steering = read_object(path)
    _check_questions(steering.get("questions"), path)
    prompt = steering.get("trait_prompt")
    if prompt is not None and not (isinstance(prompt, str) and prompt.strip()):
        raise InputError(
            f"{path}, trait_prompt", f"found {shortened(prompt)}", "write text, or leave the key out"
        )
    lexicon = steering.get("lexicon")
    if lexicon is not None and lexicon not in get_args(Polarity):
        mend = f"write {one_of(str(lexicon), get_args(Polarity))}, or leave the key out"
        raise InputError(f"{path}, lexicon", f"found {shortened(lexicon)}", mend)
    return steering, _unknown_keys(steering)


def _check_questions(questions: object, path: Path) -> None:
    if questions is None:
        return
    where = f"{path}, questions"
    if not isinstance(questions, list):
        raise InputError(
            where, f"found {shortened(questions)}", 'write a list of texts, such as ["How was your day?"]'
        )
    first: dict[str, int] = {}
    for number, question in enumerate(questions, start=1):
        if not isinstance(question, str) or not question.strip():
            raise InputError(
                where, f"question {number} is {shortened(question)}", "write a text, or remove it"
            )
        asked = question.strip()
        if asked in first:
            raise InputError(
                where, f"question {number} repeats question {first[asked]}", "rewrite one of the two"
            )
        first[asked] = number


def _unknown_keys(steering: dict[str, Any]) -> list[str]:
    notes = []
    for key in steering:
        if key not in _KNOWN_KEYS:
            guess = nearest(key, _KNOWN_KEYS)
            notes.append(
                f"steering.json: the key '{key}' is not used{f' (is {guess} meant?)' if guess else ''}."
            )
    return notes
