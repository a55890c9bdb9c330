"""When work shall end before it is done: at a deadline, or because somebody asked for it.

Work asks between batches, where everything is saved.
"""

import time
from dataclasses import dataclass


class Stopped(BaseException):
    """The work ended where it can go on; no error, and nobody between here and the command stops it."""


@dataclass
class Stopping:
    """Whether to end, and why.

    Attributes:
        deadline: on the clock of `time.monotonic`, seconds; None is never.
        asked: why somebody wants it to end; empty while nobody does.
    """

    deadline: float | None = None
    asked: str = ""

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
