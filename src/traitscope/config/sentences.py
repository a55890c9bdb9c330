"""What pydantic found, in sentences: the key, what stands there, what may stand there, the nearest name."""

import math
from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from traitscope.config.nearest import nearest, one_of
from traitscope.config.problems import Problem
from traitscope.config.settings import Config
from traitscope.config.values import Settings

_LONGEST_QUOTE = 60


def problems_of(error: ValidationError) -> list[Problem]:
    """One problem a mistake, unknown keys first: they explain the missing keys that they stand for."""
    details = [detail for detail in error.errors() if not _is_consequence(detail, error.errors())]
    unknown = [detail for detail in details if detail["type"] == "extra_forbidden"]
    meant = {_meant(detail) for detail in unknown}
    missing = [detail for detail in details if detail["type"] == "missing" and detail["loc"] not in meant]
    others = [detail for detail in details if detail["type"] not in ("extra_forbidden", "missing")]
    return [_problem(detail) for detail in (*unknown, *missing, *others)]


def _is_consequence(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """True of a list that is too short only because pydantic leaves out its mistaken entries."""
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in details
    )


def _meant(unknown: ErrorDetails) -> tuple[int | str, ...]:
    *place, key = unknown["loc"]
    return (*place, nearest(str(key), _keys_at(place)) or key)


def _problem(detail: ErrorDetails) -> Problem:
    loc, value = detail["loc"], detail["input"]
    key = _key_path(loc)
    match detail["type"]:
        case "extra_forbidden":
            return Problem(key, "unknown key", f"write {one_of(str(loc[-1]), _keys_at(loc[:-1]))}")
        case "missing":
            return Problem(key, "this key is missing", f"add it ({_allowed(_hint_at(loc))})")
        case "mistake":
            return Problem(key, detail["ctx"]["what"], detail["ctx"]["mend"])
        case "literal_error":
            known = [str(choice) for choice in get_args(_bare(_hint_at(loc))[0])]
            return Problem(key, f"found {_found(value)}", f"write {one_of(str(value), known)}")
        case _:
            allowed = _allowed(_hint_at(loc)) + _about_quotes(_hint_at(loc), value)
            return Problem(key, f"found {_found(value)}", f"write {allowed}")


def _key_path(loc: Sequence[int | str]) -> str:
    """('compare', 0, 'before') as 'compare[0].before'."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc if step != "[key]")
    return "".join(steps).lstrip(".")


def _hint_at(loc: Sequence[int | str]) -> Any:
    """The annotation of the value at `loc` in an experiment file."""
    hint: Any = Config
    for step in loc:
        kind, _ = _bare(hint)
        if isinstance(kind, type) and issubclass(kind, Settings):
            hint = get_type_hints(kind, include_extras=True)[str(step)]
        else:
            hint = get_args(kind)[1 if get_origin(kind) is dict else 0]
    return hint


def _keys_at(loc: Sequence[int | str]) -> list[str]:
    kind, _ = _bare(_hint_at(loc))
    return list(kind.model_fields)


def _bare(hint: Any) -> tuple[Any, list[Any]]:
    """The type inside `Annotated` and `| None`, and the bounds found on the way."""
    bounds: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *metadata = get_args(hint)
            bounds += [
                bound for field in metadata if isinstance(field, FieldInfo) for bound in field.metadata
            ]
        elif get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):
            hint = next(member for member in get_args(hint) if member is not NoneType)
        else:
            return hint, bounds


def _allowed(hint: Any) -> str:
    """What a value of this annotation may be, as a noun phrase."""
    kind, bounds = _bare(hint)
    if kind is str:
        return "text that is not empty" if bounds else "text"
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        noun = "a whole number" if kind is int else "a number"
        return f"{noun}{_range(bounds)}"
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if get_origin(kind) is tuple:
        return "a list with at least one entry, such as [a, b]" if bounds else "a list, such as [a, b]"
    if get_origin(kind) is dict:
        return "at least one entry, such as {name: {key: value}}"
    if isinstance(kind, type) and issubclass(kind, Settings):
        required = [name for name, field in kind.model_fields.items() if field.is_required()]
        example = ", ".join(f"{name}: ..." for name in required or kind.model_fields)
        return f"keys with values, such as {{{example}}}"
    return "another value"


def _about_quotes(hint: Any, value: object) -> str:
    """What to say where text stands for a number, or a number for text."""
    kind, _ = _bare(hint)
    if kind is str and isinstance(value, bool | int | float):
        return ", in quotes"
    looks_like_number = isinstance(value, str) and value.lstrip("+-")[:1].isdigit()
    return ", without quotes" if kind in (int, float) and looks_like_number else ""


def _range(bounds: Sequence[Any]) -> str:
    def bound(name: str) -> float | None:
        return next((getattr(item, name) for item in bounds if hasattr(item, name)), None)

    low, above, high, below = (bound(name) for name in ("ge", "gt", "le", "lt"))
    if low is not None and high is not None:
        return f" from {low} to {high}"
    phrases = [
        f"from {low} on" if low is not None else "",
        f"above {above}" if above is not None else "",
        f"below {below}" if below is not None else "",
    ]
    return "".join(f" {phrase}" for phrase in [" and ".join(filter(None, phrases))] if phrase)


def _found(value: object) -> str:
    """What stands in the file, as the user would recognise it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{_shortened(value)}'"
    if isinstance(value, dict):
        return "keys with values" if value else "an empty {}"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN (not a number)" if math.isnan(value) else "infinity"
    return _shortened(repr(value))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "..."
