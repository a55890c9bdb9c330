"""A judge over HTTP: what it asks, what it makes of the replies, and when it says that it cannot."""

import asyncio
import json
from collections.abc import Callable

import pytest
from chat_server import KEY, MODEL, ChatServer, mean, opinion

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.errors import InputError, WorkError
from traitscope.judging.judgement import Asked, Judgement, Rubric
from traitscope.judging.openai_judge import OpenAIJudge

Make = Callable[..., OpenAIJudge]


def test_scores_are_means_of_numbers_weighed_by_probability_in_the_order_asked(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    said = judge().score(trait, answers)
    assert [one.value for one in said] == pytest.approx([mean(opinion(asked.answer)) for asked in answers])
    assert set(chat.seen.values()) == {1}


def test_each_judgement_is_told_once_as_it_arrives(judge: Make, trait: Rubric, answers: list[Asked]) -> None:
    told: list[tuple[int, Judgement]] = []
    said = judge().score(trait, answers, lambda index, one: told.append((index, one)))
    assert sorted(index for index, _ in told) == list(range(30))
    assert all(said[index] == one for index, one in told)


def test_the_model_that_answered_is_the_identity_of_a_judgement(judge: Make, trait: Rubric) -> None:
    (said,) = judge().score(trait, [Asked("Why?", "Because.")])
    assert said.identity == MODEL
    assert said.mass == pytest.approx(sum(p for _, p in opinion("Because.")))


@pytest.mark.parametrize(
    ("tokens", "value", "mass"),
    [
        ([(" 85", 0.4), ("85", 0.4), ("80", 0.2)], 84.0, 1.0),
        ([("100", 0.5), ("0", 0.5)], 50.0, 1.0),
        ([("85%", 0.3), ("８５", 0.2), ("-", 0.1), ("70", 0.4)], 70.0, 0.4),
        ([("90", 0.3), ("90", 0.3), ("Sure", 0.4)], 90.0, 0.3),
        ([("Sure", 0.76), ("90", 0.24)], None, 0.24),
        ([("8", 0.25), ("I", 0.75)], 8.0, 0.25),
        ([("085", 0.5), ("1e1", 0.2), ("101", 0.2), ("-5", 0.1)], None, 0.0),
    ],
)
def test_odd_tokens_end_in_the_right_score_or_in_none(
    chat: ChatServer,
    judge: Make,
    trait: Rubric,
    tokens: list[tuple[str, float]],
    value: float | None,
    mass: float,
) -> None:
    chat.says["It depends."] = tokens
    (said,) = judge().score(trait, [Asked("Why?", "It depends.")])
    assert said.value == (None if value is None else pytest.approx(value))
    assert said.mass == pytest.approx(mass, abs=1e-9)
    assert bool(said.reason) == (value is None)


def test_the_reason_of_too_little_mass_names_what_the_model_wanted_to_say(
    chat: ChatServer, judge: Make, trait: Rubric
) -> None:
    chat.says["It depends."] = [("<think>", 0.9), ("50", 0.1)]
    (said,) = judge().score(trait, [Asked("Why?", "It depends.")])
    assert "10%" in said.reason
    assert "<think>" in said.reason
    assert said.identity == MODEL


def test_engagement_is_the_probability_of_yes(chat: ChatServer, judge: Make) -> None:
    chat.says["It depends."] = [("Yes", 0.5), (" yes", 0.1), ("No", 0.2), ("Perhaps", 0.2)]
    (said,) = judge().score(Rubric("engagement", "engagement"), [Asked("Why?", "It depends.")])
    assert said.value == pytest.approx(75.0)
    assert said.mass == pytest.approx(0.8)


def test_probabilities_are_asked_for_at_temperature_one_and_all_twenty(
    chat: ChatServer, judge: Make, trait: Rubric
) -> None:
    judge().score(trait, [Asked("Why?", "Because.")])
    (body,) = chat.judged
    assert (body["logprobs"], body["top_logprobs"], body["temperature"], body["top_p"]) == (True, 20, 1, 1)
    assert body["max_tokens"] == 2


def test_the_capability_is_probed_once(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    made = judge()
    made.score(trait, answers[:3])
    made.score(trait, answers[3:6])
    assert len(chat.bodies) == 7


def test_nothing_asked_is_nothing_sent(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    assert judge().score(trait, []) == []
    assert chat.bodies == []


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        ({"probabilities": False}, "tells no token probabilities (logprobs)"),
        ({"told": 5}, "tells 5 of the 20 most likely tokens, of which a score is made"),
        ({"digits": True}, "writes numbers in pieces ('1' + '0'), so that no single token is a score"),
        ({"counts": False}, "wrote 'Sure! Which numbers do you mean?' when asked to count to 100"),
        ({"refuses": {"logprobs": "unknown field 'logprobs'"}}, "tells no token probabilities (400: unknown"),
        ({"refuses": {"top_logprobs": "top_logprobs must be at most 5"}}, "does not tell the 20 most likely"),
    ],
)
def test_an_endpoint_that_cannot_be_scored_is_refused_with_the_mode_that_may_do(
    chat: ChatServer, judge: Make, trait: Rubric, spoil: dict[str, object], sentence: str
) -> None:
    for name, value in spoil.items():
        setattr(chat, name, value)
    with pytest.raises(InputError) as refused:
        judge().score(trait, [Asked("Why?", "Because.")])
    assert sentence in str(refused.value)
    assert "write mode: sampled for this judge" in str(refused.value)
    assert chat.judged == []


def test_a_number_that_goes_on_in_a_second_token_is_no_score(
    chat: ChatServer, judge: Make, trait: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chat_server

    def pieced(*given: object) -> dict[str, object]:
        return chat_server.completion(chat, {}, ["85"], [[("8", 1.0)], [("5", 1.0)]])

    monkeypatch.setattr(chat_server, "judgement", pieced)
    (said,) = judge().score(trait, [Asked("Why?", "Because.")])
    assert (said.value, said.identity) == (None, "")
    assert "in pieces" in said.reason


@pytest.mark.parametrize(
    ("name", "message", "then"),
    [
        (
            "max_tokens",
            "Unsupported parameter: use 'max_completion_tokens' instead.",
            "max_completion_tokens",
        ),
        ("top_p", "Unsupported parameter: 'top_p' is not supported with this model.", "max_tokens"),
        ("temperature", "Unsupported value: 'temperature'", "max_tokens"),
    ],
)
def test_a_parameter_that_is_refused_by_name_is_renamed_or_left_out(
    chat: ChatServer, judge: Make, trait: Rubric, name: str, message: str, then: str
) -> None:
    chat.refuses = {name: message}
    (said,) = judge().score(trait, [Asked("Why?", "Because.")])
    assert said.value == pytest.approx(mean(opinion("Because.")))
    assert name not in chat.judged[0]
    assert then in chat.judged[0]


def test_another_refusal_of_the_first_request_is_told_in_the_endpoints_words(
    chat: ChatServer, judge: Make, trait: Rubric
) -> None:
    chat.refuses = {"messages": "the context is too long"}
    with pytest.raises(InputError, match=r"refuses the first request .400: the context is too long."):
        judge().score(trait, [Asked("Why?", "Because.")])


def test_sampled_numbers_are_averaged(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    chat.written["Because."] = ["80", " 90 ", "100.", "85%"]
    (said,) = judge(mode="sampled", samples=4).score(trait, [Asked("Why?", "Because.")])
    assert said.value == pytest.approx(90.0)
    assert said.mass is None
    assert said.identity == MODEL
    assert len(chat.judged) == 1


def test_samples_come_one_by_one_from_an_endpoint_that_knows_no_n(
    chat: ChatServer, judge: Make, trait: Rubric
) -> None:
    chat.several = False
    chat.written["Because."] = ["10", "20", "60"]
    (said,) = judge(mode="sampled", samples=3).score(trait, [Asked("Why?", "Because.")])
    assert said.value == pytest.approx(30.0)
    assert len(chat.judged) == 3


def test_an_endpoint_that_refuses_n_is_asked_without_it(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    chat.refuses = {"n": "only one choice is supported"}
    chat.written["Because."] = ["40"]
    (said,) = judge(mode="sampled", samples=2).score(trait, [Asked("Why?", "Because.")])
    assert said.value == 40.0


def test_sampled_replies_that_are_no_numbers_end_in_none(
    chat: ChatServer, judge: Make, trait: Rubric
) -> None:
    chat.written["Because."] = ["I would say 80", "80", "eighty", "80 or so", "Score: 80"]
    (said,) = judge(mode="sampled", samples=5).score(trait, [Asked("Why?", "Because.")])
    assert said.value is None
    assert said.reason == "1 of 5 written replies can be read; one was 'I would say 80'"


def test_the_identity_says_how_scores_come_about_and_not_how_fast(judge: Make) -> None:
    plain, hurried = judge(), judge(concurrency=2, timeout=5.0, retries=1, max_calls=9)
    assert plain.identity == hurried.identity
    assert plain.identity["mode"] == "logprobs"
    sampled = judge(mode="sampled", samples=7)
    assert (sampled.identity["mode"], sampled.identity["samples"]) == ("sampled", 7)
    assert judge(model="another").identity != plain.identity
    assert judge(extra={"top_k": 5}).identity != plain.identity
    assert KEY not in json.dumps([dict(plain.identity), dict(sampled.identity)])
    assert plain.reads_language


def test_what_extra_holds_goes_along_with_each_request(chat: ChatServer, judge: Make, trait: Rubric) -> None:
    made = judge(extra={"chat_template_kwargs": {"enable_thinking": False}})
    made.score(trait, [Asked("Why?", "Because.")])
    assert [body["chat_template_kwargs"] for body in chat.bodies] == [{"enable_thinking": False}] * 2


def test_the_key_is_sent_and_an_endpoint_without_keys_is_sent_none(
    chat: ChatServer, judge: Make, trait: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    judge().score(trait, [Asked("Why?", "Because.")])
    assert {headers["authorization"] for headers in chat.headers} == {f"Bearer {KEY}"}
    chat.headers.clear()
    judge(key_env=None).score(trait, [Asked("Why?", "Because.")])
    assert not any("authorization" in headers for headers in chat.headers)
    assert not any("openai-organization" in headers for headers in chat.headers)


def test_a_missing_key_is_asked_for_by_the_name_of_its_variable() -> None:
    settings = OpenAIJudgeSettings.model_validate({"kind": "openai", "model": "judge-large"})
    with pytest.raises(InputError, match="environment variable OPENAI_API_KEY is not set; set it") as missing:
        OpenAIJudge(settings, environment={})
    assert "judge-large" in missing.value.where


def test_a_key_that_no_header_can_carry_is_refused_without_being_shown() -> None:
    settings = OpenAIJudgeSettings.model_validate({"kind": "openai", "model": "judge-large"})
    with pytest.raises(InputError, match="cannot use what the environment variable OPENAI_API_KEY") as odd:
        OpenAIJudge(settings, environment={"OPENAI_API_KEY": "sk-half and half"})
    assert "half" not in str(odd.value)


def test_no_more_requests_are_under_way_than_allowed(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    chat.seconds = 0.02
    judge(concurrency=4).score(trait, answers)
    assert chat.most_under_way == 4


def test_a_judge_can_be_asked_inside_a_running_event_loop(judge: Make, trait: Rubric) -> None:
    async def notebook() -> list[Judgement]:
        return judge().score(trait, [Asked("Why?", "Because.")])

    (said,) = asyncio.run(notebook())
    assert said.value == pytest.approx(mean(opinion("Because.")))


def test_calls_tokens_and_money_are_counted_as_they_go(
    judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    notes: list[str] = []
    judge(notes, price_in=2.0, price_out=10.0, concurrency=1).score(trait, answers[:2])
    assert notes == [
        "1 calls, 102 tokens, 0.0002 spent",
        "2 calls, 204 tokens, 0.0004 spent",
        "3 calls, 306 tokens, 0.0007 spent",
    ]


def test_tokens_that_an_endpoint_does_not_count_are_called_a_guess(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    chat.usage = False
    notes: list[str] = []
    judge(notes).score(trait, answers[:1])
    assert notes[-1].startswith("2 calls, about ")


def test_a_cap_on_calls_stops_with_everything_so_far_told(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    told: list[int] = []
    with pytest.raises(WorkError, match="has made the 11 calls that max_calls allows; raise max_calls"):
        judge(max_calls=11, concurrency=4).score(trait, answers, lambda index, _: told.append(index))
    assert len(told) == len(set(told)) == 10
    assert len(chat.bodies) == 11


def test_a_cap_on_cost_is_never_passed(
    chat: ChatServer, judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    told: list[int] = []
    made = judge(max_cost=0.02, price_in=10.0, price_out=10.0, concurrency=3)
    with pytest.raises(WorkError, match=r"of the 0.02 that max_cost allows, and one call more could pass it"):
        made.score(trait, answers, lambda index, _: told.append(index))
    assert 0.0102 * 0.5 < made.spending.money <= 0.02
    assert len(told) == len(chat.judged) > 0


def test_the_cap_holds_over_several_batches_of_one_run(
    judge: Make, trait: Rubric, answers: list[Asked]
) -> None:
    made = judge(max_calls=5)
    made.score(trait, answers[:4])
    with pytest.raises(WorkError, match="max_calls"):
        made.score(trait, answers[4:5])
