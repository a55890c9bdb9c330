"""Projections per token and per answer against numpy, from tokens, from sums, and made while reading."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from answers_alone import Alone

from traitscope.inference import (
    Answer,
    Captured,
    Keep,
    Line,
    Spoken,
    Tokens,
    load_summary,
    project,
    summary_name,
    token_shards,
    tokens_name,
    writing_shards,
)
from traitscope.inference.projection import project_means

Read = Callable[..., Captured]
NORMS = {1: 3.0, 3: 5.0}


@pytest.fixture
def lines() -> list[Line]:
    """Three traits at two layers."""
    directions = torch.randn(3, 48, generator=torch.Generator().manual_seed(7))
    directions /= directions.norm(dim=1, keepdim=True)
    return [
        Line("gloom", "mean_diff", 1, "steered best", directions[0]),
        Line("hedging", "probe", 3, "middle of the deciding range", directions[1]),
        Line("candour", "probe", 1, "steered best", directions[2]),
    ]


@pytest.fixture
def spoken(answers: list[Answer]) -> dict[int, Spoken]:
    return {
        one.place: Spoken(
            f"p{one.place}",
            tuple(f"<{token}>" for token in one.words.prompt),
            tuple(f"{token}" for token in one.words.response),
        )
        for one in answers
    }


@pytest.fixture
def stored(read_by: Read, answers: list[Answer], tmp_path: Path) -> Callable[[Keep], Path]:
    """`stored(keep)`: a store of one shard, in its folder."""

    def store(keep: Keep) -> Path:
        found = read_by(keep)
        places = [answer.place for answer in answers]
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        files = {summary_name(0): (found.summary, ())}
        if found.tokens:
            files[tokens_name(0, (), later=False)] = (found.tokens, keep.layers)
        with writing_shards(folder) as writer:
            writer.write(0, places, files)
        return folder

    return store


def table_of(folder: Path, spoken: dict[int, Spoken], lines: list[Line]) -> pl.DataFrame:
    (shard,) = token_shards(folder)
    return project(shard, spoken, lines, NORMS)


def test_projections_are_those_of_numpy(
    stored: Callable[[Keep], Path],
    spoken: dict[int, Spoken],
    lines: list[Line],
    answers: list[Answer],
    alone: list[Alone],
) -> None:
    table = table_of(stored(Keep((1, 3), dtype="float32")), spoken, lines)
    assert table.columns == [
        *("prompt", "token", "text", "side", "trait", "layer", "method", "raw", "cosine", "normalised")
    ]
    assert len(table) == len(lines) * sum(1 + len(one.words.response) for one in answers)
    for line in lines:
        for answer, one in zip(answers, alone, strict=True):
            residual = one.residual[line.layer, len(answer.words.prompt) - 1 :]
            raw = residual @ line.direction.numpy()
            rows = table.filter(trait=line.trait, prompt=f"p{answer.place}")
            np.testing.assert_allclose(rows["raw"], raw, rtol=1e-3, atol=1e-4)
            np.testing.assert_allclose(
                rows["cosine"], raw / np.linalg.norm(residual, axis=1), rtol=1e-3, atol=1e-4
            )
            np.testing.assert_allclose(rows["normalised"], raw / NORMS[line.layer], rtol=1e-3, atol=1e-4)
            assert set(rows["layer"]) == {line.layer}
            assert set(rows["method"]) == {line.method}


@pytest.mark.parametrize("sides", ["response", "prompt", "all"])
def test_projections_made_while_reading_equal_those_of_stored_tokens(
    stored: Callable[[Keep], Path], spoken: dict[int, Spoken], lines: list[Line], sides: str
) -> None:
    at = {1: torch.stack([lines[0].direction, lines[2].direction]), 3: lines[1].direction[None]}
    made = table_of(stored(Keep(sides=sides, lines=at)), spoken, lines)
    from_tokens = table_of(stored(Keep((1, 3), sides=sides, dtype="float32")), spoken, lines)
    figures = ["raw", "cosine", "normalised"]
    assert made.drop(figures).equals(from_tokens.drop(figures))
    for name in figures:
        np.testing.assert_allclose(made[name], from_tokens[name], rtol=1e-5, atol=1e-5)


def test_tokens_bear_their_text_and_side(
    stored: Callable[[Keep], Path], spoken: dict[int, Spoken], lines: list[Line], answers: list[Answer]
) -> None:
    table = table_of(stored(Keep((1,), sides="all")), spoken, lines[:1])
    for answer in answers:
        rows = table.filter(prompt=f"p{answer.place}")
        prompt, response = len(answer.words.prompt), len(answer.words.response)
        assert rows["token"].to_list() == list(range(answer.content.start - prompt, response))
        said = [f"<{token}>" for token in answer.words.prompt[answer.content.start :]]
        assert rows["text"].to_list() == said + [str(token) for token in answer.words.response]
        assert rows.filter(side="response")["token"].to_list() == list(range(response))


def test_a_shard_without_a_lines_layer_says_nothing_of_it(
    stored: Callable[[Keep], Path], spoken: dict[int, Spoken], lines: list[Line]
) -> None:
    table = table_of(stored(Keep((3,))), spoken, lines)
    assert set(table["trait"]) == {"hedging"}


def test_a_projection_from_the_stored_residuals_equals_the_first_one(
    stored: Callable[[Keep], Path], spoken: dict[int, Spoken], lines: list[Line]
) -> None:
    folder = stored(Keep((1, 3)))
    assert table_of(folder, spoken, lines).equals(table_of(folder, spoken, lines))


def test_means_projected_from_sums_are_means_of_the_tokens_projections(
    stored: Callable[[Keep], Path],
    spoken: dict[int, Spoken],
    lines: list[Line],
    answers: list[Answer],
    alone: list[Alone],
) -> None:
    ids = {place: one.id for place, one in spoken.items()}
    table = project_means(load_summary(stored(Keep())), ids, lines, NORMS)
    assert len(table) == len(lines) * 2 * len(answers)
    assert (
        table["token"].null_count()
        == table["text"].null_count()
        == table["cosine"].null_count()
        == len(table)
    )
    for line in lines:
        for answer, one in zip(answers, alone, strict=True):
            parts = {
                "response": one.residual[line.layer, len(answer.words.prompt) :],
                "prompt": one.residual[line.layer, answer.content.start : answer.content.stop],
            }
            for side, residual in parts.items():
                (row,) = table.filter(trait=line.trait, prompt=f"p{answer.place}", side=side).to_dicts()
                raw = float((residual @ line.direction.numpy()).mean())
                assert row["raw"] == pytest.approx(raw, rel=1e-3, abs=1e-4)
                assert row["normalised"] == pytest.approx(raw / NORMS[line.layer], rel=1e-3, abs=1e-4)


def test_a_cosine_does_not_depend_on_length_and_a_raw_projection_does(lines: list[Line]) -> None:
    residual = torch.randn(3, 1, 48, generator=torch.Generator().manual_seed(0))
    spoken = {0: Spoken("p", ("",), ("a", "b"))}
    one, double = (
        project(
            Tokens(
                torch.tensor([0]),
                torch.tensor([-1]),
                torch.tensor([0, 3]),
                (1,),
                {"residual": factor * residual},
                {},
            ),
            spoken,
            lines,
            NORMS,
        )
        for factor in (1.0, 2.0)
    )
    assert one["text"].to_list()[:3] == ["", "a", "b"]
    np.testing.assert_allclose(one["cosine"], double["cosine"], rtol=1e-6)
    np.testing.assert_allclose(2 * one["raw"].to_numpy(), double["raw"], rtol=1e-6)
