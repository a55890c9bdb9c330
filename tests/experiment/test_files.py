"""Whole files by rename, journals by whole lines, the system's refusals as sentences."""

import json
import math
import os
import resource
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from traitscope.errors import WorkError
from traitscope.experiment.files import (
    append_rows,
    read_json,
    read_rows,
    write_bytes,
    write_json,
    write_text,
)

ROWS = [{"row": 0, "text": "naïve café"}, {"row": 1, "text": "two\nlines"}, {"row": 2, "score": 0.1}]


def test_a_file_is_written_readable_by_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_bytes(tmp_path / "a" / "b" / "file", b"content")
    finally:
        os.umask(before)
    file = tmp_path / "a" / "b" / "file"
    assert file.read_bytes() == b"content"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [path.name for path in file.parent.iterdir()] == ["file"]


def test_a_file_is_synced_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut could leave the new name on an empty file."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        done.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        sync(descriptor)

    def note_replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_text(tmp_path / "file", "content")
    assert done == ["sync file", "rename", "sync folder"]


def test_a_full_disk_is_a_sentence_and_the_old_file_stays(
    tmp_path: Path, full_disk: Callable[[], None]
) -> None:
    file = tmp_path / "figures.json"
    write_text(file, "old")
    full_disk()
    with pytest.raises(WorkError) as caught:
        write_text(file, "new")
    assert str(caught.value) == (
        f"{file}: cannot be written (No space left on device); "
        "free some space and run the same command again; what is finished is kept."
    )
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]


def test_a_write_that_is_interrupted_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    file = tmp_path / "figures.json"
    write_text(file, "old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(file, "new")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]


@pytest.mark.usefixtures("read_only")
@pytest.mark.parametrize("write", [lambda path: write_text(path, "x"), lambda path: append_rows(path, ROWS)])
def test_a_read_only_folder_is_a_sentence(tmp_path: Path, write: Callable[[Path], None]) -> None:
    with pytest.raises(WorkError) as caught:
        write(tmp_path / "file")
    assert str(caught.value) == (
        f"{tmp_path / 'file'}: cannot be written (Permission denied); "
        "make the folder writable, or run from another folder."
    )


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "experiments").write_text("")
    with pytest.raises(
        WorkError, match=r"cannot be written \(File exists\)|cannot be written \(Not a directory\)"
    ):
        write_text(tmp_path / "experiments" / "demo" / "file", "x")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_reach_no_file(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "figures.json", {"delta": [1.0, value]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        append_rows(tmp_path / "rows.jsonl", [{"delta": 1.0}, {"delta": value}])
    assert list(tmp_path.iterdir()) == []


def test_json_comes_back_as_it_was_written(tmp_path: Path) -> None:
    value = {"größe": [1, 2.5, None, "ü"], "b": {"c": True}}
    write_json(tmp_path / "value.json", value)
    assert read_json(tmp_path / "value.json") == value


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"\xff\xfe", b"nonsense"])
def test_a_damaged_json_file_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    with pytest.raises(
        WorkError, match=r"manifest\.json: is damaged \(.*\); delete it and run the command again"
    ):
        read_json(file)


def test_rows_come_back_in_order_one_line_each(tmp_path: Path) -> None:
    journal = tmp_path / "deep" / "rows.jsonl"
    append_rows(journal, ROWS[:1])
    append_rows(journal, ROWS[1:])
    assert read_rows(journal) == ROWS
    assert [json.loads(line) for line in journal.read_text().splitlines()] == ROWS


def test_a_journal_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "rows.jsonl") == []


def test_a_torn_last_line_is_left_out_and_written_over_wherever_it_was_cut(tmp_path: Path) -> None:
    journal = tmp_path / "rows.jsonl"
    append_rows(journal, ROWS)
    whole = journal.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        journal.write_bytes(whole[:cut])
        kept = sum(end <= cut for end in ends)
        assert read_rows(journal) == ROWS[:kept]
        append_rows(journal, ROWS[kept:])
        assert journal.read_bytes() == whole


def test_a_damaged_line_before_the_last_is_a_sentence_with_its_number(tmp_path: Path) -> None:
    journal = tmp_path / "rows.jsonl"
    append_rows(journal, ROWS)
    lines = journal.read_bytes().split(b"\n")
    journal.write_bytes(b"\n".join([lines[0], lines[1][:-3], *lines[2:]]))
    with pytest.raises(WorkError, match=r"rows\.jsonl, line 2: is damaged; move the file away"):
        read_rows(journal)


def test_a_disk_full_while_syncing_leaves_the_journal_as_it_was(
    tmp_path: Path, full_disk: Callable[[], None]
) -> None:
    journal = tmp_path / "rows.jsonl"
    append_rows(journal, ROWS[:1])
    before = journal.read_bytes()
    full_disk()
    with pytest.raises(WorkError, match=r"No space left on device\); free some space"):
        append_rows(journal, ROWS[1:])
    assert journal.read_bytes() == before


def test_a_disk_that_takes_part_of_the_rows_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    """A write may take what fits and report success; a limit on the size of files stands for the disk's."""
    journal = tmp_path / "rows.jsonl"
    append_rows(journal, ROWS[:1])
    before = journal.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(WorkError, match=r"cannot be written \(File too large\)"):
            append_rows(journal, ROWS[1:])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert journal.read_bytes() == before
