"""Reports for programs: JSON, and the workflow commands that GitHub shows beside a line."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from traitscope.lint.finding import Finding, Severity
from traitscope.lint.report import LintReport

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def as_json(reports: Sequence[LintReport]) -> str:
    """A list with an object a trait; a figure that does not exist is null."""
    return json.dumps([_plain(asdict(report)) for report in reports], indent=2, ensure_ascii=False)


def as_github(reports: Sequence[LintReport]) -> str:
    """A workflow command a finding; waived ones are left out."""
    return "\n".join(_command(finding) for report in reports for finding in report.findings)


def shown_path(path: Path) -> str:
    """Relative to the current folder where it lies below it, with forward slashes."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def sentence(clause: str) -> str:
    """The clause with a capital and a full stop."""
    return f"{clause[:1].upper()}{clause[1:]}{'' if clause.endswith('.') else '.'}"


def _command(finding: Finding) -> str:
    properties = {
        "file": shown_path(finding.file),
        "line": str(finding.line or 1),
        "title": finding.code,
    }
    listed = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    message = f"{sentence(finding.what)} {finding.harm} {finding.mend}"
    return f"::{_COMMANDS[finding.severity]} {listed}::{_escaped(message)}"


def _escaped(text: str, also: str = "") -> str:
    """As the runner unescapes it: the percent sign, line ends and, in properties, colon and comma."""
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Path):
        return shown_path(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
