"""One pole's scenes on disk: `positive.txt` with a scene a line, or `positive.jsonl` with an object a line.

A line of JSONL is {"prompt": ..., "system_prompt": ...}, a chat prompt that the two poles contrast by its
system prompt, or a plain string, a scene like those of a text file.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from traitscope.config import read_text, without_blank_end
from traitscope.data.json_text import read_json_lines
from traitscope.errors import InputError

TRAIT_FILES = (
    "positive.txt",
    "negative.txt",
    "positive.jsonl",
    "negative.jsonl",
    "definition.txt",
    "steering.json",
    "labelled.jsonl",
)
_SHAPE = 'write {"prompt": "...", "system_prompt": "..."}, or a text in quotes'


@dataclass(frozen=True)
class Scene:
    """A text that stops right before its pole shows, or a chat prompt whose system prompt sets the pole."""

    text: str
    system_prompt: str | None
    """Only of a chat prompt."""
    line: int
    """In its file, from 1 on."""

    @property
    def words(self) -> str:
        """All of its text, for comparing scenes with each other."""
        return self.text if self.system_prompt is None else f"{self.system_prompt}\n{self.text}"


def scenes_file(folder: Path, pole: str) -> Path:
    """The file of a pole's scenes, `.txt` or `.jsonl`.

    Raises:
        InputError: both are there.
    """
    text, lines = folder / f"{pole}.txt", folder / f"{pole}.jsonl"
    if text.exists() and lines.exists():
        raise InputError(str(folder), f"{text.name} and {lines.name} are both there", "keep one of the two")
    return lines if lines.exists() else text


def read_scenes(path: Path) -> tuple[tuple[Scene, ...], list[str]]:
    """A pole's scenes, and a note on what was odd and harmless in them.

    Raises:
        InputError: missing, not UTF-8, empty, a blank line, a line of another shape; with file and line.
        WorkError: the system refuses to read it.
    """
    scenes = _json_scenes(path) if path.suffix == ".jsonl" else _text_scenes(path)
    if not scenes:
        raise InputError(
            str(path), "the file is empty, so the trait has one side only", "write one scene a line"
        )
    return tuple(scene for scene, _ in scenes), _notes(path, scenes)


def _text_scenes(path: Path) -> list[tuple[Scene, bool]]:
    """Scenes, and whether each was trimmed; blank lines at the end of the file are dropped."""
    lines = without_blank_end(read_text(path, TRAIT_FILES)).split("\n")
    if lines == [""]:
        return []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            mend = "remove it: the scenes below it would pair with the wrong ones"
            raise InputError(f"{path}, line {number}", "the line is blank", mend)
    return [
        (Scene(line.strip(), None, number), line != line.strip())
        for number, line in enumerate(lines, start=1)
    ]


def _json_scenes(path: Path) -> list[tuple[Scene, bool]]:
    return [_json_scene(value, f"{path}, line {line}", line) for line, value in read_json_lines(path)]


def _json_scene(value: Any, where: str, line: int) -> tuple[Scene, bool]:
    prompt = value.get("prompt") if isinstance(value, dict) else value
    system = value.get("system_prompt") if isinstance(value, dict) else None
    if not isinstance(prompt, str) or not prompt.strip():
        raise InputError(where, f"found {shortened(value)}", _SHAPE)
    if system is not None and (not isinstance(system, str) or not system.strip()):
        raise InputError(
            f"{where}, system_prompt", f"found {shortened(system)}", "write text, or leave it out"
        )
    scene = Scene(prompt.strip(), system.strip() if system else None, line)
    return scene, prompt != prompt.strip()


def _notes(path: Path, scenes: Sequence[tuple[Scene, bool]]) -> list[str]:
    notes = []
    trimmed = sum(odd for _, odd in scenes)
    if trimmed:
        scenes_told = "1 scene" if trimmed == 1 else f"{trimmed} scenes"
        notes.append(f"{path.name}: spaces at the ends of {scenes_told} were dropped.")
    counts = Counter((scene.text, scene.system_prompt) for scene, _ in scenes)
    repeated = sum(count > 1 for count in counts.values())
    if repeated:
        notes.append(f"{path.name}: {repeated} scenes come more than once.")
    return notes
