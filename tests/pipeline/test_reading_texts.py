"""Texts that exist already are read and projected, with nothing generated."""

import json

import polars as pl
import pytest
from tests.pipeline.tiny_run import Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.pipeline.infer.given import read_texts
from traitscope.progress import Silence


def _write(tiny: Tiny, rows: list[dict[str, object]]) -> None:
    lines = [json.dumps(row) + "\n" for row in rows]
    (tiny.folder / "given.jsonl").write_text("".join(lines))


def test_a_variants_own_answer_is_read_as_when_it_was_captured(finished: Tiny) -> None:
    own = finished.root / "infer" / "chat" / "everyday" / "own"
    row = json.loads((own / "responses.jsonl").read_text().splitlines()[0])
    prompts = json.loads((finished.folder / "prompts" / "everyday.json").read_text())["prompts"]
    question = next(one["text"] for one in prompts if one["id"] == row["id"])
    _write(finished, [{"id": "mine", "prompt": question, "response": row["text"], "from": "a file"}])

    found = read_texts(open_experiment(finished.file), finished.folder / "given.jsonl", None, Silence())

    assert found.variant == "chat"
    assert found.against == "everyday"
    read = pl.read_parquet(found.folder / "projections.parquet").filter(pl.col("token") == -1)
    kept = pl.read_parquet(own / "projections.parquet").filter(
        (pl.col("token") == -1) & (pl.col("prompt") == row["id"])
    )
    # The token before the answer follows from the prompt alone; stored answers are rounded to bfloat16.
    assert read["raw"].to_list() == pytest.approx(kept["raw"].to_list(), rel=0.02, abs=0.01)
    assert found.table["from"].to_list() == ["a file"]
    assert set(found.traits) == {"sombre", "tidy"}


def test_texts_by_themselves_and_conversations_are_read(finished: Tiny) -> None:
    talk = [{"role": "user", "content": "harbour?"}, {"role": "assistant", "content": "letter wall door"}]
    _write(finished, [{"text": "rain note boat clock"}, {"id": "talk", "messages": talk}])

    found = read_texts(open_experiment(finished.file), finished.folder / "given.jsonl", "base", Silence())

    assert found.table["text"].to_list() == ["t001", "talk"]
    assert found.against is None
    assert all(found.table[trait].is_finite().all() for trait in found.traits)


def test_a_conversation_that_ends_with_the_user_has_nothing_to_read(finished: Tiny) -> None:
    _write(finished, [{"messages": [{"role": "user", "content": "harbour?"}]}])
    with pytest.raises(InputError, match="line 1, messages: the last message is not the assistant's"):
        read_texts(open_experiment(finished.file), finished.folder / "given.jsonl", None, Silence())


def test_an_unknown_reader_is_refused_with_those_that_there_are(finished: Tiny) -> None:
    _write(finished, [{"text": "rain note boat"}])
    with pytest.raises(InputError, match="there is no variant 'nobody'; name one of base, chat"):
        read_texts(open_experiment(finished.file), finished.folder / "given.jsonl", "nobody", Silence())
