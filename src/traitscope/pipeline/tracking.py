"""How far an experiment is and how long it will take: pieces of work held against the plan and the clock.

left of a piece at work = seconds of its stage so far / answers of its stage so far * answers it lacks
left of another piece   = planned seconds * (actual / planned seconds of what its stage has done)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from traitscope.errors import InputError
from traitscope.experiment import Experiment, read_manifest
from traitscope.experiment.files import count_rows
from traitscope.experiment.lock import worker
from traitscope.pipeline.run import look
from traitscope.pipeline.status import Piece, Standing, has_begun, pieces, standings
from traitscope.planning import Plan, PlannedWork, plan

LEFT_WITH_SCORES = "counted with its scores, which are made in the same time"


class Expected(NamedTuple):
    """What the plan says of a piece of work, at most."""

    answers: int | None
    seconds: float | None
    reason: str
    """Why there are no seconds."""


@dataclass(frozen=True)
class Tracked:
    """A piece of work: how it stands, how far it is, how long it took and may take.

    Attributes:
        answers: answers in its journal; None where it has none.
        expected: how many these will be, at most.
        elapsed: seconds so far of a piece that is being made.
        estimate: seconds that the plan gives it.
        left: seconds that it may still take.
    """

    standing: Standing
    answers: int | None
    expected: int | None
    elapsed: float | None
    estimate: float | None
    estimate_reason: str
    left: float | None
    left_reason: str

    def as_json(self) -> dict[str, Any]:
        """The row of `status --json`; a figure that does not exist is null beside its reason."""
        one = self.standing
        row: dict[str, Any] = {
            "stage": one.stage,
            "subject": one.subject,
            "trait": one.trait,
            "state": one.state.name,
            "reason": one.state.reason,
            "seconds": one.seconds,
        }
        made = {
            "answers": (self.answers, "it is not made of answers"),
            "expected": (self.expected, "it is not made of answers, or not planned for"),
            "elapsed": (self.elapsed, "it is not being made"),
            "estimate": (self.estimate, self.estimate_reason),
            "left": (self.left, self.left_reason),
        }
        for key, (value, reason) in made.items():
            row[key] = round(value, 2) if isinstance(value, float) else value
            if value is None:
                row[f"{key}_reason"] = reason
        return row


@dataclass(frozen=True)
class Tracking:
    """All pieces of an experiment.

    Attributes:
        process: the one that is at work on it; None where none is.
        pace: where the estimates come from; why there are none, where there are none.
    """

    pieces: tuple[Tracked, ...]
    process: int | None
    pace: str

    @property
    def left(self) -> float | None:
        """Seconds that all of it may still take, judges that wait left aside; None where nobody can say."""
        known = [one.left for one in self.pieces if one.left is not None]
        return sum(known) if known else None


class Tracker:
    """Looks at one experiment, again and again; it is planned once for each content of its file."""

    def __init__(self, experiment: Experiment) -> None:
        self._planned: tuple[Experiment, Plan | str] | None = None
        self.experiment = experiment

    def look(self, experiment: Experiment | None = None) -> Tracking:
        """How it stands now.

        Args:
            experiment: the same one, opened again.

        Raises:
            InputError: the file or its inputs cannot be used.
            WorkError: a manifest is damaged.
        """
        self.experiment = experiment or self.experiment
        run, now = look(self.experiment), datetime.now(UTC)
        process = worker(self.experiment.layout.lock)
        made, planned = list(pieces(run)) if has_begun(run) else None, self._plan()
        works = {} if isinstance(planned, str) else {_key(one): one for one in planned.work}
        by_name = {(one.stage, one.subject): one for one in made or ()}
        bare = [
            _Bare.of(one, by_name.get((one.stage, one.subject)), now, process) for one in standings(run, made)
        ]
        why = planned if isinstance(planned, str) else ""
        expected = [_expected(one.standing, works, why) for one in bare]
        found = tuple(_tracked(bare, expected))
        return Tracking(found, process, why or _pace(planned))

    def _plan(self) -> Plan | str:
        """The plan, or why there is none: a status is shown of what cannot be planned too."""
        if self._planned is None or self._planned[0].config != self.experiment.config:
            try:
                planned: Plan | str = plan(self.experiment)
            except InputError as error:
                planned = f"not planned: {error}"
            self._planned = (self.experiment, planned)
        return self._planned[1]


class _Bare(NamedTuple):
    """What the disk says of a piece."""

    standing: Standing
    answers: int | None
    elapsed: float | None
    timed: bool
    """All of what it holds was made in the time that is known of it."""

    @classmethod
    def of(cls, standing: Standing, piece: Piece | None, now: datetime, process: int | None) -> "_Bare":
        if piece is None or standing.state.name in ("skipped", "stale"):
            return cls(standing, None, None, False)
        journal = next((name for name in piece.artefact.files if name.endswith(".jsonl")), None)
        answers = None if journal is None else count_rows(piece.artefact.folder / journal)
        manifest = read_manifest(piece.artefact.path) or {}
        if standing.state.name != "running" or process is None or "resumed" not in manifest:
            return cls(standing, answers, None, False)
        since = (now - datetime.fromisoformat(manifest["resumed"])).total_seconds()
        before = float(manifest["seconds"])
        timed = before > 0 or manifest["resumed"] == manifest["started"]
        return cls(standing, answers, before + max(since, 0.0), timed)


def _key(one: PlannedWork) -> tuple[str, str]:
    return one.work.stage, one.work.subject


def _expected(one: Standing, works: Mapping[tuple[str, str], PlannedWork], why: str) -> Expected:
    """A piece's share of the plan; of a stage that has not begun all of its work."""
    if why:
        return Expected(None, None, why)
    if not one.subject:
        whole = [work for (stage, _), work in works.items() if stage == one.stage]
        if not whole:
            return Expected(None, None, "the plan does not time it")
        return Expected(_rows(whole) or None, sum(work.seconds for work in whole), "")
    subject, _, part = one.subject.rpartition(": ") if one.stage == "steer" else (one.subject, "", "")
    work = works.get((one.stage, one.subject))
    if part in ("answers", "scores"):
        work = works.get((one.stage, subject))
    elif part == "damage" and work is not None:
        # The plan counts answers to other prompts apart, and the artefact holds both.
        away = works.get((one.stage, f"{subject}: elsewhere"))
        return Expected(None, work.seconds + (away.seconds if away else 0.0), "")
    else:
        part = ""
    if work is None:
        return Expected(None, None, "the plan does not time it")
    rows = _rows([work]) or sum(some.answers for some in work.work.judged if some.rubric == "trait") or None
    seconds = work.seconds
    if part:
        seconds = work.decoding_seconds if part == "answers" else work.seconds - work.decoding_seconds
    if (part != "answers" and any(some.tokens for some in work.work.judged)) or not work.work.batches:
        return Expected(rows, None, "the plan does not time its judge")
    return Expected(rows, seconds, "")


def _rows(works: Sequence[PlannedWork]) -> int:
    return sum(batch.rows for one in works for batch in one.work.decodings)


def _tracked(bare: Sequence[_Bare], expected: Sequence[Expected]) -> Iterator[Tracked]:
    for one, wanted in zip(bare, expected, strict=True):
        left, reason = _left(one, wanted, bare, expected)
        yield Tracked(
            one.standing,
            one.answers,
            wanted.answers if one.answers is not None or one.standing.state.name != "skipped" else None,
            one.elapsed,
            wanted.seconds if one.standing.state.name != "skipped" else None,
            wanted.reason or one.standing.state.reason,
            left,
            reason,
        )


def _left(
    one: _Bare, wanted: Expected, bare: Sequence[_Bare], expected: Sequence[Expected]
) -> tuple[float | None, str]:
    """Seconds a piece may still take, or why nobody can say."""
    state = one.standing.state.name
    if state in ("done", "skipped"):
        return 0.0, ""
    lacks = None if wanted.answers is None else max(0, wanted.answers - (one.answers or 0))
    if one.elapsed is not None and one.standing.subject.endswith(": answers"):
        return None, LEFT_WITH_SCORES
    # Traits take turns at one model, so that each of their clocks shows the time of all.
    beside = [
        other
        for other in bare
        if other.standing.stage == one.standing.stage
        and other.elapsed is not None
        and other.answers is not None
        and _part(other) == _part(one)
    ]
    answers = sum(other.answers or 0 for other in beside)
    if one.elapsed is not None and one.timed and lacks is not None and answers:
        return max(other.elapsed or 0.0 for other in beside) / answers * lacks, ""
    if wanted.seconds is None:
        return None, wanted.reason
    share = 1.0 if lacks is None or not wanted.answers or state == "stale" else lacks / wanted.answers
    return wanted.seconds * share * _ratio(one.standing.stage, bare, expected), ""


def _part(one: _Bare) -> str:
    return one.standing.subject.rpartition(": ")[2] if one.standing.stage == "steer" else ""


def _ratio(stage: str, bare: Sequence[_Bare], expected: Sequence[Expected]) -> float:
    """Actual over planned seconds of what a stage has done; 1 before it has done anything."""
    done = [
        (one.standing.seconds, wanted.seconds)
        for one, wanted in zip(bare, expected, strict=True)
        if one.standing.stage == stage and one.standing.state.name == "done" and wanted.seconds
    ]
    planned = sum(seconds for _, seconds in done)
    return sum(actual for actual, _ in done) / planned if planned else 1.0


def _pace(planned: Plan | str) -> str:
    if isinstance(planned, str):
        return planned
    return "; ".join(dict.fromkeys(one.pace.source for one in planned.variants))
