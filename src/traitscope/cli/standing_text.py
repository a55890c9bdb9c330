"""How an experiment stands, for a terminal: a row for each trait and stage, and for what is of no trait."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from traitscope.report.numbers import duration

if TYPE_CHECKING:
    from traitscope.experiment.artefact import StateName
    from traitscope.pipeline.tracking import Tracked, Tracking

ALIKE = 5
"""So many pieces of a stage that are of no trait and stand alike are told in one row."""
LONGEST_REASON = 100
"""Characters of a reason that the table shows; --json shows all of it."""
WORST_FIRST: "tuple[StateName, ...]" = ("running", "failed", "stale", "missing", "done", "skipped")
STATE_STYLES: "dict[StateName, str]" = {
    "done": "green",
    "running": "cyan",
    "stale": "yellow",
    "failed": "red",
    "missing": "dim",
    "skipped": "dim",
}


class Row(NamedTuple):
    """A trait's pieces of one stage, or a piece of no trait."""

    stage: str
    what: str
    trait: str | None
    state: "StateName"
    why: str
    answers: int | None
    expected: int | None
    seconds: float
    estimate: float | None
    left: float | None

    @property
    def progress(self) -> str:
        """Answers there are, of those there will be at most."""
        if self.answers is None or self.state in ("skipped", "stale"):
            return ""
        return str(self.answers) if self.state == "done" else f"{self.answers}/{self.expected or '?'}"

    @property
    def reason(self) -> str:
        """Why it stands so, and how long it may take."""
        left = f"about {duration(self.left)}" if self.left else ""
        if left and self.state == "running":
            left += " left"
        return "; ".join(filter(None, (self.why, left)))

    def line(self) -> str:
        """In a log."""
        name = " ".join(filter(None, (self.stage, self.what)))
        progress = f"{self.progress} answers" if self.progress and self.state != "done" else ""
        return f"{name}: {', '.join(filter(None, (self.state, progress, self.reason)))}"


def rows(found: "Tracking") -> list[Row]:
    """All rows, in the order of the stages."""
    made = []
    for stage, pieces in groupby(found.pieces, key=lambda one: one.standing.stage):
        some = list(pieces)
        traits = dict.fromkeys(one.standing.trait for one in some if one.standing.trait is not None)
        made += [_row(stage, trait, [one for one in some if one.standing.trait == trait]) for trait in traits]
        made += [_row(stage, one.standing.subject, [one]) for one in some if one.standing.trait is None]
    failed = {one.trait for one in made if (one.stage, one.state) == ("extract", "failed")} - {None}
    waits = "waits for its extraction, which failed"
    return [
        one._replace(why=waits) if one.trait in failed and one.state == "missing" else one for one in made
    ]


def status_table(found: "Tracking") -> Group:
    """The rows with what they took, and what was planned for them."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("stage", "what", "state", "answers", "time", "plan", "why"):
        numeric = head in ("answers", "time", "plan")
        table.add_column(head, justify="right" if numeric else "left", no_wrap=head != "why")
    for stage, some in groupby(rows(found), key=lambda one: one.stage):
        for number, one in enumerate(_folded(list(some))):
            table.add_row(
                stage if number == 0 else "",
                Text(one.what),
                Text(one.state, style=STATE_STYLES[one.state]),
                one.progress,
                duration(one.seconds) if one.seconds else "",
                duration(one.estimate) if one.estimate and one.state != "skipped" else "",
                Text(shorten(one.reason, LONGEST_REASON, placeholder=" ...")),
            )
    return Group(table, Text(""), Text(_forecast(found)))


def _forecast(found: "Tracking") -> str:
    """How long the rest may take, and how long what is done was planned to."""
    done = [one for one in found.pieces if one.standing.state.name == "done" and one.estimate]
    took, planned = sum(one.standing.seconds for one in done), sum(one.estimate or 0.0 for one in done)
    parts = [f"about {duration(found.left)} left"] if found.left else []
    if done:
        parts.append(f"what is done took {duration(took)}, planned were {duration(planned)}")
    return f"{'; '.join(parts) or 'no time is known'} ({found.pace}; judges behind an endpoint left aside)"


def _row(stage: str, what: str | None, pieces: "Sequence[Tracked]") -> Row:
    """Pieces as one: running if one of them is, else as the worst one stands."""
    state = min((one.standing.state.name for one in pieces), key=WORST_FIRST.index)
    alike = [one.standing for one in pieces if one.standing.state.name == state]
    told = next((one for one in alike if one.state.reason), alike[0])
    why = told.state.reason
    part = told.subject.removeprefix(f"{what}: ")
    if part != told.subject and len(alike) < len(pieces) and state in ("stale", "failed"):
        why = f"{part}: {why}"
    journaled = [one for one in pieces if one.answers is not None and one.expected is not None]
    elapsed = [one.elapsed for one in pieces if one.elapsed is not None]
    estimates = [one.estimate for one in pieces if one.estimate is not None]
    lefts = [one.left for one in pieces if one.left is not None]
    return Row(
        stage,
        what or "",
        pieces[0].standing.trait,
        state,
        why,
        journaled[-1].answers if journaled else None,
        journaled[-1].expected if journaled else None,
        max(elapsed) if elapsed else sum(one.standing.seconds for one in pieces),
        sum(estimates) if estimates else None,
        sum(lefts) if lefts else None,
    )


def _folded(some: list[Row]) -> Iterator[Row]:
    """Pieces of no trait that stand alike in one row, if they are many."""
    alike: dict[tuple[str, str], list[Row]] = {}
    for one in some:
        if one.trait is None:
            alike.setdefault((one.state, one.why), []).append(one)
    for one in some:
        same = alike.get((one.state, one.why), []) if one.trait is None else []
        if len(same) < ALIKE:
            yield one
        elif one is same[0]:
            yield _together(same, len(some))


def _together(same: list[Row], of: int) -> Row:
    estimates = [one.estimate for one in same if one.estimate is not None]
    return same[0]._replace(
        what=f"all {of} pieces" if len(same) == of else f"{len(same)} of {of} pieces",
        answers=None,
        seconds=sum(one.seconds for one in same),
        estimate=sum(estimates) if estimates else None,
        left=sum(one.left or 0.0 for one in same) or None,
    )
