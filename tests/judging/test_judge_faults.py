"""Faults of line and endpoint: each ends in the right score, in none with its reason, or in a clear stop."""

import email.utils
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import (
    KEY,
    ChatServer,
    Fault,
    changed,
    cut_json,
    cut_line,
    dripping,
    mean,
    opinion,
    reset,
    slow,
    status,
)

from traitscope.errors import InputError, TraitscopeError, WorkError
from traitscope.judging.judgement import Asked, Rubric
from traitscope.judging.openai_judge import OpenAIJudge

Make = Callable[..., OpenAIJudge]

ONE = Asked("Why?", "Because.")
RIGHT = mean(opinion("Because."))


def _first_position(reply: dict[str, Any]) -> dict[str, Any]:
    return reply["choices"][0]["logprobs"]["content"][0]  # type: ignore[no-any-return]


def _refusal(reply: dict[str, Any]) -> None:
    reply["choices"][0]["message"] = {"role": "assistant", "content": None, "refusal": "I would rather not."}
    reply["choices"][0]["logprobs"] = None


@pytest.mark.parametrize(
    "faults",
    [
        [status(429)],
        [status(429, headers={"Retry-After": "0"})],
        [status(429, headers={"Retry-After": "soon"})],
        [status(500), status(503), status(502)],
        [status(408), status(409), status(529)],
        [reset, reset],
        [cut_json],
        [cut_line],
        [changed(lambda _: b"<html>504</html>")],
        [changed(lambda _: {"error": {"message": "upstream is asleep"}})],
        [changed(lambda _: {"choices": []})],
        [changed(lambda _: [1, 2])],
        [changed(lambda _: b'{"choices": [{"message": {}, "logprobs": {"content": [NaN]}}]}')],
        [changed(lambda reply: _first_position(reply)["top_logprobs"][0].update(logprob="high"))],
    ],
)
def test_what_passes_by_itself_ends_in_the_right_score(
    chat: ChatServer, judge: Make, trait: Rubric, faults: list[Fault]
) -> None:
    chat.fail(ONE.answer, *faults)
    (said,) = judge(retries=3).score(trait, [ONE])
    assert said.value == pytest.approx(RIGHT)
    assert chat.seen[ONE.answer] == len(faults) + 1


@pytest.mark.parametrize(
    ("change", "reason", "is_the_models_word"),
    [
        (_refusal, "the judge refused: I would rather not.", True),
        (
            lambda reply: reply["choices"][0].update(finish_reason="content_filter"),
            "a filter cut the judge off",
            True,
        ),
        (
            lambda reply: reply["choices"][0].update(logprobs=None),
            "the endpoint told no token probabilities",
            False,
        ),
        (
            lambda reply: _first_position(reply).update(
                top_logprobs=_first_position(reply)["top_logprobs"][:5]
            ),
            "the endpoint told 5 of the 20 most likely tokens",
            False,
        ),
        (
            lambda reply: _first_position(reply)["top_logprobs"][0].update(logprob=0.5),
            "the endpoint told log-probabilities that are none",
            False,
        ),
        (
            lambda reply: (
                [one.update(logprob=-0.7) for one in _first_position(reply)["top_logprobs"]] and None
            ),
            "the endpoint told probabilities that add up to 9.93",
            False,
        ),
    ],
)
def test_a_reply_that_cannot_be_scored_is_none_with_its_reason(
    chat: ChatServer,
    judge: Make,
    trait: Rubric,
    change: Callable[[dict[str, Any]], None],
    reason: str,
    is_the_models_word: bool,
) -> None:
    chat.fail(ONE.answer, changed(change))
    (said,) = judge().score(trait, [ONE])
    assert (said.value, said.reason) == (None, reason)
    assert bool(said.identity) == is_the_models_word


def test_a_pause_that_the_endpoint_asks_for_is_kept(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    chat.fail(ONE.answer, status(429, headers={"Retry-After": "0.3"}))
    made = judge()
    made.score(trait, [Asked("Why?", "Just so.")])
    start = time.monotonic()
    made.score(trait, [ONE])
    assert time.monotonic() - start >= 0.3


def test_a_pause_until_a_moment_is_kept_by_all(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    moment = time.time() + 2
    chat.fail(
        answers[0].answer, status(429, headers={"Retry-After": email.utils.formatdate(moment, usegmt=True)})
    )
    made = judge(concurrency=1)
    made.score(trait, answers[:2])
    # A date has no fraction of a second.
    assert time.time() >= moment - 1


def test_a_pause_longer_than_ten_minutes_stops_the_work(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    chat.fail(ONE.answer, status(429, "daily limit", {"Retry-After": "7200"}))
    with pytest.raises(
        WorkError, match=r"asks to wait 7,200 seconds .it answered 429: daily limit.; run the same"
    ):
        judge().score(trait, [ONE])


def test_a_slow_reply_is_asked_for_again(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    chat.fail(ONE.answer, slow(0.8))
    (said,) = judge(timeout=0.3).score(trait, [ONE])
    assert said.value == pytest.approx(RIGHT)
    assert chat.seen[ONE.answer] == 2


def test_a_reply_that_drips_for_ever_is_given_up(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    chat.fail(ONE.answer, dripping(60.0))
    start = time.monotonic()
    (said,) = judge(timeout=0.3, retries=0).score(trait, [ONE])
    assert time.monotonic() - start < 30
    assert said.reason == "no judgement came: it did not answer within 0.3 s"


def test_one_answer_that_always_fails_is_one_none(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    chat.fail(answers[3].answer, *[status(500, "out of luck")] * 3)
    said = judge(retries=2).score(trait, answers)
    assert said[3].value is None
    assert said[3].reason == "no judgement came: it answered 500: out of luck, 3 times"
    assert said[3].identity == ""
    assert [one.value for index, one in enumerate(said) if index != 3] == pytest.approx(
        [mean(opinion(one.answer)) for index, one in enumerate(answers) if index != 3]
    )


def test_a_request_that_is_refused_is_one_none(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    chat.fail(answers[3].answer, status(400, "the prompt trips a filter"))
    said = judge().score(trait, answers[:6])
    assert said[3].reason == "the endpoint refuses this request (400: the prompt trips a filter)"
    assert sum(one.value is None for one in said) == 1


def test_lines_reset_in_the_middle_of_a_batch_lose_nothing(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    for asked in answers[::3]:
        chat.fail(asked.answer, reset)
    said = judge(concurrency=8).score(trait, answers)
    assert [one.value for one in said] == pytest.approx([mean(opinion(one.answer)) for one in answers])


def test_an_endpoint_that_dies_in_the_middle_stops_the_work_with_what_arrived(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    # Which of two requests arrives first is chance: it dies by what it is asked, not by how often.
    chat.lives = {one.answer for one in answers[:10]}
    told: list[int] = []
    with pytest.raises(
        WorkError, match=r"does not answer .*; start it, or check base_url and the network"
    ) as stop:
        judge(retries=1, concurrency=2).score(
            trait, answers, lambda index, one: told.append(index) if one.value is not None else None
        )
    assert sorted(told) == list(range(10))
    assert "every judgement that arrived is kept" in str(stop.value)
    # Of the 50 requests that all twenty answers, tried twice each, would have taken.
    assert sum(chat.seen.values()) < 30


def test_answers_that_always_fail_have_no_score_and_end_no_run_of_an_endpoint_that_lives(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    hopeless = answers[3:6]
    for asked in hopeless:
        chat.fail(asked.answer, *[status(500)] * 10)
    said = judge(retries=1, concurrency=2).score(trait, answers)
    assert [answers[place] for place, one in enumerate(said) if one.value is None] == hopeless
    assert all("500" in one.reason for one in said if one.value is None)
    # The next run asks these alone.
    again = judge(retries=0).score(trait, hopeless)
    assert [one.value for one in again] == [None] * 3


def test_nobody_at_the_address_is_one_sentence_at_once(judge: Make, trait: Rubric) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        start = time.monotonic()
        with pytest.raises(WorkError, match=r"does not answer .the line to it broke: ConnectError") as stop:
            judge(base_url=url).score(trait, [ONE])
    assert time.monotonic() - start < 5
    assert url in stop.value.where


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (status(401, f"Incorrect API key provided: {KEY}"), InputError, "environment variable JUDGE_KEY"),
        (status(404, "no such model"), InputError, "has no such model or address"),
        (status(402, "top up"), WorkError, "has no credit left"),
    ],
)
def test_what_will_not_pass_stops_the_work(
    chat: ChatServer, judge: Make, trait: Rubric, fault: Fault, kind: type[TraitscopeError], sentence: str
) -> None:
    chat.fail(ONE.answer, fault)
    with pytest.raises(kind, match=sentence) as stop:
        judge().score(trait, [ONE])
    assert chat.seen[ONE.answer] == 1
    assert KEY not in str(stop.value)


def test_a_quota_that_is_used_up_is_not_waited_for(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    body = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    chat.fail(ONE.answer, lambda handler, _: handler.send(429, body))
    with pytest.raises(WorkError, match=r"has no credit left .429: You exceeded your quota."):
        judge().score(trait, [ONE])


def test_a_wrong_path_is_said_to_be_one(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    with pytest.raises(InputError, match="as a rule the address ends with /v1"):
        judge(base_url=chat.url.removesuffix("/v1")).score(trait, [ONE])


def test_the_key_is_in_no_reason_and_no_note(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    notes: list[str] = []
    chat.fail(ONE.answer, status(500, f"the key {KEY} made me fall over"))
    (said,) = judge(notes, retries=0).score(trait, [ONE])
    assert "the key *** made me fall over" in said.reason
    assert KEY not in "".join(notes)


def test_what_is_turned_away_costs_nothing_and_what_is_lost_costs_a_guess(
    chat: ChatServer, judge: Make, trait: Rubric
) -> None:
    made = judge(price_in=1.0, price_out=1.0)
    made.score(trait, [Asked("Why?", "Just so.")])
    before = made.spending.tokens.read
    chat.fail(ONE.answer, status(500))
    made.score(trait, [ONE])
    assert made.spending.tokens.read == before + 100
    chat.fail(ONE.answer, cut_json)
    made.score(trait, [ONE])
    assert made.spending.tokens.read > before + 300
