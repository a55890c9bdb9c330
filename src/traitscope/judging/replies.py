"""A chat completion as an endpoint sent it, read with no trust in its shape."""

import json
import math
from typing import Any, NamedTuple, NoReturn

from traitscope.judging.integers import Token


class MalformedError(Exception):
    """The body is no chat completion: cut off, or something else altogether."""


class Usage(NamedTuple):
    """Tokens of one request as the endpoint counted them."""

    read: int
    written: int


class Position(NamedTuple):
    """One written token, and the most likely ones in its place."""

    text: str
    likeliest: tuple[Token, ...]


class Choice(NamedTuple):
    """One of the texts that came back."""

    text: str
    finish: str
    """Why it ended: `stop`, `length`, `content_filter` ..."""
    refusal: str
    """The endpoint's own word for a refusal; empty where there is none."""
    positions: tuple[Position, ...] | None
    """None where no token probabilities came back."""


class Reply(NamedTuple):
    """What came back for one request."""

    model: str
    """The model that answered, as it named itself; empty where it did not."""
    choices: tuple[Choice, ...]
    usage: Usage | None


def read_reply(body: str) -> Reply:
    """A reply from the body of a response.

    Raises:
        MalformedError: it is not JSON, or JSON of another shape.
    """
    try:
        found = json.loads(body, parse_constant=_refuse)
    except ValueError as error:
        raise MalformedError("it was cut off, or is no JSON") from error
    if not isinstance(found, dict):
        raise MalformedError("it is no JSON object")
    if not found.get("choices") and found.get("error"):
        raise MalformedError(f"it reports an error: {_message(found['error'])}")
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices:
        raise MalformedError("it holds no choices")
    model = found.get("model")
    return Reply(
        model if isinstance(model, str) else "", tuple(map(_choice, choices)), _usage(found.get("usage"))
    )


def error_message(body: object) -> tuple[str, str, str]:
    """Message, code and parameter of an error's body; empty where it does not say."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(inner, dict):
        return _message(inner), "", ""
    code = inner.get("code") or inner.get("type") or ""
    return _message(inner), str(code), str(inner.get("param") or "")


def _choice(found: Any) -> Choice:
    if not isinstance(found, dict):
        raise MalformedError("its choices are no objects")
    message = found.get("message")
    if not isinstance(message, dict):
        raise MalformedError("a choice holds no message")
    return Choice(
        _text(message.get("content")),
        _text(found.get("finish_reason")),
        _text(message.get("refusal")),
        _positions(found.get("logprobs")),
    )


def _positions(found: Any) -> tuple[Position, ...] | None:
    content = found.get("content") if isinstance(found, dict) else None
    if not isinstance(content, list) or not content:
        return None
    positions = []
    for one in content:
        if not isinstance(one, dict):
            raise MalformedError("its token probabilities are no objects")
        listed = one.get("top_logprobs")
        likeliest = tuple(map(_token, listed)) if isinstance(listed, list) else ()
        positions.append(Position(_text(one.get("token")), likeliest))
    return tuple(positions)


def _token(found: Any) -> Token:
    if not isinstance(found, dict) or not isinstance(found.get("token"), str):
        raise MalformedError("its token probabilities are no tokens")
    value = found.get("logprob")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MalformedError("its token probabilities are no numbers")
    raw = found.get("bytes")
    known = raw if isinstance(raw, list) and all(isinstance(byte, int) for byte in raw) else []
    return Token(found["token"], float(value), tuple(known))


def _usage(found: Any) -> Usage | None:
    if not isinstance(found, dict):
        return None
    read, written = found.get("prompt_tokens"), found.get("completion_tokens")
    if not isinstance(read, int) or not isinstance(written, int) or read < 0 or written < 0:
        return None
    return Usage(read, written)


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def _message(found: Any) -> str:
    text = found.get("message") if isinstance(found, dict) else found
    return " ".join(str(text or "").split())


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
