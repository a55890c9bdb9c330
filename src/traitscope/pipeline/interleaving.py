"""Several traits' work on one model: while scores of one are waited for, another's answers are made.

Each trait's batches follow from its own earlier scores, so that the order in which traits take turns changes
no figure.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from traitscope.pipeline.bench import (
    Piece,
    Scores,
    Steps,
    Wanted,
    answer_piece,
    by_arm,
    judge_piece,
    pieces,
)
from traitscope.pipeline.conduct import Stopped
from traitscope.pipeline.run import Run
from traitscope.pipeline.scoring import Scored


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
    to_answer: deque[tuple[int, Piece]] = field(default_factory=deque)
    scored: dict[int, list[Scored]] = field(default_factory=dict)
    awaited: int = 0

    def go_on(self, scores: Scores | None) -> None:
        """Hand over what was wanted, and see what is wanted next; nothing if the work is done."""
        self.wanted = None
        try:
            # A generator that has not begun takes None alone.
            self.wanted = self.steps.send(scores)  # type: ignore[arg-type]
        except StopIteration:
            return
        found = pieces(self.wanted)
        self.to_answer, self.scored, self.awaited = deque(enumerate(found)), {}, len(found)

    def take(self, number: int, scored: list[Scored]) -> None:
        """Keep a piece's scores; the work goes on once all are there."""
        self.scored[number] = scored
        if len(self.scored) == self.awaited:
            assert self.wanted is not None
            whole = [one for piece in range(self.awaited) for one in self.scored[piece]]
            self.go_on(by_arm(self.wanted, whole))


def interleave(works: Mapping[str, Steps[None]], run: Run) -> Waited:
    """Do all the works, by name, those first in order having precedence; judges that are waited for work
    beside the model, in a thread of their own, a piece at a time.

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
                    if piece.bench.waits:
                        scoring[thread.submit(judge_piece, piece.bench, read)] = _Place(ready, number)
                    else:
                        ready.take(number, judge_piece(piece.bench, read))
            elif scoring:
                run.conduct.check()
                began = time.monotonic()
                wait(scoring, return_when=FIRST_COMPLETED)
                waited += time.monotonic() - began
            else:
                return Waited(waited, time.monotonic() - start)


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
