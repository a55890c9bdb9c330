"""What is wrong with the scenes, said before a model is loaded for them."""

from traitscope.lint import LintReport, lint_folder
from traitscope.pipeline.extract.stage import extraction
from traitscope.pipeline.run import Run

NAMED = 4
"""Codes that a line names; the command it ends with shows them all."""


def say_findings(run: Run) -> None:
    """A line for each trait that is about to be extracted and has findings."""
    for trait in run.traits.values():
        if not run.works_on(trait.name) or extraction(run, trait).is_done():
            continue
        found = lint_folder(trait.folder, run.experiment.config.lint)
        if found.failed(strict=True):
            command = f"traitscope trait lint {trait.folder}"
            run.progress.say(f"{trait.name}: {_told(found)}; read them with: {command}")


def _told(found: LintReport) -> str:
    counts = [(found.count("error"), "error"), (found.count("warning"), "warning")]
    numbers = " and ".join(f"{count} {noun}{'s' if count > 1 else ''}" for count, noun in counts if count)
    codes = list(dict.fromkeys(one.code for one in found.findings if one.severity != "note"))
    more = f" and {len(codes) - NAMED} more kinds" if len(codes) > NAMED else ""
    return f"the lint has {numbers} ({', '.join(codes[:NAMED])}{more})"
