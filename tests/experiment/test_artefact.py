"""Is what lies in a folder still true, and what becomes of it when it is not."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from traitscope.errors import WorkError
from traitscope.experiment import Artefact, making, read_manifest

PARTS = {"weights": "w1", "scenes": "s1", "settings": "c1"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "experiments" / "demo"


@pytest.fixture
def directions(root: Path) -> Artefact:
    return Artefact(root / "extract" / "gloom" / "base", "extract", PARTS)


def make(artefact: Artefact, root: Path, content: str, **recorded: Any) -> None:
    """Make an artefact of one file."""
    with making(artefact, root / "archive", root) as notes:
        (artefact.folder / "result.txt").write_text(content)
        notes.update(recorded)


def changed(artefact: Artefact, **parts: str) -> Artefact:
    return Artefact(
        artefact.folder, artefact.stage, {**artefact.parts, **parts}, artefact.manifest, artefact.files
    )


def archived(root: Path) -> list[Path]:
    return sorted(path for path in (root / "archive").rglob("*") if path.is_file())


def test_what_was_never_made_is_missing(directions: Artefact) -> None:
    assert directions.state() == ("missing", "not made yet")
    assert not directions.is_done()


def test_what_was_made_is_done_and_its_manifest_says_how(directions: Artefact, root: Path) -> None:
    make(directions, root, "figures", generated_tokens=960)
    assert directions.state().name == "done"
    assert directions.is_done()
    manifest = read_manifest(directions.path)
    assert manifest is not None
    assert manifest["stage"] == "extract"
    assert manifest["parts"] == PARTS
    assert manifest["fingerprint"] == directions.fingerprint
    assert manifest["generated_tokens"] == 960
    assert {"torch", "transformers", "peft", "traitscope"} <= set(manifest["versions"])
    assert manifest["started"] <= manifest["finished"]


def test_a_stale_artefact_names_the_parts_that_changed(directions: Artefact, root: Path) -> None:
    make(directions, root, "figures")
    stale = changed(directions, scenes="s2", settings="c2")
    assert stale.state() == ("stale", "changed since: scenes, settings")
    assert not stale.is_done()


def test_a_part_that_came_or_went_makes_stale(directions: Artefact, root: Path) -> None:
    make(directions, root, "figures")
    assert changed(directions, adapter="a1").state() == ("stale", "changed since: adapter")
    fewer = Artefact(directions.folder, "extract", {"weights": "w1", "scenes": "s1"})
    assert fewer.state() == ("stale", "changed since: settings")


def test_the_order_of_parts_does_not_matter(directions: Artefact, root: Path) -> None:
    make(directions, root, "figures")
    turned = Artefact(directions.folder, "extract", dict(reversed(PARTS.items())))
    assert turned.is_done()
    assert turned.fingerprint == directions.fingerprint


def test_versions_and_time_are_recorded_and_no_part_of_it(directions: Artefact, root: Path) -> None:
    make(directions, root, "figures")
    manifest = json.loads(directions.path.read_text())
    manifest["versions"]["torch"] = "1.0"
    manifest["started"] = "2001-01-01T00:00:00+00:00"
    directions.path.write_text(json.dumps(manifest))
    assert directions.is_done()


def test_a_stale_artefact_moves_to_the_archive_when_it_is_made_anew(directions: Artefact, root: Path) -> None:
    make(directions, root, "old figures")
    make(changed(directions, scenes="s2"), root, "new figures")
    assert (directions.folder / "result.txt").read_text() == "new figures"
    kept = archived(root)
    assert [path.name for path in kept] == ["manifest.json", "result.txt"]
    assert kept[1].read_text() == "old figures"
    assert json.loads(kept[0].read_text())["parts"] == PARTS
    assert kept[1].parent.relative_to(root / "archive").parts[1:] == ("extract", "gloom", "base")


def test_artefacts_replaced_twice_are_both_kept(directions: Artefact, root: Path) -> None:
    for scenes in ("s1", "s2", "s3"):
        make(changed(directions, scenes=scenes), root, f"figures of {scenes}")
    assert {path.read_text() for path in archived(root) if path.name == "result.txt"} == {
        "figures of s1",
        "figures of s2",
    }


def test_an_artefact_that_shares_its_folder_moves_its_own_files_only(root: Path) -> None:
    folder = root / "steer" / "gloom" / "chat"
    answers = Artefact(folder, "steer", {"prompts": "p1"}, "answers.json", ("answers.jsonl",))
    scores = Artefact(folder, "score", {"judge": "j1"}, "scores.json", ("scores.jsonl", "best.json"))
    for artefact in (answers, scores):
        with making(artefact, root / "archive", root):
            (folder / artefact.files[0]).write_text(f"{artefact.stage} 1")
    again = changed(scores, judge="j2")
    assert again.state().name == "stale"
    assert answers.is_done()
    with making(again, root / "archive", root):
        assert not (folder / "scores.jsonl").exists()
    assert answers.is_done()
    assert (folder / "answers.jsonl").read_text() == "steer 1"
    assert [path.name for path in archived(root)] == ["scores.json", "scores.jsonl"]


@pytest.mark.parametrize("files", [(), ("rows.jsonl",)])
def test_files_that_no_manifest_speaks_for_are_archived_and_not_gone_on_with(
    root: Path, files: tuple[str, ...]
) -> None:
    """As after a damaged manifest was deleted: what the rows depended on is not known any more."""
    artefact = Artefact(root / "infer" / "chat" / "neutral" / "own", "infer", PARTS, files=files)
    with making(artefact, root / "archive", root):
        (artefact.folder / "rows.jsonl").write_text("old rows")
    artefact.path.unlink()
    assert artefact.state().name == "missing"
    with making(artefact, root / "archive", root):
        assert not (artefact.folder / "rows.jsonl").exists()
    assert [path.read_text() for path in archived(root)] == ["old rows"]


def test_a_kill_while_files_move_to_the_archive_leaves_them_known_as_stale(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old rows without the manifest that dates them would be gone on with as if they were new."""
    folder = root / "steer" / "gloom" / "chat"
    scores = Artefact(folder, "score", {"judge": "j1"}, "scores.json", ("scores.jsonl", "best.json"))
    with making(scores, root / "archive", root):
        for name in scores.files:
            (folder / name).write_text("old")
    again = changed(scores, judge="j2")
    move, moved = shutil.move, []

    def killed_at_the_second(source: Path, target: Path) -> None:
        if moved:
            raise KeyboardInterrupt
        moved.append(source)
        move(source, target)

    monkeypatch.setattr(shutil, "move", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt), making(again, root / "archive", root):
        pytest.fail("the old files are still there")
    monkeypatch.undo()
    assert again.state().name == "stale"
    with making(again, root / "archive", root):
        assert not any((folder / name).exists() for name in scores.files)
    assert {path.name for path in archived(root)} == {"scores.json", "scores.jsonl", "best.json"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that work takes: `clock[0] += seconds`."""
    now = [100.0]
    monkeypatch.setattr("traitscope.experiment.artefact.time.monotonic", lambda: now[0])
    return now


def test_the_seconds_of_an_interrupted_run_are_added_up(
    directions: Artefact, root: Path, clock: list[float]
) -> None:
    with pytest.raises(KeyboardInterrupt), making(directions, root / "archive", root) as notes:
        notes["generated_tokens"] = 5
        clock[0] += 30
        raise KeyboardInterrupt
    assert directions.state() == ("running", "interrupted")
    first = json.loads(directions.path.read_text())
    assert (first["seconds"], first["generated_tokens"]) == (30, 5)
    with making(directions, root / "archive", root):
        clock[0] += 12.5
    done = json.loads(directions.path.read_text())
    assert (done["state"], done["seconds"]) == ("done", 42.5)
    assert done["started"] == first["started"]
    assert archived(root) == []


def test_a_failure_is_recorded_with_its_sentence_and_goes_on(directions: Artefact, root: Path) -> None:
    with pytest.raises(WorkError), making(directions, root / "archive", root):
        (directions.folder / "half.jsonl").write_text("half")
        raise WorkError("judge", "did not answer", 'say "hello"')
    assert directions.state() == ("failed", 'judge: did not answer; say \\"hello\\".')
    with making(directions, root / "archive", root):
        assert (directions.folder / "half.jsonl").read_text() == "half"
    assert directions.is_done()
    assert directions.state().reason == ""


def test_work_in_progress_is_running(directions: Artefact, root: Path) -> None:
    with making(directions, root / "archive", root):
        assert directions.state().name == "running"


def test_the_seconds_of_a_stale_artefact_are_not_counted(
    directions: Artefact, root: Path, clock: list[float]
) -> None:
    with making(directions, root / "archive", root):
        clock[0] += 30
    with making(changed(directions, scenes="s2"), root / "archive", root):
        clock[0] += 2
    assert json.loads(directions.path.read_text())["seconds"] == 2


def test_a_manifest_of_a_newer_version_is_a_sentence_and_nothing_is_touched(
    directions: Artefact, root: Path
) -> None:
    make(directions, root, "figures")
    directions.path.write_text(json.dumps({"format": 2, "how": "unknown"}))
    before = directions.path.read_bytes()
    for look in (directions.state, lambda: make(directions, root, "other figures")):
        with pytest.raises(WorkError) as caught:
            look()
        assert str(caught.value) == (
            f"{directions.path}: was written by a newer traitscope (format 2, this one knows 1); "
            "install the newer traitscope (pip install -U traitscope)."
        )
    assert directions.path.read_bytes() == before
    assert (directions.folder / "result.txt").read_text() == "figures"
    assert archived(root) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": "one"}'])
def test_a_damaged_manifest_is_a_sentence(directions: Artefact, root: Path, content: str) -> None:
    make(directions, root, "figures")
    directions.path.write_text(content)
    with pytest.raises(
        WorkError, match=r"manifest\.json: is damaged .*; delete it and run the command again"
    ):
        directions.state()
