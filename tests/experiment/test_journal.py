"""A killed run goes on where it was: whole batches are kept, torn ones run again."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traitscope.experiment import Journal

PLAN = {
    "first": [{"text": "a", "score": 0.1}, {"text": "b", "score": None}, {"text": "c", "score": 1 / 3}],
    "second": [{"text": "d"}],
    "third": [{"text": "e", "ids": [1, 2]}, {"text": "f", "ids": []}],
}


def run(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Do what the plan asks; the batches that were made now, and all rows."""
    journal = Journal(path)
    made = []
    rows = []
    for batch, planned in PLAN.items():
        found = journal.get(batch)
        if found is None:
            made.append(batch)
            found = journal.add(batch, planned)
        rows.extend(found)
    assert journal.all_rows() == rows
    return made, rows


def test_the_batches_of_a_finished_run_are_not_made_again(tmp_path: Path) -> None:
    made, rows = run(tmp_path / "answers.jsonl")
    assert made == list(PLAN)
    assert [row["text"] for row in rows] == list("abcdef")
    assert run(tmp_path / "answers.jsonl") == ([], rows)


def test_rows_are_returned_as_they_are_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "answers.jsonl")
    for batch, planned in PLAN.items():
        journal.add(batch, planned)
    again = Journal(tmp_path / "answers.jsonl")
    assert again.all_rows() == journal.all_rows()
    assert all(again.get(batch) == journal.get(batch) for batch in PLAN)


def test_a_batch_that_was_never_made_is_none(tmp_path: Path) -> None:
    assert Journal(tmp_path / "answers.jsonl").get("first") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_a_run_killed_anywhere_and_gone_on_with_equals_an_undisturbed_one(
    tmp_path: Path, cuts: list[float]
) -> None:
    undisturbed = tmp_path / "undisturbed.jsonl"
    _, expected = run(undisturbed)
    killed = tmp_path / "killed.jsonl"
    killed.write_bytes(undisturbed.read_bytes())
    for cut in cuts:
        content = killed.read_bytes()
        kept = content[: round(cut * len(content))]
        killed.write_bytes(kept)
        whole = {batch for batch, rows in PLAN.items() if Journal(killed).get(batch) is not None}
        assert all(kept.count(f'"batch": "{batch}"'.encode()) >= len(PLAN[batch]) for batch in whole)
        made, rows = run(killed)
        assert set(made) == set(PLAN) - whole
        assert rows == expected
    assert run(killed) == ([], expected)


@pytest.mark.parametrize("kept_lines", [1, 2])
def test_a_torn_batch_is_run_again_whole(tmp_path: Path, kept_lines: int) -> None:
    path = tmp_path / "answers.jsonl"
    _, expected = run(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:kept_lines]) + lines[kept_lines][:9])
    journal = Journal(path)
    assert journal.get("first") is None
    assert journal.all_rows() == []
    assert run(path) == (list(PLAN), expected)
