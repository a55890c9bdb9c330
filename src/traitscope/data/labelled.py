"""`labelled.jsonl` of a trait: answers scored by hand, for checking judges and training classifiers.

{"question": "...", "answer": "...", "score": 85}
"""

from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from traitscope.data.json_text import read_json_lines
from traitscope.errors import InputError


@dataclass(frozen=True)
class LabelledAnswer:
    """An answer and the score, 0 to 100, that a person gave it by the trait's definition."""

    question: str
    answer: str
    score: float
    line: int
    """In its file, from 1 on."""


def read_labelled(folder: Path) -> tuple[LabelledAnswer, ...]:
    """The trait's labelled answers; none where the file is missing.

    Raises:
        InputError: not UTF-8, a line that is no such object, a score outside 0 to 100; with file and line.
        WorkError: the system refuses to read it.
    """
    path = folder / "labelled.jsonl"
    if not path.exists():
        return ()
    return tuple(_labelled(value, f"{path}, line {line}", line) for line, value in read_json_lines(path))


def _labelled(value: Any, where: str, line: int) -> LabelledAnswer:
    if not isinstance(value, dict):
        mend = 'write {"question": "...", "answer": "...", "score": 85}'
        raise InputError(where, f"found {shortened(value)}", mend)
    for key in ("question", "answer"):
        text = value.get(key)
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"{where}, {key}", f"found {shortened(text)}", "write text")
    score = value.get("score")
    if not _is_score(score):
        raise InputError(f"{where}, score", f"found {shortened(score)}", "write a number from 0 to 100")
    return LabelledAnswer(value["question"].strip(), value["answer"].strip(), float(value["score"]), line)


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
