"""What is put into a store is what comes out of it, however it is divided into shards."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from traitscope.errors import WorkError
from traitscope.inference import (
    Answer,
    Captured,
    Keep,
    captured,
    load_covariance,
    load_summary,
    sinks,
    summaries,
    summary_name,
    token_shards,
    tokens_name,
    writing_shards,
)

Read = Callable[..., Captured]


@pytest.fixture
def store(read_by: Read, answers: list[Answer], tmp_path: Path) -> Path:
    """Three answers in one shard, two short ones in another; a layer of the first captured later."""
    with writing_shards(tmp_path) as writer:
        for shard, some in enumerate((answers[2:], answers[:2])):
            found = read_by(Keep((1, 3), dtype="float32"), some=some)
            places = [answer.place for answer in some]
            writer.write(
                shard,
                places,
                {
                    tokens_name(shard, (), later=False): (found.tokens, (1, 3)),
                    summary_name(shard): (found.summary, ()),
                },
            )
        later = read_by(Keep((2,), dtype="float32"), some=answers[2:])
        writer.write(
            0,
            [answer.place for answer in answers[2:]],
            {tokens_name(0, (2,), later=True): (later.tokens, (2,))},
        )
    return tmp_path


def test_sums_of_all_shards_come_in_the_order_of_the_places(
    store: Path, read_by: Read, answers: list[Answer]
) -> None:
    found, whole = load_summary(store), read_by(Keep()).summary
    assert found.places.tolist() == sorted(answer.place for answer in answers)
    # Answers were invented in the order of their places.
    for name in (
        "sums",
        "counts",
        "squares",
        "lengths",
        "prompt_sum",
        "last_prompt",
        "candidate_log_probability",
    ):
        torch.testing.assert_close(getattr(found, name), whole[name], rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(found.mean_logits, whole["mean_logits"], equal_nan=True, rtol=1e-4, atol=1e-3)


def test_sums_at_some_layers_are_those_layers_of_all_sums(store: Path) -> None:
    found, whole = load_summary(store, [3, 1]), load_summary(store)
    assert torch.equal(found.sums, whole.sums[:, :, [3, 1]])
    assert torch.equal(found.counts, whole.counts[:, :, [3, 1]])
    for name in ("squares", "lengths", "prompt_sum", "prompt_squares", "prompt_count", "last_prompt"):
        assert torch.equal(getattr(found, name), getattr(whole, name)[:, [3, 1]])
    assert torch.equal(found.log_probability, whole.log_probability)


def test_rows_are_the_answers_asked_for_in_that_order(store: Path) -> None:
    whole = load_summary(store)
    places = whole.places.tolist()
    some = whole.rows([places[3], places[0]])
    assert some.places.tolist() == [places[3], places[0]]
    assert torch.equal(some.sums, whole.sums[[3, 0]])
    parts = whole.by_answer(whole.log_probability)
    assert torch.equal(some.log_probability, torch.cat([parts[3], parts[0]]))
    with pytest.raises(KeyError):
        whole.rows([999])


def test_shards_that_hold_none_of_the_places_are_not_read(store: Path, answers: list[Answer]) -> None:
    (one,) = summaries(store, frozenset([answers[0].place]))
    assert one.places.tolist() == [answer.place for answer in answers[:2]]


def test_layers_captured_later_follow_their_shard(store: Path, answers: list[Answer]) -> None:
    found = list(token_shards(store))
    assert [one.layers for one in found] == [(1, 3), (2,), (1, 3)]
    assert found[0].places.tolist() == found[1].places.tolist()
    have = captured(store)
    assert {have[answer.place] for answer in answers[2:]} == {frozenset({1, 2, 3})}
    assert {have[answer.place] for answer in answers[:2]} == {frozenset({1, 3})}


def test_tokens_of_an_answer_begin_with_the_one_before_it(store: Path, answers: list[Answer]) -> None:
    lengths = {answer.place: len(answer.words.response) for answer in answers}
    for shard in token_shards(store):
        for place, first, where in shard.answers():
            assert first == -1
            assert where.stop - where.start == 1 + lengths[place]


def test_a_store_without_sums_or_covariance_says_so(tmp_path: Path, store: Path) -> None:
    with pytest.raises(WorkError, match="holds no sums of this reading"):
        load_summary(tmp_path / "nowhere")
    with pytest.raises(WorkError, match="does not hold the covariance"):
        load_covariance(store)


@pytest.mark.parametrize(("longest", "sink"), [(30.0, False), (30.5, True)])
def test_a_token_beyond_ten_medians_is_a_sink(longest: float, sink: bool) -> None:
    lengths = torch.tensor([1.0, 2.0, 3.0, 20.0, longest])
    assert sinks(torch.diag(lengths)).tolist() == [False, False, False, False, sink]
