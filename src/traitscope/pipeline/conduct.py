"""How a run goes about its work: when it ends early, and what it does about a trait that fails.

None of it changes a figure. Work asks between batches, where everything is saved.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from traitscope.errors import TraitscopeError


class Stopped(BaseException):
    """The work ended where it can go on; no error, and nobody between here and the command stops it."""


@dataclass
class Conduct:
    """What a run is told beside its experiment, and what it tells of itself.

    Attributes:
        deadline: on the clock of `time.monotonic`, seconds; None is never.
        keep_going: go on with other traits when one fails.
        asked: why somebody wants it to end; empty while nobody does.
        failures: what failed and why, while others went on.
    """

    deadline: float | None = None
    keep_going: bool = False
    asked: str = ""
    failures: list[str] = field(default_factory=list)

    def time_left(self) -> float | None:
        """Seconds until the deadline, below 0 after it; None without one."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def check(self) -> None:
        """Go on, or raise.

        Raises:
            Stopped: the deadline is over, or somebody asked.
        """
        if self.asked:
            raise Stopped(self.asked)
        left = self.time_left()
        if left is not None and left <= 0:
            raise Stopped("the deadline is over")

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Work that others need not fail with: its error is noted, if the run shall keep going.

        Raises:
            InputError, WorkError: it failed, and the run shall not.
        """
        try:
            yield
        except TraitscopeError as error:
            if not self.keep_going:
                raise
            self.failures.append(f"{what}: {error}")
