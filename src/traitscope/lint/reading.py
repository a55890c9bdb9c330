"""A lenient reading of a trait folder: what `load_trait` refuses becomes a finding, and the rest is read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from traitscope.config import without_blank_end
from traitscope.data import Scene
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Labelled, Pole, Question, RawLine, Side
from traitscope.lint.finding import Finding


def read_draft(folder: Path) -> Draft:
    """All that can be read in a trait folder, and what could not."""
    troubles: list[Finding] = []
    steering_file = folder / "steering.json"
    steering_text = _text(steering_file, troubles, needed=False)
    steering = _object(steering_text, steering_file, troubles)
    waived = _waived(steering, steering_text, steering_file, troubles)
    positive, negative = (_side(folder, pole, troubles) for pole in ("positive", "negative"))
    return Draft(
        name=folder.resolve().name,
        folder=folder,
        positive=positive,
        negative=negative,
        definition=_text(folder / "definition.txt", troubles).strip(),
        questions=tuple(_questions(steering, steering_text, steering_file, troubles)),
        labelled=tuple(_labelled(folder / "labelled.jsonl", troubles)),
        waived=waived,
        key_lines={key: line_of(steering_text, key) for key in (*steering, *waived)},
        troubles=tuple(troubles),
    )


def line_of(text: str, value: str, occurrence: int = 0) -> int | None:
    """The line of a JSON text that holds this string for the nth time (from 0), if any does."""
    for spelling in (json.dumps(value, ensure_ascii=False), json.dumps(value)):
        start = -1
        for _ in range(occurrence + 1):
            start = text.find(spelling, start + 1)
            if start < 0:
                break
        if start >= 0:
            return text.count("\n", 0, start) + 1
    return None


def _text(path: Path, troubles: list[Finding], needed: bool = True) -> str:
    """The file's text with bytes that are no UTF-8 read as Latin letters; empty where it is missing."""
    try:
        content = path.read_bytes()
    except OSError as error:
        if needed or not isinstance(error, FileNotFoundError):
            what = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
            troubles.append(codes.MISSING_FILE.found(path, None, what))
        return ""
    lines = []
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            what = f"byte 0x{line[error.start]:02x} is not UTF-8"
            troubles.append(codes.NOT_UTF8.found(path, number, what))
            lines.append(line.decode("cp1252", errors="replace"))
    return "\n".join(lines)


def _side(folder: Path, pole: str, troubles: list[Finding]) -> Side:
    text, lines = folder / f"{pole}.txt", folder / f"{pole}.jsonl"
    if text.exists() and lines.exists():
        what = f"{text.name} and {lines.name} are both there; {text.name} is looked at"
        troubles.append(codes.BOTH_FORMATS.found(lines, None, what))
    path = lines if lines.exists() and not text.exists() else text
    content = without_blank_end(_text(path, troubles))
    found: list[tuple[RawLine, str | None]] = []
    if path == text:
        numbered = enumerate(content.split("\n"), start=1) if content else ()
        found = [(RawLine(line, number), None) for number, line in numbered]
    else:
        for number, value in _json_lines(content, path, troubles):
            found.extend(_prompt(value, path, number, troubles))
    scenes = tuple(Scene(raw.text.strip(), system, raw.line) for raw, system in found if raw.text.strip())
    checked: Pole = "positive" if pole == "positive" else "negative"
    return Side(checked, path, tuple(raw for raw, _ in found), scenes)


def _prompt(
    value: Any, path: Path, line: int, troubles: list[Finding]
) -> Iterator[tuple[RawLine, str | None]]:
    prompt = value.get("prompt") if isinstance(value, dict) else value
    system = value.get("system_prompt") if isinstance(value, dict) else None
    if not isinstance(prompt, str) or not (system is None or isinstance(system, str)):
        what = 'this is no {"prompt": "...", "system_prompt": "..."} and no text in quotes'
        troubles.append(codes.BAD_VALUE.found(path, line, what))
        return
    yield RawLine(prompt, line), system


def _json_lines(content: str, path: Path, troubles: list[Finding]) -> Iterator[tuple[int, Any]]:
    """Line number and value of each line that is JSON; blank lines are texts without words."""
    for number, line in enumerate(content.split("\n") if content else (), start=1):
        if not line.strip():
            yield number, ""
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = _unread(error)
            troubles.append(codes.BAD_JSON.found(path, number, f"this line is not JSON ({reason})"))


def _unread(error: ValueError | RecursionError) -> str:
    """Why a JSON text was not read, in a clause."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "nested too deep" if isinstance(error, RecursionError) else "a number has thousands of digits"


def _object(text: str, path: Path, troubles: list[Finding]) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        what = f"this is not JSON ({error.msg}, column {error.colno})"
        troubles.append(codes.BAD_JSON.found(path, error.lineno, what))
        return {}
    except (ValueError, RecursionError) as error:
        troubles.append(codes.BAD_JSON.found(path, None, f"this is not JSON ({_unread(error)})"))
        return {}
    if not isinstance(value, dict):
        troubles.append(codes.BAD_VALUE.found(path, 1, "the file holds no JSON object"))
        return {}
    return value


def _questions(
    steering: Mapping[str, Any], text: str, path: Path, troubles: list[Finding]
) -> Iterator[Question]:
    asked = steering.get("questions", [])
    if not isinstance(asked, list):
        troubles.append(codes.BAD_VALUE.found(path, line_of(text, "questions"), "questions is no list"))
        return
    seen: list[str] = []
    for number, question in enumerate(asked, start=1):
        if not isinstance(question, str) or not question.strip():
            what = f"question {number} is no text"
            troubles.append(codes.BAD_VALUE.found(path, line_of(text, "questions"), what))
            continue
        yield Question(question.strip(), line_of(text, question, seen.count(question)))
        seen.append(question)


def _labelled(path: Path, troubles: list[Finding]) -> Iterator[Labelled]:
    for number, value in _json_lines(_text(path, troubles, needed=False).rstrip(), path, troubles):
        if value == "":
            troubles.append(codes.BLANK_LINE.found(path, number, "the line is blank"))
        elif not _is_labelled(value):
            what = 'this is no {"question": "...", "answer": "...", "score": 0 to 100}'
            troubles.append(codes.BAD_VALUE.found(path, number, what))
        else:
            yield Labelled(value["question"].strip(), value["answer"].strip(), float(value["score"]), number)


def _is_labelled(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    texts: Sequence[Any] = [value.get("question"), value.get("answer")]
    score = value.get("score")
    return (
        all(isinstance(text, str) and text.strip() for text in texts)
        and isinstance(score, int | float)
        and not isinstance(score, bool)
        and 0 <= score <= 100
    )


def _waived(
    steering: Mapping[str, Any], text: str, path: Path, troubles: list[Finding]
) -> Mapping[str, object]:
    lint = steering.get("lint")
    waived = lint.get("waive", {}) if isinstance(lint, dict) else None
    if lint is not None and not isinstance(waived, dict):
        what = 'lint is not {"waive": {"CODE": "reason"}}'
        troubles.append(codes.BAD_VALUE.found(path, line_of(text, "lint"), what))
    return waived if isinstance(waived, dict) else {}
