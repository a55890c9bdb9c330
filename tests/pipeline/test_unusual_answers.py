"""Empty answers and odd tokens: a sentence or a figure, never a traceback."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from judged_run import rewrite
from tiny_run import Tiny

from traitscope.engine import Answer
from traitscope.errors import InputError, WorkError
from traitscope.pipeline import answering

Decode = Callable[..., list[Answer]]
OWN = "infer/chat/everyday/own"


def say_nothing(_: Any, rows: Any, *__: Any) -> list[Answer]:
    return [Answer((), ended=True) for _ in rows]


def with_an_empty_first_answer(decode: Decode) -> Decode:
    """Decode as ever, but the first row of every batch ends at once."""
    return lambda model, rows, *more: [Answer((), ended=True), *decode(model, rows, *more)[1:]]


def test_a_token_that_is_a_sink_at_one_layer_only_is_left_out_there(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    from traitscope.inference import summary_name, writing_shards
    from traitscope.pipeline.compare import evidence

    monkeypatch.setattr(evidence, "deciding_layers", lambda _: (1, 2, 3))
    before = finished.json("summary.json")["comparisons"][0]["ranking"]
    stored = load_file(finished.root / OWN / summary_name(0))
    # A token of the first answer's second group, at layer 2 alone.
    stored["sums"][0, 1, 2] *= 1 - 1 / stored["counts"][0, 1, 2]
    stored["counts"][0, 1, 2] -= 1
    with writing_shards(finished.root / OWN) as writer:
        writer.write(0, stored["places"].tolist(), {summary_name(0): (stored, ())})
    (finished.root / "compare/chat_vs_moved/everyday/effects.parquet").unlink()
    assert finished.run("compare")
    after = finished.json("summary.json")["comparisons"][0]["ranking"]
    assert {row["trait"] for row in after} == {row["trait"] for row in before}
    assert all(0 < row["tail_share"] <= 1 for row in after)


def test_a_base_model_that_completes_nothing_is_refused(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "decode", say_nothing)
    with pytest.raises(InputError, match=r"extract.position: only 0 of 40 scenes of 'sombre'"):
        tiny_experiment.run()


def test_at_the_last_prompt_token_a_base_model_need_not_complete_anything(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "decode", say_nothing)
    tiny_experiment.change("response[:3]", "prompt[-1]")
    assert tiny_experiment.run("extract")


def test_a_variant_that_says_nothing_is_named(tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_experiment.run("extract", "check", "steer")
    monkeypatch.setattr(answering, "decode", say_nothing)
    with pytest.raises(InputError, match=r"variants.chat: every answer of this variant is empty"):
        tiny_experiment.run()


def test_an_empty_answer_among_others_is_left_out_of_every_reading(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polars as pl

    monkeypatch.setattr(answering, "decode", with_an_empty_first_answer(answering.decode))
    finished.change("new_tokens: 12}", "new_tokens: 13}")
    assert finished.run()
    # Three variants answer in batches of 16 rows, the first one's before the others'.
    for reader, folder in (("chat", "own"), ("moved", "read-chat")):
        table = pl.read_parquet(finished.root / f"infer/{reader}/everyday/{folder}/projections.parquet")
        assert set(table["prompt"]) == {f"p{number:02d}" for number in range(1, 13) if number % 5 != 1}


def test_an_empty_steered_answer_is_incoherent_and_still_judged(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One of six leaves enough scores for a baseline; one of four would not.
    tiny_experiment.change("questions: 4", "questions: 6")
    tiny_experiment.run("extract")
    monkeypatch.setattr(answering, "decode", with_an_empty_first_answer(answering.decode))
    tiny_experiment.run("steer")
    answers = tiny_experiment.rows("steer/sombre/chat/answers.jsonl")
    scores = tiny_experiment.rows("steer/sombre/chat/scores.jsonl")
    empty = [score for answer, score in zip(answers, scores, strict=True) if not answer["ids"]]
    # Of every batch: unsteered twice, two steps, and three of the nine other arms.
    assert len(empty) == 7
    assert {(row["coherence"], row["log_probability"]) for row in empty} == {(0.0, None)}
    assert {row["trait_reason"] for row in empty} == {"the answer is empty"}
    assert sum(row["trait"] is None for row in scores) == len(empty)


def test_a_model_that_answers_no_question_cannot_be_steered(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_experiment.run("extract")
    monkeypatch.setattr(answering, "decode", say_nothing)
    with pytest.raises(WorkError, match=r"the unsteered answers: are all empty"):
        tiny_experiment.run("steer")


def test_fewer_prompts_than_a_comparison_rests_on_are_projected_and_not_compared(
    tiny_experiment: Tiny,
) -> None:
    rewrite(tiny_experiment, steer=None)
    path = tiny_experiment.folder / "prompts/everyday.json"
    prompts = json.loads(path.read_text())
    path.write_text(json.dumps(prompts | {"prompts": prompts["prompts"][:7]}))
    with pytest.raises(InputError, match="holds 7 prompts, and 8 are the fewest that a comparison rests on"):
        tiny_experiment.run()
    for reader, folder in (("moved", "own"), ("chat", "read-moved")):
        assert (tiny_experiment.root / f"infer/{reader}/everyday/{folder}/projections.parquet").is_file()


def test_answers_of_one_token_are_projected_and_have_no_token_to_compare(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polars as pl

    decode = answering.decode
    monkeypatch.setattr(
        answering,
        "decode",
        lambda model, rows, *more: [Answer(one.ids[:1], one.ended) for one in decode(model, rows, *more)],
    )
    rewrite(tiny_experiment, steer=None, extract={"variant": "base", "position": "response[:1]"})
    with pytest.raises(InputError, match=r"both answer 0 of 12 prompts with more than 8 tokens"):
        tiny_experiment.run()
    found = pl.read_parquet(tiny_experiment.root / f"{OWN}/projections.parquet")
    assert found.filter(side="response")["token"].unique().to_list() == [0]
    going = pl.read_parquet(tiny_experiment.root / f"{OWN}/dynamics.parquet")
    assert going["tokens"].unique().to_list() == [1] and going["rate"].null_count() == len(going)
