"""The checks of a trait's judges, run by themselves and shown."""

from traitscope.config import one_of
from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CoherenceCheck
from traitscope.pipeline.check.stage import (
    Checked,
    check_artefact,
    check_one,
    judges_used,
    load_check,
    page_path,
    uncheckable,
)
from traitscope.pipeline.extract.stage import extraction
from traitscope.pipeline.judge.judges import label
from traitscope.pipeline.run import Run, running
from traitscope.progress import Progress
from traitscope.report.check_text import CheckView


def check_trait(experiment: Experiment, name: str, progress: Progress) -> list[CheckView]:
    """Check every judge of one trait, and what became of each.

    Raises:
        InputError: the experiment has no such trait, or a judge cannot be made.
        WorkError: another process works on the experiment; or as a judge does.
    """
    with running(experiment, progress) as run:
        if name not in run.traits:
            what, mend = f"there is no trait '{name}'", f"write {one_of(name, run.traits)}"
            raise InputError(f"{experiment.file}, traits", what, mend)
        used = [checked for checked in judges_used(run) if checked.trait.name == name]
        return [_checked(run, checked) for checked in used]


def _checked(run: Run, checked: Checked) -> CheckView:
    reason = uncheckable(checked)
    if reason is None and checked.kind == "coherence" and not extraction(run, checked.trait).is_done():
        reason = "coherence is checked on steered answers: type first: traitscope extract"
    shown = checked.judge if checked.kind == "trait" else f"{checked.judge} (coherence)"
    if reason is not None:
        return CheckView(checked.trait.name, shown, "unchecked", (reason,), None, "")
    check_one(run, checked)
    record = load_check(run, checked)
    assert record is not None
    kind = JudgeCheck if checked.kind == "trait" else CoherenceCheck
    found = kind.from_record(record)
    page = page_path(check_artefact(run, checked))
    return CheckView(
        checked.trait.name,
        shown,
        "passed" if found.passed else "failed",
        found.failures,
        found,
        str(page) if page.exists() else "",
        label(checked.judge, found.judge) if isinstance(found, JudgeCheck) else "",
    )
