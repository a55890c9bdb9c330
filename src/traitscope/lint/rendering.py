"""A report for people: findings by trait, file and code; what the codes mean; the figures; the counts."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from traitscope.lint.codes import CODES
from traitscope.lint.confounds import Effect
from traitscope.lint.figures import Figures
from traitscope.lint.finding import SEVERITIES, Finding, Severity, Waived
from traitscope.lint.formats import sentence, shown_path
from traitscope.lint.report import LintReport

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_KINDS = {"deceit": "deceit", "blamed act": "an act that people blame", "flattery": "flattery"}
_SHOWN = 5
"""Findings of one code in one file that are told in full; of the others the lines are listed."""


def as_text(reports: Sequence[LintReport]) -> RenderableType:
    """Everything that was found, for a console of any width from 60 columns on."""
    parts: list[RenderableType] = [part for report in reports for part in _report(report)]
    found = [finding for report in reports for finding in report.findings]
    if found:
        parts += [Text("What these mean", "bold"), *_meanings(found), Text()]
    parts += [figures_table(reports), Text(_LEGEND, "dim"), Text(), _counts(reports)]
    return Group(*parts)


def figures_table(reports: Sequence[LintReport]) -> Table:
    """What was measured, a row a trait."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("trait", overflow="fold", min_width=10)
    for heading in ("pairs", "AUC", "len", "who", "tense", "punct", "mood", "open", "word", "topic", "end"):
        table.add_column(heading, justify="right", no_wrap=True)
    for report in reports:
        table.add_row(report.name, *_cells(report.figures))
    return table


_FAMILIES = ("length", "person", "tense", "punctuation", "sentiment")
_LEGEND = (
    "AUC: held-out, of words alone (0.5: they say nothing of the side). len to mood: Cohen's d between "
    "the sides in length, person, tense, punctuation and sentiment; the largest, where there are several. "
    "open to end: largest share of a side with one opening, content word, topic and kind of ending."
)


def _report(report: LintReport) -> Iterable[RenderableType]:
    yield Text.assemble((report.name, "bold"), "  ", (shown_path(report.folder), "dim"))
    if report.kind.of != "other":
        told = ", ".join(report.kind.words[:3])
        yield Text(f"  taken for {_KINDS[report.kind.of]}, told by: {told}", "dim")
    for file, in_file in groupby(report.findings, key=lambda finding: finding.file):
        yield Text(f"  {file.name}")
        for code, alike in groupby(in_file, key=lambda finding: finding.code):
            yield from _alike(code, list(alike))
    waived = sorted(report.waived, key=_code)
    yield from (_waived(code, list(alike)) for code, alike in groupby(waived, key=_code))
    if not report.findings:
        yield Text("  nothing to mend", "green")
    yield Text()


def _alike(code: str, found: Sequence[Finding]) -> Iterable[RenderableType]:
    severity = found[0].severity
    yield Text.assemble("    ", (severity, _STYLES[severity]), " ", (code, "bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", min_width=3, no_wrap=True)
    table.add_column(overflow="fold")
    shown = found if len(found) <= _SHOWN + 1 else found[:_SHOWN]
    for finding in shown:
        table.add_row(str(finding.line or ""), Text(sentence(finding.what)))
    rest = found[len(shown) :]
    if rest:
        lines = ", ".join(str(finding.line) for finding in rest if finding.line)
        table.add_row("", Text(f"And {len(rest)} more" + (f": lines {lines}." if lines else ".")))
    yield Padding(table, (0, 0, 0, 4), expand=False)


def _code(waived: Waived) -> str:
    return waived.finding.code


def _waived(code: str, alike: Sequence[Waived]) -> RenderableType:
    times = f" ({len(alike)} findings)" if len(alike) > 1 else ""
    text = Text.assemble(("waived", "green"), " ", (code, "bold"), f"{times}: {alike[0].reason}")
    return Padding(text, (0, 0, 0, 2), expand=False)


def _meanings(found: Sequence[Finding]) -> Iterable[RenderableType]:
    codes = {finding.code for finding in found}
    for severity in SEVERITIES:
        for name, code in CODES.items():
            if name in codes and code.severity == severity:
                guess = "" if code.exact else " A heuristic: it guesses."
                keys = ", ".join(f"lint.{key}" for key in code.settings)
                told = f"{code.harm} {code.mend}{guess}" + (f" Threshold: {keys}." if keys else "")
                yield Text(f"  {name}", _STYLES[severity])
                yield Padding(Text(told), (0, 0, 0, 4), expand=False)


def _cells(figures: Figures) -> list[str]:
    words_alone = figures.bag_of_words
    return [
        f"{figures.positive}" + (f"/{figures.negative}" if figures.negative != figures.positive else ""),
        f"{words_alone.auc:.2f}" if words_alone else "-",
        *(_largest(figures.effects, family) for family in _FAMILIES),
        f"{figures.opening[1]:.0%}",
        f"{figures.word[1]:.0%}",
        f"{figures.topic[1]:.0%}",
        f"{max((share for side in figures.endings for share in side.values()), default=0.0):.0%}",
    ]


def _largest(effects: Iterable[Effect], family: str) -> str:
    of_family = [effect.d for effect in effects if effect.family == family]
    if not of_family:
        return "-"
    largest = f"{max(of_family, key=abs):+.1f}"
    return "0.0" if largest in ("+0.0", "-0.0") else largest


def _counts(reports: Sequence[LintReport]) -> Text:
    counts = Text()
    for severity in SEVERITIES:
        count = sum(report.count(severity) for report in reports)
        style = _STYLES[severity] if count else ""
        counts.append(f"{count} {severity}{'s' * (count != 1)}", style).append(", ")
    waived = sum(len(report.waived) for report in reports)
    traits = f"{len(reports)} trait{'s' * (len(reports) != 1)}"
    return counts.append(f"{waived} waived, in {traits}.")
