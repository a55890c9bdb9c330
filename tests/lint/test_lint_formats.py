"""What programs and people read: JSON and workflow commands parsed back, and text that fits its screen."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from small_set import SMALL, Copy
from spoiling import SPOILT

from traitscope.lint import CODES, LintReport
from traitscope.lint.formats import as_github, as_json
from traitscope.lint.rendering import as_text

LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


@pytest.fixture
def spoilt(good: Copy) -> LintReport:
    """A report with errors, warnings, notes and something waived."""
    for code in ("ends-sentence", "frequent-word", "bad-value", "open-ending", "unpaired", "not-utf8"):
        SPOILT[code].spoil(good)
    good.steering(lint={"waive": {"frequent-word": "Marmalade is the trait."}})
    return good.report()


def unescaped(text: str) -> str:
    """As the workflow runner reads it."""
    return re.sub("%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), text)


def parsed(command: str) -> tuple[str, dict[str, str], str]:
    """Level, properties and message of a workflow command."""
    match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", command)
    assert match
    properties = dict(part.split("=", 1) for part in match[2].split(","))
    return match[1], {key: unescaped(value) for key, value in properties.items()}, unescaped(match[3])


def printed(reports: list[LintReport], width: int) -> str:
    screen = io.StringIO()
    Console(file=screen, width=width, highlight=False).print(as_text(reports))
    return screen.getvalue()


def test_json_holds_every_finding_and_figure(spoilt: LintReport):
    (read,) = json.loads(as_json([spoilt]))

    assert [(one["code"], one["severity"], one["line"], one["what"]) for one in read["findings"]] == [
        (one.code, one.severity, one.line, one.what) for one in spoilt.findings
    ]
    assert {one["reason"] for one in read["waived"]} == {"Marmalade is the trait."}
    assert read["figures"]["positive"] == spoilt.figures.positive
    assert read["figures"]["effects"][0]["d"] == pytest.approx(spoilt.figures.effects[0].d)


def test_json_has_no_infinity(scenes_of):
    report = scenes_of(["far away from"] * 24, ["so far away from"] * 24).report()

    (read,) = json.loads(as_json([report]), parse_constant=pytest.fail)

    assert read["figures"]["effects"][0]["d"] is None


def test_workflow_commands_name_file_line_and_code(spoilt: LintReport, monkeypatch):
    monkeypatch.chdir(spoilt.folder.parent)

    commands = [parsed(line) for line in as_github([spoilt]).split("\n")]

    assert [
        (LEVELS[level], properties["title"], properties["file"], int(properties["line"]))
        for level, properties, _ in commands
    ] == [(one.severity, one.code, f"curiosity/{one.file.name}", one.line or 1) for one in spoilt.findings]
    for (_, _, message), finding in zip(commands, spoilt.findings, strict=True):
        assert finding.harm in message and finding.mend in message


@given(
    what=st.text(st.sampled_from("a%:,\n\r=0AD"), min_size=1),
    name=st.text(st.sampled_from("a%:,=0A"), min_size=1),
)
def test_no_text_breaks_out_of_its_workflow_command(what: str, name: str):
    finding = CODES["leak-word"].found(Path(name), 3, "")
    report = replace(_NOTHING, findings=(replace(finding, what=what),))

    (command,) = as_github([report]).split("\n")
    level, properties, message = parsed(command)

    assert (level, properties["line"], properties["title"]) == ("warning", "3", "leak-word")
    assert properties["file"] == name
    assert message[1:].startswith(what[1:])


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_fits_the_screen_and_ends_with_the_counts(spoilt: LintReport, width: int):
    text = printed([spoilt, spoilt], width)

    assert max(map(len, text.split("\n"))) <= width
    assert "\x1b" not in text
    counts = {severity: 2 * spoilt.count(severity) for severity in ("error", "warning", "note")}
    said = re.search(r"(\d+) errors?, (\d+) warnings?, (\d+) notes?, (\d+) waived, in 2 traits\.\s*$", text)
    assert said
    assert tuple(map(int, said.groups())) == (*counts.values(), 2 * len(spoilt.waived))


def test_text_names_each_finding_by_line_and_explains_each_code_once(spoilt: LintReport):
    text = " ".join(printed([spoilt, spoilt], 100).split())

    for finding in spoilt.findings:
        assert text.count(CODES[finding.code].harm) == 1
        assert finding.what[1:] in text
    assert "waived frequent-word: Marmalade is the trait." in text


def test_of_many_findings_alike_all_lines_are_listed(good: Copy):
    good.write("positive.txt", [f"{line}." for line in good.lines("positive.txt")])

    text = " ".join(printed([good.report()], 80).split())

    assert "And 19 more: lines 6, 7, 8," in text
    assert "23, 24." in text


def test_a_report_of_nothing_says_so(good: Copy):
    assert "nothing to mend" in printed([good.report()], 80)


def test_a_scene_cannot_write_to_the_terminal(good: Copy):
    good.replace("positive.txt", 3, "A \x1b]0;title\x07 and \x1b[31m a bell \x07 rang in the")
    report = good.report()

    for text in (printed([report], 80), as_json([report]), as_github([report])):
        assert "control-character" in text
        assert not re.search("[\x07\x1b]", text)


def test_half_a_character_in_a_waiver_is_no_crash(good: Copy):
    SPOILT["frequent-word"].spoil(good)
    good.steering(lint={"waive": {"frequent-word": "\ud83d is the trait."}})

    report = good.report()

    for text in (printed([report], 80), as_json([report]), as_github([report])):
        text.encode()


_NOTHING = Copy(Path(__file__).parent / "curiosity").report(SMALL)
