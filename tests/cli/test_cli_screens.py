"""What commands show of an experiment: progress, tables, JSON, exit codes."""

import io
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tiny_place import Place, Typed, the_sentence

from traitscope.experiment.lock import locked

ESCAPE = "\x1b"
STAGES = ["vet", "extract", "check", "steer", "infer", "compare", "report"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard output and error as a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def shown_on(terminal: Terminal, typed: Callable[..., Typed], *words: str) -> str:
    """What a command writes on the terminal, on both streams."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        patch.setattr(sys, "stderr", terminal)
        assert typed(*words).code == 0
    return terminal.getvalue()


def rows(table: str) -> list[list[str]]:
    """Cells of the status table: two spaces or more part them, the stage stands in the first row of each."""
    lines = [line.rstrip() for line in table.split("\n\n")[0].splitlines()[1:]]
    return [re.split(r"\s{2,}", line) for line in lines]


def test_progress_goes_to_standard_error_one_line_at_each_begin_and_end(whole_run: Typed) -> None:
    lines = whole_run.err.splitlines()
    work = [line for line in lines if line.startswith(tuple(STAGES))]
    begun = [line.split(":")[0] for line in work if not re.search(": done", line)]
    ended = [line.split(":")[0] for line in work if re.search(r": done, ([\d,]+ tokens in )?\d+ s$", line)]
    assert begun == ended
    assert len(set(begun)) == len(begun)
    # Scenes of both traits and of the bank; variants of one base answer together, prompts and questions.
    assert [name.split()[0] for name in begun] == ["extract"] * 3 + [
        "check",
        *["steer"] * 2,
        *["infer"] * (2 + 7),
        "compare",
        "report",
    ]
    assert "extract sombre: 40 rows" in lines


def test_nothing_of_the_libraries_reaches_the_user(whole_run: Typed) -> None:
    told = [line for line in whole_run.err.splitlines() if not line.startswith(tuple(STAGES))]
    assert all(line.startswith(("loading ", "sombre: ", "tidy: ")) for line in told), told


def test_a_run_without_a_terminal_writes_no_escape_codes(whole_run: Typed) -> None:
    assert whole_run.code == 0
    assert ESCAPE not in whole_run.out + whole_run.err
    assert whole_run.out.startswith("result")
    assert whole_run.out.endswith("\nReport: experiments/tiny/report/index.html\n")


def test_a_second_run_says_that_everything_is_up_to_date(
    finished: Place, typed: Callable[..., Typed]
) -> None:
    again = typed("run", "tiny.yaml")
    assert again.code == 0
    assert again.err == ""
    assert again.out.startswith("Everything is up to date.\nresult")


def test_quiet_prints_no_progress(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a process of the program's own, which says so before transformers is imported.
    monkeypatch.setattr("transformers.utils.logging._tqdm_active", False)
    assert typed("extract", "tiny.yaml", "--quiet").err == ""
    assert (place.made / "extract/sombre/base/directions.safetensors").exists()


def test_status_before_anything_is_made(place: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("status", "tiny.yaml")
    assert (answer.code, answer.err) == (0, "")
    assert rows(answer.out)[0] == ["vet", "skipped", "the file has no 'vet'"]
    table = rows(answer.out)
    assert [row[:2] for row in table[1:]] == [[stage, "missing"] for stage in STAGES[1:]]
    # Each stage says how long it may take, as far as the plan times it.
    assert table[2][-1].startswith("not made yet; about ") if len(table[2]) > 3 else True
    assert answer.out.endswith("\n0 of 6 done; the rest: traitscope run tiny.yaml\n")
    assert not place.made.exists()


def test_status_half_way(place: Place, typed: Callable[..., Typed]) -> None:
    assert typed("extract", "tiny.yaml", "-q").code == 0
    table = rows(typed("status", "tiny").out)
    assert table[0] == ["vet", "skipped", "the file has no 'vet'"]
    assert table[1][:4] == ["extract", "sombre", "done", "40"]
    steer = next(row for row in table if row[0] == "steer")
    assert steer[1:3] == ["sombre", "missing"]
    assert re.fullmatch(r"0/\d+", steer[3])
    assert steer[-1].startswith("not made yet; about ")
    infer = next(row for row in table if row[0] == "infer")
    assert infer[1:3] == ["all 20 pieces", "missing"]
    assert table[-1] == ["report", "missing", "not made yet"]


def test_status_when_everything_is_done(finished: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("status", "tiny.yaml")
    assert [row[0] for row in rows(answer.out) if row[0]] == STAGES
    assert {"done"} == {
        cell for row in rows(answer.out) for cell in row if cell in ("done", "missing", "stale")
    }
    assert answer.out.endswith("\nEverything is done.\n")


def test_status_says_what_a_change_made_stale_and_why(finished: Place, typed: Callable[..., Typed]) -> None:
    finished.change("steer.new_tokens", 7)
    answer = typed("status", "tiny.yaml")
    table = rows(answer.out)
    assert table[1][:3] == ["extract", "sombre", "done"]
    assert [row[0] for row in table if "stale" in row]
    steer = next(row for row in table if row[0] == "steer")
    assert steer[1:3] == ["sombre", "stale"]
    assert "changed since: settings" in " ".join(answer.out.split())
    assert "; the rest: traitscope run tiny.yaml" in answer.out


def test_status_tells_work_at_hand_from_work_that_was_stopped(
    finished: Place, typed: Callable[..., Typed]
) -> None:
    manifest = finished.made / "extract/sombre/base/completions.manifest.json"
    manifest.write_text(manifest.read_text().replace('"state": "done"', '"state": "running"'))
    stopped = rows(typed("status", "tiny.yaml").out)[1]
    assert stopped[1:4] == ["sombre", "running", "40/40"]
    assert stopped[-1].startswith("stopped before its end")
    with locked(finished.made / "lock"):
        assert rows(typed("status", "tiny.yaml").out)[1][-1].startswith(f"process {os.getpid()} is at it")


def test_a_stage_by_itself_is_refused_before_what_it_rests_on(
    place: Place, typed: Callable[..., Typed]
) -> None:
    answer = typed("steer", "tiny.yaml")
    assert answer.code == 2
    assert the_sentence(answer.err) == (
        "tiny.yaml: 'steer' rests on 'extract', which is missing; type first: traitscope extract tiny.yaml."
    )
    assert not (place.made / "steer").exists()


def test_a_stage_by_itself_does_not_take_what_is_stale_for_true(
    finished: Place, typed: Callable[..., Typed]
) -> None:
    finished.change("extract.new_tokens", 5)
    assert "'compare' rests on 'extract', which is stale" in typed("compare", "tiny.yaml").err
    assert typed("extract", "tiny.yaml", "-q").code == 0
    assert "'compare' rests on 'infer', which is stale" in typed("compare", "tiny.yaml").err


def test_answers_too_short_to_compare_are_refused(place: Place, typed: Callable[..., Typed]) -> None:
    place.change("infer.new_tokens", 8)
    answer = typed("run", "tiny.yaml")
    assert answer.code == 2
    assert the_sentence(answer.err).startswith(
        "tiny.yaml, infer.new_tokens: found 8, and variants are compared"
    )
    assert not (place.made / "extract").exists()


def test_status_in_json_is_all_of_standard_output(finished: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("status", "tiny.yaml", "--json")
    assert (answer.code, answer.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(answer.out)
    assert [*dict.fromkeys(row["stage"] for row in found)] == STAGES
    unchecked = [row["reason"] for row in found if row["state"] == "skipped" and row["stage"] == "check"]
    assert unchecked == ["there are 0 labelled answers, and a check takes 20"]
    assert {row["state"] for row in found if row["stage"] not in ("vet", "check")} == {"done"}
    figures = {"answers", "expected", "elapsed", "estimate", "left"}
    for row in found:
        known = {"stage", "subject", "trait", "state", "reason", "seconds", *figures}
        assert {key for key in row if not key.endswith("_reason")} == known
        assert all(row[f"{key}_reason"] for key in figures if row[key] is None)
    completions = next(row for row in found if row["subject"] == "sombre: completions")
    assert (completions["answers"], completions["expected"], completions["left"]) == (40, 40, 0)
    assert completions["estimate"] > 0


def test_the_answers_of_steering_are_counted_once_and_held_against_the_plan(
    finished: Place, typed: Callable[..., Typed]
) -> None:
    found = {
        row["subject"]: row
        for row in json.loads(typed("status", "tiny.yaml", "--json").out)
        if row["stage"] == "steer"
    }
    answered = len((finished.made / "steer/sombre/chat/answers.jsonl").read_text().splitlines())
    planned = {
        row["subject"]: row
        for row in json.loads(typed("plan", "tiny.yaml", "--json").out)["work"]
        if row["stage"] == "steer"
    }
    for part in ("answers", "scores"):
        assert found[f"sombre: {part}"]["answers"] == answered
        assert found[f"sombre: {part}"]["expected"] == planned["sombre"]["rows"] >= answered
    # What else is made of a trait has no part in the plan of its answers.
    assert found["sombre: specificity"]["expected"] is None
    timed = sum(row["estimate"] or 0.0 for row in found.values())
    assert timed == pytest.approx(sum(row["seconds"] for row in planned.values()), abs=0.03)
    steer = next(row for row in rows(typed("status", "tiny.yaml").out) if row[0] == "steer")
    assert steer[1:4] == ["sombre", "done", str(answered)]


def test_compare_in_json_is_all_of_standard_output(finished: Place, typed: Callable[..., Typed]) -> None:
    finished.change("seed", 1)
    assert typed("extract", "tiny.yaml", "-q").code == 0
    assert typed("infer", "tiny.yaml", "-q").code == 0
    answer = typed("compare", "tiny.yaml", "--json")
    assert answer.code == 0
    assert "compare: done" in answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)
    assert [(one["before"], one["after"]) for one in found] == [("chat", "moved"), ("chat", "plain")]
    assert found == json.loads((finished.made / "summary.json").read_text())["comparisons"]


def test_a_terminal_gets_colours_and_no_color_takes_every_code_away(
    finished: Place, typed: Callable[..., Typed], terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ESCAPE in shown_on(terminal, typed, "status", "tiny.yaml")
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in shown_on(Terminal(), typed, "status", "tiny.yaml")


def test_work_on_a_terminal_leaves_a_line_for_every_piece(
    place: Place, typed: Callable[..., Typed], terminal: Terminal
) -> None:
    written = shown_on(terminal, typed, "extract", "tiny.yaml")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert re.search(r"extract  sombre +[\d,]+ tokens in \d+ s\n", plain)
    assert re.search(r"extract sombre \S+ +\d+/40", plain)


def test_no_color_gives_plain_lines_of_progress_on_a_terminal(
    place: Place, typed: Callable[..., Typed], terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    written = shown_on(terminal, typed, "extract", "tiny.yaml")
    assert ESCAPE not in written
    assert "extract sombre: 40 rows\n" in written
    assert written.count("extract sombre: done") == 1


@pytest.mark.parametrize("columns", [80, 120])
def test_the_tables_fit_the_terminal(
    finished: Place,
    typed: Callable[..., Typed],
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    finished.change("seed", 1)
    status = shown_on(terminal, typed, "status", "tiny.yaml")
    finished.change("seed", 0)
    final = shown_on(Terminal(), typed, "run", "tiny.yaml")
    for screen in (status, final):
        assert max(map(len, screen.splitlines())) <= columns
    words = [row[row.index("stale") - 1] for row in rows(status) if "stale" in row]
    assert words
    assert all("..." not in word for word in words)
    assert "sombre" in final


@pytest.mark.parametrize("command", [("run", "tiny.yaml"), ("status", "tiny.yaml")])
def test_an_interrupt_exits_with_130(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, command: tuple[str, str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    import traitscope.pipeline

    monkeypatch.setattr(traitscope.pipeline, "run_stages", interrupted)
    monkeypatch.setattr("traitscope.pipeline.tracking.standings", interrupted)
    answer = typed(*command)
    assert (answer.code, answer.out) == (130, "")
    said = "traitscope: interrupted; the same command goes on where it was\n" if command[0] == "run" else ""
    assert answer.err == said


def test_an_experiment_that_is_being_worked_on_is_refused_with_the_process(
    place: Place, typed: Callable[..., Typed]
) -> None:
    with locked(place.made / "lock"):
        answer = typed("run", "tiny.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert the_sentence(answer.err) == (
        f"experiments/tiny: is being worked on by process {os.getpid()}; "
        "wait until it ends, or stop it; what it finished is kept."
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"format": "1"}'], ids=["torn", "a list", "no number"])
@pytest.mark.parametrize("command", ["run", "status"])
def test_a_damaged_manifest_is_told_and_nothing_is_lost(
    finished: Place, typed: Callable[..., Typed], content: str, command: str
) -> None:
    manifest = finished.made / "extract/sombre/base/manifest.json"
    manifest.write_text(content)
    answer = typed(command, "tiny.yaml")
    assert (answer.code, answer.out) == (1, "")
    sentence = the_sentence(answer.err)
    assert sentence.startswith("experiments/tiny/extract/sombre/base/manifest.json: is damaged (")
    assert sentence.endswith("delete it and run the command again.")
    assert (manifest.parent / "completions.jsonl").exists()


def test_a_manifest_of_a_newer_traitscope_is_told(finished: Place, typed: Callable[..., Typed]) -> None:
    manifest = finished.made / "extract/sombre/base/manifest.json"
    manifest.write_text('{"format": 99}')
    answer = typed("status", "tiny.yaml")
    assert answer.code == 1
    assert "was written by a newer traitscope (format 99" in the_sentence(answer.err)
