"""Locks, full disks, damaged and newer files: a sentence, nothing lost, and the same command goes on."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from figures import figures
from tiny_run import Engine, Tiny

from traitscope import cli
from traitscope.errors import WorkError

HOLD = """\
import sys
from pathlib import Path
from traitscope.experiment import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(finished: Tiny) -> Iterator[subprocess.Popen[str]]:
    """Another process that works on the experiment."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, finished.root / "lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        if process.stdin:
            process.stdin.close()


def test_a_second_process_stops_with_a_sentence_that_names_the_first(
    finished: Tiny,
    holder: subprocess.Popen[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    finished.change("seed: 0", "seed: 1")
    before = figures(finished.root)
    monkeypatch.setattr(sys, "argv", ["traitscope", "run", "tiny.yaml", "--quiet"])
    assert cli.main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"is being worked on by process {holder.pid}" in said
    assert figures(finished.root) == before


def test_reading_an_experiment_needs_no_lock(finished: Tiny, holder: subprocess.Popen[str]) -> None:
    assert finished.states()["extract: sombre"] == "done"


def test_a_disk_that_fills_up_stops_with_a_sentence_and_the_same_command_finishes(
    tiny_experiment: Tiny, tiny_finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, room = os.fsync, 0

    def fill_up(descriptor: int) -> None:
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room -= 1
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fill_up)
    for writes in (8, 15, 11, 24, 19, 30):
        room = writes
        with pytest.raises(WorkError, match=r"No space left on device.*free some space and run") as caught:
            tiny_experiment.run()
        assert "\n" not in str(caught.value)
    room = 10_000
    assert tiny_experiment.run()
    assert figures(tiny_experiment.root) == figures(tiny_finished / "experiments/tiny")
    assert not list(tiny_experiment.root.rglob(".*")), "a temporary file was left behind"


def test_a_folder_that_cannot_be_written_is_said(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(WorkError, match=r"Permission denied.*make the folder writable"):
        tiny_experiment.run()


@pytest.fixture
def in_shards(finished: Tiny, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The finished experiment, its readings stored in shards of 5 answers."""
    monkeypatch.setattr("traitscope.planning.store_sizes.READ_ROWS", 5)
    monkeypatch.setattr("traitscope.planning.store_sizes.store_bytes", lambda *_: 200_000)
    finished.change("new_tokens: 12}", "new_tokens: 12, store_dtype: float32, shard_mb: 1}")
    finished.run()
    return finished


def test_a_shard_of_other_contents_is_named_and_only_it_is_made_anew(in_shards: Tiny, engine: Engine) -> None:
    expected = figures(in_shards.root)
    shard = in_shards.root / "infer/moved/everyday/read-chat/residuals/00001.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1000] + bytes(1000))
    # Nothing reads it until the projections must be made again.
    (in_shards.root / "infer/moved/everyday/read-chat/projections.parquet").unlink()
    with pytest.raises(
        WorkError, match=r"00001.safetensors: is not what was written.*run 'traitscope infer'"
    ):
        in_shards.run()
    engine.read = 0
    assert in_shards.run()
    assert engine.decoded == 0
    assert engine.read == 5
    assert figures(in_shards.root) == expected


def test_a_shard_that_is_gone_is_made_anew(in_shards: Tiny, engine: Engine) -> None:
    expected = figures(in_shards.root)
    (in_shards.root / "infer/plain/everyday/own/residuals/00002.safetensors").unlink()
    engine.read = 0
    assert in_shards.run()
    assert engine.read == 2
    assert figures(in_shards.root) == expected


@pytest.mark.parametrize(
    ("name", "decoded"),
    [
        ("extract/tidy/base/directions.safetensors", 0),
        ("extract/tidy/base/metrics.parquet", 0),
        ("steer/sombre/chat/best.json", 0),
        ("steer/sombre/chat/scores.jsonl", 0),
        ("infer/plain/questions-sombre/own/responses.jsonl", 5),
        ("infer/chat/everyday/own/projections.parquet", 0),
        ("compare/chat_vs_plain/everyday/comparison.json", 0),
        ("compare/chat_vs_plain/everyday/tokens.parquet", 0),
        ("report/index.html", 0),
    ],
)
def test_a_result_that_was_deleted_is_made_anew_from_what_is_left(
    finished: Tiny, engine: Engine, name: str, decoded: int
) -> None:
    expected = figures(finished.root)
    (finished.root / name).unlink()
    assert finished.run()
    assert (finished.root / name).exists()
    assert engine.decoded == decoded
    assert figures(finished.root) == expected
    assert not finished.run()


@pytest.mark.parametrize(
    "name",
    [
        "extract/tidy/base/directions.safetensors",
        "extract/tidy/base/metrics.parquet",
        "steer/sombre/chat/best.json",
        "infer/moved/questions-sombre/own/responses.jsonl",
        "compare/chat_vs_plain/everyday/comparison.json",
        "compare/chat_vs_plain/everyday/tokens.parquet",
        "infer/plain/everyday/own/manifest.json",
    ],
)
def test_a_damaged_result_is_named_and_is_made_anew_once_it_is_out_of_the_way(
    finished: Tiny, name: str
) -> None:
    expected = figures(finished.root)
    path = finished.root / name
    if path.name == "manifest.json":
        path = path.with_name("reading.manifest.json")
    path.write_bytes(b"{\n" + path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WorkError, match=path.name) as caught:
        (finished.root / "report/index.html").unlink()
        finished.change("What is sombre shows it.", "A dark mood.", "traits/sombre/definition.txt")
        finished.run()
        make_compare_anew(finished)
    assert "run the command again" in str(caught.value)
    path.unlink()
    finished.change("A dark mood.", "What is sombre shows it.", "traits/sombre/definition.txt")
    assert finished.run()
    assert figures(finished.root) == expected


def make_compare_anew(tiny: Tiny) -> None:
    """Have everything read that comparisons are made of."""
    for path in tiny.root.glob("compare/*/*/effects.parquet"):
        path.unlink()
    tiny.run()


def interrupt(journal: Path, manifest: str) -> int:
    """Leave a journal as a kill in the middle of its last append would; the rows that are lost."""
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][: len(lines[-1]) // 2])
    path = journal.with_name(manifest)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "running"}))
    return int(json.loads(lines[-1])["rows"])


def test_a_torn_last_line_costs_its_batch_and_nothing_else(finished: Tiny, engine: Engine) -> None:
    expected = figures(finished.root)
    lost = {
        name: interrupt(finished.root / name, manifest)
        for name, manifest in (
            ("extract/sombre/base/completions.jsonl", "completions.manifest.json"),
            ("steer/sombre/chat/answers.jsonl", "answers.manifest.json"),
            ("steer/sombre/chat/scores.jsonl", "scores.manifest.json"),
            ("infer/moved/everyday/own/responses.jsonl", "answers.manifest.json"),
            ("infer/plain/questions-sombre/own/responses.jsonl", "answers.manifest.json"),
        )
    }
    assert finished.run()
    judged = lost.pop("steer/sombre/chat/scores.jsonl")
    assert engine.decoded == sum(lost.values())
    assert engine.judged == 2 * judged
    assert figures(finished.root) == expected


def test_a_manifest_of_a_newer_version_is_left_alone(finished: Tiny) -> None:
    path = finished.root / "steer/sombre/chat/answers.manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    before = {file: file.read_bytes() for file in finished.root.rglob("*.json*")}
    with pytest.raises(WorkError, match=r"newer traitscope.*install the newer traitscope") as caught:
        finished.run()
    assert str(path.relative_to(finished.folder)) in str(caught.value)
    assert {file: file.read_bytes() for file in before if file.name != "experiment.json"} == {
        file: content for file, content in before.items() if file.name != "experiment.json"
    }


def test_an_interrupt_leaves_the_work_running_and_the_next_run_finishes_it(
    tiny_experiment: Tiny, tiny_finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.judge import scoring

    judge: Callable[..., Any] = scoring.log_probabilities

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    tiny_experiment.run("extract")
    monkeypatch.setattr(scoring, "log_probabilities", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tiny_experiment.run("steer")
    assert tiny_experiment.states()["steer: sombre: answers"] == "running"
    monkeypatch.setattr(scoring, "log_probabilities", judge)
    assert tiny_experiment.run()
    assert figures(tiny_experiment.root) == figures(tiny_finished / "experiments/tiny")


def test_a_stage_that_failed_says_so_and_why(tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    from traitscope.pipeline.judge import scoring

    def fail(*_: Any) -> Any:
        raise WorkError("the judge", "is asleep", "wake it")

    tiny_experiment.run("extract")
    monkeypatch.setattr(scoring, "log_probabilities", fail)
    with pytest.raises(WorkError, match=r"the judge: is asleep; wake it."):
        tiny_experiment.run("steer")
    assert tiny_experiment.states()["steer: sombre: scores"] == "failed"
    manifest = tiny_experiment.json("steer/sombre/chat/scores.manifest.json")
    assert manifest["reason"] == "the judge: is asleep; wake it."
