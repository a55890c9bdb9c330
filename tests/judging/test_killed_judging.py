"""Killed at any moment: nothing judged twice, nothing lost; and two processes may judge at once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chat_server import ChatServer, mean, opinion
from judging_process import asked

from traitscope.judging.cache import JudgeCache

SCRIPT = Path(__file__).with_name("judging_process.py")
AT_ONCE = 8


def _start(chat: ChatServer, cache: Path, count: int, processes: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), chat.url, str(cache), str(count), str(AT_ONCE), str(processes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _values(process: subprocess.Popen[str]) -> list[list[float]]:
    """The scores that each process printed."""
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return [json.loads(line) for line in out.splitlines()]


def _wait_until(chat: ChatServer, judged: int) -> None:
    end = time.monotonic() + 60
    while sum(chat.seen.values()) < judged:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_run_killed_in_the_middle_of_500_judgements_asks_again_only_for_what_was_under_way(
    chat: ChatServer, tmp_path: Path
) -> None:
    path, answers = tmp_path / "judge-cache.sqlite", asked(500)
    process = _start(chat, path, 500)
    _wait_until(chat, 250)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with JudgeCache(path) as cache:
        assert sum(kept.judgements for kept in cache.stats()) >= 250 - AT_ONCE
    (values,) = _values(_start(chat, path, 500))

    assert values == pytest.approx([mean(opinion(one.answer)) for one in answers])
    assert set(chat.seen) == {one.answer for one in answers}
    assert max(chat.seen.values()) <= 2
    assert sum(chat.seen.values()) <= 500 + AT_ONCE
    with JudgeCache(path) as cache:
        assert sum(kept.judgements for kept in cache.stats()) == 500


def test_two_processes_that_judge_the_same_answers_end_with_the_same_scores(
    chat: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chat_server

    # A judge of moods: it says something else each time, so that only the cache can make the two agree.
    plain = chat_server.judgement

    def moody(server: ChatServer, body: dict[str, object], answer: str) -> dict[str, object]:
        server.says[answer] = [(str(os.urandom(1)[0] % 101), 0.9)]
        return plain(server, body, answer)

    monkeypatch.setattr(chat_server, "judgement", moody)
    path = tmp_path / "judge-cache.sqlite"
    one, other = _values(_start(chat, path, 60, processes=2))
    assert one == other
    with JudgeCache(path) as cache:
        assert sum(kept.judgements for kept in cache.stats()) == 60
