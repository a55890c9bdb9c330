"""Whose words each capture reads: what the predecessor's folder names leave open, its tokens say.

A folder called `SET_replay_WRITER` says it. Otherwise a capture whose answers are, prompt by prompt, those of
another variant was made by reading that variant's answers again: two models never write the same answers to a
whole set.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from traitscope.errors import InputError
from traitscope.pipeline.imported.captured import Taken
from traitscope.pipeline.imported.layouts import CLEAN, Captures, Holdings, Named, read_config_json


class Peeked(NamedTuple):
    """An answer without its residuals."""

    path: Path
    prompt: str
    prompt_ids: tuple[int, ...]
    text: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    exact: bool
    rows: int
    layers: tuple[int, ...]
    width: int
    is_bfloat16: bool
    moved: bool


@dataclass(frozen=True)
class Resolved:
    """A reading as it will be stored: prompt -> its file."""

    reader: str
    writer: str
    prompts: str
    answers: Mapping[str, Peeked]


Look = Callable[[Path], Taken]


def peek(path: Path, look: Look) -> Peeked:
    """What is known of a capture before its residuals are read."""
    taken = look(path)
    return Peeked(
        path,
        taken.prompt,
        taken.prompt_ids,
        taken.text,
        taken.tokens,
        taken.ids,
        taken.exact,
        taken.rows,
        taken.layers,
        taken.width,
        taken.is_bfloat16,
        taken.moved,
    )


def resolve(found: Holdings, look: Look) -> list[Resolved]:
    """Every reading with its reader and its writer, the variants' own first.

    Raises:
        InputError: a file cannot be used, a capture that should read another variant's answers reads others,
            or two captures are of the same reading.
    """
    captures = [(one, {name: peek(path, look) for name, path in one.files.items()}) for one in found.captures]
    if found.layout == "trait-interp":
        captures = _by_suffix(found, captures)
    owned = [pair for pair in captures if pair[0].writer is None]
    owned += _only_written(found, owned)
    resolved: dict[tuple[str, str, str], Resolved] = {}
    for capture, answers in sorted(captures, key=lambda pair: _order(found, pair[0])):
        reader, writer = _who(found, capture, answers, owned)
        key = (reader, writer, capture.prompts)
        if key in resolved:
            first = next(iter(resolved[key].answers.values())).path.parent
            what = f"holds {reader}'s reading of {writer}'s answers, and so does {first}"
            raise InputError(str(capture.folder), what, "move one of the two out of the folder")
        resolved[key] = Resolved(reader, writer, capture.prompts, answers)
    return list(resolved.values())


def common(one: Peeked, other: Peeked) -> int:
    """Tokens from the first on that two readings of an answer share."""
    if not one.ids or not other.ids:
        return min(one.rows, other.rows)
    pairs = zip(one.ids, other.ids, strict=False)
    same = next((number for number, (mine, its) in enumerate(pairs) if mine != its), None)
    return min(len(one.ids), len(other.ids)) if same is None else same


Captured = tuple[Captures, dict[str, Peeked]]


def _only_written(found: Holdings, owned: list[Captured]) -> list[Captured]:
    """The default variant's answers of which no residuals were kept: others may have read them."""
    captured = {(one.reader, one.prompts) for one, _ in owned}
    return [
        (Captures(variant, prompts, folder, None), dict(map(_written, sorted(folder.glob("*.json")))))
        for (variant, prompts), folder in found.responses.items()
        if variant == found.application and (variant, prompts) not in captured
    ]


def _written(path: Path) -> tuple[str, Peeked]:
    """An answer as text, in a file of the predecessor."""
    content = read_config_json(path)
    numbers, end = content.get("token_ids") or [], content.get("prompt_end") or 0
    ids, text = tuple(numbers[end:]), str(content.get("response") or "")
    return path.stem, Peeked(
        path, str(content.get("prompt")), (), text, (), ids, False, 0, (), 0, True, False
    )


def _order(found: Holdings, one: Captures) -> tuple[bool, bool, str, str]:
    return one.writer is not None, one.reader != found.application, one.reader, one.prompts


def _who(
    found: Holdings, capture: Captures, answers: Mapping[str, Peeked], owned: list[Captured]
) -> tuple[str, str]:
    """Reader and writer of a capture."""
    if capture.writer is not None:
        _refuse_other_words(capture, answers, owned)
        return capture.reader, capture.writer
    if capture.reader == found.application:
        return capture.reader, capture.reader
    # Whoever stands earlier in this order wrote the answers that both have.
    earlier = [
        pair
        for pair in owned
        if pair[0].prompts == capture.prompts and _order(found, pair[0]) < _order(found, capture)
    ]
    for other, theirs in earlier:
        if _same_words(answers, theirs) is None:
            if found.layout == "trait-interp" and other.reader != found.application:
                # A name such as `sycophant_clean`: who reads an adapted model's answers is the clean one.
                found.variants.pop(capture.reader, None)
                return found.application, other.reader
            return capture.reader, other.reader
    return capture.reader, capture.reader


def _same_words(answers: Mapping[str, Peeked], theirs: Mapping[str, Peeked]) -> str | None:
    """None where shared prompts all have the same answers; else the first without, '' if none is shared."""
    shared = [name for name in answers if name in theirs]
    if not shared:
        return ""
    return next((name for name in shared if not _is_same(answers[name], theirs[name])), None)


def _is_same(one: Peeked, other: Peeked) -> bool:
    """The same answer, but for a last token that ends it, or where text was made tokens again."""
    if one.ids and other.ids and abs(len(one.ids) - len(other.ids)) <= 1:
        shorter = min(len(one.ids), len(other.ids))
        if shorter and one.ids[:shorter] == other.ids[:shorter]:
            return True
    return bool(one.text.strip()) and one.text.strip() == other.text.strip()


def _refuse_other_words(capture: Captures, answers: Mapping[str, Peeked], owned: list[Captured]) -> None:
    for other, theirs in owned:
        if (other.reader, other.prompts) == (capture.writer, capture.prompts):
            differs = _same_words(answers, theirs)
            if differs:
                raise InputError(
                    str(answers[differs].path),
                    f"is called a reading of {capture.writer}'s answers, and reads other words than "
                    f"{theirs[differs].path}",
                    "capture it again, or move the folder away",
                )


def _by_suffix(found: Holdings, captures: list[Captured]) -> list[Captured]:
    """`SET_SUFFIX` beside `SET` is another model's, if both ask the same prompts."""
    by_name = {one.prompts: answers for one, answers in captures}
    sorted_out = []
    for one, answers in captures:
        bases = [
            name
            for name in sorted(by_name, key=len)
            if one.prompts.startswith(f"{name}_") and _asks_the_same(answers, by_name[name])
        ]
        if not bases:
            sorted_out.append((one, answers))
            continue
        suffix = one.prompts[len(bases[0]) + 1 :]
        found.variants.setdefault(suffix, _named(found, one.prompts))
        if (CLEAN, one.prompts) in found.responses:
            found.responses[suffix, bases[0]] = found.responses.pop((CLEAN, one.prompts))
        sorted_out.append((Captures(suffix, bases[0], one.folder, None), answers))
    return sorted_out


def _asks_the_same(answers: Mapping[str, Peeked], others: Mapping[str, Peeked]) -> bool:
    shared = [name for name in answers if name in others]
    return bool(shared) and all(answers[name].prompt == others[name].prompt for name in shared)


def _named(found: Holdings, prompts: str) -> Named:
    """The model and adapter that answers name, if any does."""
    folder = found.responses.get((CLEAN, prompts))
    first = next(iter(sorted(folder.glob("*.json"))), None) if folder else None
    if first is None:
        return Named(None, None)
    content = read_config_json(first)
    said = content.get("metadata") or content
    model = said.get("inference_model")
    return Named(None if model == "unknown" else model, said.get("lora_adapter"))
