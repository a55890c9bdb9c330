"""A server to judge with, and a judge that asks it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chat_server import KEY, ChatServer, running

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.judging.judgement import Asked, Rubric
from traitscope.judging.openai_judge import OpenAIJudge
from traitscope.judging.patience import Patience


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """A server of its own for each test."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with running() as server:
        yield server


@pytest.fixture
def judge(chat: ChatServer) -> Callable[..., OpenAIJudge]:
    """`judge(mode="sampled", ...)`: a judge that asks the server, in no time to speak of between tries."""

    def made(notes: list[str] | None = None, **keys: Any) -> OpenAIJudge:
        given = {
            "kind": "openai",
            "model": "judge-large",
            "base_url": chat.url,
            "key_env": "JUDGE_KEY",
            **keys,
        }
        settings = OpenAIJudgeSettings.model_validate(given)
        patience = Patience(settings.retries, first=0.01, longest=0.02)
        tell = notes.append if notes is not None else lambda _: None
        return OpenAIJudge(settings, tell, {"JUDGE_KEY": KEY}, patience)

    return made


@pytest.fixture
def trait() -> Rubric:
    return Rubric("trait", "candour", "0: hides everything. 50: says half. 100: says all.")


@pytest.fixture
def coherence() -> Rubric:
    return Rubric("coherence", "coherence")


@pytest.fixture
def answers() -> list[Asked]:
    """Thirty different ones."""
    return [Asked("How was your day?", f"It was day number {number}, and it rained.") for number in range(30)]
