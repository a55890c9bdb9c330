"""What a file may say of its judges, and what it may not: keys of accounts, above all."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from traitscope.config.judges import (
    ClassifierJudgeSettings,
    JudgeSettings,
    LocalJudgeSettings,
    OpenAIJudgeSettings,
)

OPENAI: dict[str, Any] = {"kind": "openai", "model": "judge-large"}


def _read(keys: dict[str, Any]) -> Any:
    return TypeAdapter(JudgeSettings).validate_python(keys)


def test_kind_says_which_keys_there_are() -> None:
    assert isinstance(_read(OPENAI), OpenAIJudgeSettings)
    assert isinstance(_read({"kind": "local", "model": "smollm2"}), LocalJudgeSettings)
    assert isinstance(_read({"kind": "classifier"}), ClassifierJudgeSettings)
    with pytest.raises(ValidationError):
        _read({"kind": "oracle", "model": "x"})


def test_openai_itself_is_asked_with_its_usual_key_and_engagement() -> None:
    found = _read(OPENAI)
    assert (found.base_url, found.key_env, found.mode, found.engagement) == (
        None,
        "OPENAI_API_KEY",
        "logprobs",
        True,
    )


@pytest.mark.parametrize("key_env", [None, "JUDGE_KEY"])
def test_another_endpoint_is_asked_once_it_is_said_which_key_it_sees(key_env: str | None) -> None:
    found = _read({**OPENAI, "base_url": "http://127.0.0.1:8000/v1/", "key_env": key_env})
    assert (found.base_url, found.key_env) == ("http://127.0.0.1:8000/v1", key_env)


def test_no_key_goes_by_default_to_another_endpoint() -> None:
    with pytest.raises(ValidationError, match="nothing says which key it may see; write key_env"):
        _read({**OPENAI, "base_url": "https://example.org/v1"})


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"key_env": "sk-abc123"}, "cannot be the name of an environment variable"),
        ({"key_env": None, "base_url": "127.0.0.1:8000"}, "found no web address"),
        ({"key_env": None, "base_url": "ftp://127.0.0.1/v1"}, "found no web address"),
        ({"key_env": None, "base_url": "http://127.0.0.1:notaport/v1"}, "found no web address"),
        ({"key_env": None, "base_url": "https://me:secret@example.org/v1"}, "holds a name, a password"),
        ({"key_env": None, "base_url": "https://example.org/v1?key=secret"}, "holds a name, a password"),
        ({"max_cost": 5.0}, "max_cost needs prices to count with"),
        ({"price_in": 5.0}, "one of price_in and price_out is missing"),
        ({"extra": {"logprobs": False}}, "extra holds 'logprobs', which the judge sets itself"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence_without_secrets(
    keys: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        _read({**OPENAI, **keys})
    (error,) = refused.value.errors()
    assert error["type"] == "mistake"
    assert sentence in error["msg"]
    assert "secret" not in error["msg"]
    assert "sk-abc123" not in error["msg"]


@pytest.mark.parametrize("settings", [OpenAIJudgeSettings, LocalJudgeSettings, ClassifierJudgeSettings])
def test_a_key_that_is_not_known_is_refused(settings: type) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        settings(kind="openai", model="x", api_key="sk-abc")
