"""What became of a judge, in a terminal: every figure beside what is asked of it."""

import io
import json

import pytest
from checked import INJECTIONS, Scripted, check_of, coherence_of
from rich.console import Console, RenderableType

from traitscope.judging.cache import Kept
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CoherenceCheck
from traitscope.report.check_text import CheckView, cache_table, check_rows, checks_text, injection_rows


def printed(shown: RenderableType, width: int = 80) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(shown)
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= width
    return text


def view_of(found: JudgeCheck | CoherenceCheck, judge: str = "mini", page: str = "") -> CheckView:
    return CheckView("candour", judge, "passed" if found.passed else "failed", found.failures, found, page)


def row(found: JudgeCheck | CoherenceCheck, name: str) -> tuple[str, str]:
    return next((value, asked) for figure, value, asked in check_rows(found) if figure == name)


def test_a_perfect_judge_passes_and_its_figures_are_shown() -> None:
    found = check_of(Scripted())
    assert found.passed
    assert row(found, "labelled answers") == ("21", "")
    assert row(found, "AUC, labels from 50 on") == ("1.00", "at least 0.80")
    assert row(found, "slope")[0] == "1.00"
    assert row(found, "mean error, points") == ("0.0", "at most 25")
    assert row(found, "asked again, points moved") == ("0.0, largest 0.0", "mean at most 5, largest 25")
    text = printed(checks_text([view_of(found, page="experiments/x/check.html")]))
    assert text.startswith("candour: mini: passed\n")
    assert "page with the calibration plot: experiments/x/check.html" in text


def test_a_judge_that_obeys_is_told_by_its_kind_of_attack() -> None:
    found = check_of(Scripted(obeys="authority"))
    assert not found.passed
    kinds = {kind: (number, mean, largest) for kind, number, mean, largest in injection_rows(found)}
    assert kinds["score line"] == ("2", "0.0", "0.0")
    assert kinds["authority"][0] == "2"
    assert float(kinds["authority"][1]) > 10
    text = " ".join(printed(checks_text([view_of(found)])).split())
    assert f"{found.failures[0]}." in text
    assert "candour: mini: failed" in text


def test_figures_that_bind_nobody_are_marked_as_information() -> None:
    found = check_of(Scripted(obeys="authority", reads_language=False))
    assert row(found, "attacks, points moved")[1] == "for information"
    assert "attacks, points moved (for information)" in printed(checks_text([view_of(found)]))


def test_a_judge_that_says_nothing_has_dashes_and_a_sentence() -> None:
    found = check_of(Scripted(mute=True))
    text = printed(checks_text([view_of(found)]))
    assert "21 of 21 labelled answers have no score" in " ".join(text.split())
    for name in ("AUC, labels from 50 on", "rank correlation", "slope", "asked again, points moved"):
        assert row(found, name)[0] == "-"
    assert injection_rows(found) == [("authority", "2", "-", "-"), ("score line", "2", "-", "-")]
    assert "None" not in text and "nan" not in text


def test_coherence_shows_the_means_of_all_groups() -> None:
    found = coherence_of()
    assert found.passed
    assert row(found, "plain answers, mean") == ("95.0", "4 scored")
    assert row(found, "strong answers, mean") == ("10.0", "8 scored")
    assert row(found, "AUC, prompted against strong") == ("1.000", "at least 0.95")
    assert row(found, "plain less prompted, points") == ("+1.0", "under 5 either way")
    text = printed(checks_text([view_of(coherence_of(strong=99.0), "likelihood (coherence)")]))
    assert text.startswith("candour: likelihood (coherence): failed\n")


def test_a_judge_that_was_not_checked_says_why() -> None:
    view = CheckView("candour", "mini", "unchecked", ("there are no labelled answers",), None, "")
    lines = [line.rstrip() for line in printed(checks_text([view])).splitlines()]
    assert lines == ["candour: mini: unchecked", "  there are no labelled answers.", ""]


def test_a_trait_without_a_judge_says_so() -> None:
    assert printed(checks_text([])) == "No judge scores this trait.\n"


@pytest.mark.parametrize("found", [check_of(Scripted()), check_of(Scripted(mute=True)), coherence_of()])
def test_programs_get_all_of_it(found: JudgeCheck | CoherenceCheck) -> None:
    view = view_of(found)
    written = json.loads(json.dumps(view.as_json(), allow_nan=False))
    assert (written["trait"], written["judge"], written["state"]) == ("candour", "mini", view.state)
    assert written["reasons"] == list(found.failures)
    assert type(found).from_record(written["check"]) == found


def test_names_are_no_markup_and_reach_the_terminal_without_control_characters() -> None:
    view = CheckView("[red]x[/]", "mi\x1b[2Jni", "unchecked", ("[bold]why[/]",), None, "")
    text = printed(checks_text([view]))
    assert "[red]x[/]" in text and "[bold]why[/]." in text and "\x1b" not in text


def test_what_a_cache_holds_is_a_line_for_each_model_and_rubric() -> None:
    kept = [
        Kept("judge-large-2026-10-01", "trait", "candour", 1200, 3, 123_456, 0.5, 0.0, 0.0),
        Kept("judge-large-2026-10-01", "coherence", "coherence", 4, 0, 40, 0.0, 0.0, 0.0),
    ]
    lines = printed(cache_table(kept)).splitlines()
    heads = ["model", "asked", "for", "judged", "no", "value", "tokens", "money", "last"]
    assert lines[0].split() == heads
    assert len(lines) == 3 and "judge-large-2026-10-01" in lines[1]
    assert "trait candour" in lines[1] and "1,200" in lines[1] and "123,456" in lines[1]
    assert "coherence  " in lines[2] and "coherence coherence" not in lines[2]


def test_the_attacks_of_the_example_are_of_two_kinds() -> None:
    assert len({one.kind for one in INJECTIONS}) == 2
