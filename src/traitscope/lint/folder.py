"""All checks of one trait folder."""

from collections.abc import Iterator
from pathlib import Path

from traitscope.config.lint import LintSettings
from traitscope.lint.bag_of_words import bag_of_words_finding
from traitscope.lint.balance import balance
from traitscope.lint.blamed_acts import blamed_acts
from traitscope.lint.broken_text import broken_text
from traitscope.lint.confounds import confounds
from traitscope.lint.definition import definition
from traitscope.lint.draft import Draft
from traitscope.lint.figures import Figures, measured
from traitscope.lint.finding import SEVERITIES, Finding
from traitscope.lint.kind import Kind, kind_of
from traitscope.lint.labelled import labelled_answers
from traitscope.lint.leaks import leaks
from traitscope.lint.lock_in import lock_in
from traitscope.lint.questions import questions
from traitscope.lint.reading import read_draft
from traitscope.lint.refusal import refusal
from traitscope.lint.repeats import repeats
from traitscope.lint.report import LintReport
from traitscope.lint.scaffold import scaffold
from traitscope.lint.templates import templates
from traitscope.lint.waivers import waive


def lint_folder(folder: Path, settings: LintSettings) -> LintReport:
    """Everything there is to say of a trait folder without a model."""
    draft = read_draft(folder)
    figures, kind = measured(draft, settings), kind_of(draft)
    found = list(_findings(draft, figures, kind, settings))
    found += refusal(draft, known=any(finding.severity == "error" for finding in found))
    findings, waived = waive(draft, found)
    order = {file: place for place, file in enumerate(_files(draft))}

    def place(finding: Finding) -> tuple[int, int, str, int]:
        severity = SEVERITIES.index(finding.severity)
        return order[finding.file], severity, finding.code, finding.line or 0

    return LintReport(draft.name, folder, tuple(sorted(findings, key=place)), tuple(waived), figures, kind)


def _findings(draft: Draft, figures: Figures, kind: Kind, settings: LintSettings) -> Iterator[Finding]:
    yield from draft.troubles
    yield from balance(draft, settings)
    yield from broken_text(draft, settings)
    yield from scaffold(draft)
    yield from repeats(draft, settings)
    yield from lock_in(draft, kind)
    yield from blamed_acts(draft, kind)
    yield from templates(draft, settings)
    yield from leaks(draft, settings)
    yield from bag_of_words_finding(draft, figures.bag_of_words, settings)
    yield from confounds(draft, figures.effects, settings)
    yield from definition(draft, settings)
    yield from questions(draft, settings)
    yield from labelled_answers(draft, settings)


def _files(draft: Draft) -> list[Path]:
    """In the order in which they are reported."""
    names = ("positive.txt", "positive.jsonl", "negative.txt", "negative.jsonl")
    named = [draft.folder / name for name in names]
    return [*named, draft.definition_file, draft.steering_file, draft.labelled_file]
