"""Several traits' work on one model: while scores of one are waited for, another's answers are made.

Each trait's batches follow from its own earlier scores, so that the order in which traits take turns changes
no figure. Where a deadline is set it decides which searches are refined before they are proved: those that
promise most, as long as all can still be proved in time, and what rests on winners made again.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from traitscope.pipeline.conduct import Stopped
from traitscope.pipeline.judge.scoring import Scored
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import (
    Piece,
    Refinement,
    Scores,
    Steps,
    Wanted,
    answer_piece,
    by_arm,
    judge_piece,
    pieces,
)


class Waited(NamedTuple):
    """How long the model stood still for want of scores."""

    seconds: float
    of: float


class _Place(NamedTuple):
    """Whose scores they are, and which of its pieces."""

    line: "_Line"
    number: int


@dataclass(eq=False)
class _Line:
    """One trait's work, as far as it is."""

    name: str
    steps: Steps[None]
    wanted: Wanted | None = None
    refinement: Refinement | None = None
    made: int = 0
    """Answers of this run."""
    to_answer: deque[tuple[int, Piece]] = field(default_factory=deque)
    scored: dict[int, list[Scored]] = field(default_factory=dict)
    awaited: int = 0

    def go_on(self, sent: Scores | bool | None) -> None:
        """Hand over what was wanted, and see what is wanted next; nothing if the work is done."""
        self.wanted = self.refinement = None
        try:
            # A generator that has not begun takes None alone.
            wanted = self.steps.send(sent)
        except StopIteration:
            return
        if isinstance(wanted, Refinement):
            self.refinement = wanted
            return
        self.wanted, found = wanted, pieces(wanted)
        self.to_answer, self.scored, self.awaited = deque(enumerate(found)), {}, len(found)

    def take(self, number: int, scored: list[Scored]) -> None:
        """Keep a piece's scores; the work goes on once all are there."""
        self.scored[number] = scored
        if len(self.scored) == self.awaited:
            assert self.wanted is not None
            whole = [one for piece in range(self.awaited) for one in self.scored[piece]]
            self.go_on(by_arm(self.wanted, whole))


def interleave(works: Mapping[str, Steps[None]], run: Run, pace: float | None = None) -> Waited:
    """Do all the works, by name, those first in order having precedence; judges that are waited for work
    beside the model, in a thread of their own, a piece at a time.

    Args:
        pace: seconds that an answer took before, judged; as soon as one is made, what it takes now counts.

    Raises:
        InputError, WorkError: of the first work that failed, unless the run keeps going; the others are ended
            where they can go on.
        Stopped: as `Conduct.check`.
    """
    lines = [_Line(name, steps) for name, steps in works.items()]
    scoring: dict[Future[list[Scored]], _Place] = {}
    start, waited = time.monotonic(), 0.0
    with _ended(lines), ThreadPoolExecutor(1, "judge") as thread, _unasked(scoring):
        for line in lines:
            with run.conduct.attempt(line.name):
                line.go_on(None)
        while True:
            for future in [one for one in scoring if one.done()]:
                line, number = scoring.pop(future)
                with _failing(line, run):
                    line.take(number, future.result())
            ready = next((one for one in lines if one.to_answer), None)
            if ready is not None:
                number, piece = ready.to_answer.popleft()
                with _failing(ready, run):
                    read = answer_piece(piece)
                    ready.made = piece.bench.spent.answers
                    if piece.bench.waits:
                        scoring[thread.submit(judge_piece, piece.bench, read)] = _Place(ready, number)
                    else:
                        ready.take(number, judge_piece(piece.bench, read))
            elif scoring:
                run.conduct.check()
                began = time.monotonic()
                wait(scoring, return_when=FIRST_COMPLETED)
                waited += time.monotonic() - began
            elif asking := {line: line.refinement for line in lines if line.refinement}:
                made = sum(line.made for line in lines)
                pace = (time.monotonic() - start) / made if made else pace
                left = run.conduct.time_left()
                left = None if left is None else left - run.reserve
                refined = refined_in_time(asking, left, pace) if run.refines else []
                # What is proved at once has a result should time run out, so it has precedence.
                lines = [*(line for line in lines if line not in refined), *refined]
                for line in asking:
                    with _failing(line, run):
                        line.go_on(line in refined)
            else:
                return Waited(waited, time.monotonic() - start)


Key = TypeVar("Key")


def refined_in_time(
    asking: Mapping[Key, Refinement], time_left: float | None, pace: float | None
) -> list[Key]:
    """Which of the searches that ask are refined, those that promise most first.

    Args:
        asking: what each would do.
        time_left: seconds; None is all the time there is.
        pace: seconds an answer takes, judged; None where nothing was measured, so that no refinement is begun
            that might leave others unproved.
    """
    order = sorted(asking, key=lambda one: asking[one].gain, reverse=True)
    if time_left is None:
        return order
    if pace is None:
        return []
    found = []
    left = time_left - pace * sum(one.proof for one in asking.values() if not one.proved)
    for one in order:
        # What is proved already is proved again if the refinement finds another winner.
        seconds = pace * (asking[one].answers + (asking[one].proof if asking[one].proved else 0))
        if seconds <= left:
            left -= seconds
            found.append(one)
    return found


@contextmanager
def _failing(line: _Line, run: Run) -> Iterator[None]:
    """What goes wrong with a line's answers goes wrong inside its work, which says so where it is kept."""
    with run.conduct.attempt(line.name):
        try:
            yield
        except Exception as error:
            line.to_answer.clear()
            line.steps.throw(error)
            raise


@contextmanager
def _unasked(scoring: Mapping[Future[list[Scored]], _Place]) -> Iterator[None]:
    """What has not been judged when the work ends is judged when it goes on."""
    try:
        yield
    finally:
        for future in scoring:
            future.cancel()


@contextmanager
def _ended(lines: Sequence[_Line]) -> Iterator[None]:
    """No work is left open: those that did not fail were stopped."""
    try:
        yield
    except BaseException as error:
        stop = error if isinstance(error, Stopped) else Stopped("stopped, because the run ended")
        for line in lines:
            with suppress(BaseException):
                line.steps.throw(stop)
        raise
