"""How long to wait before a request is sent again.

    wait = what the endpoint asked for (Retry-After), or min(longest, first * 2 ** tries),
    times a random factor: from 1 to 1.1 of the former, from 0.5 to 1 of the latter

The factor keeps requests that failed together from coming back together.
"""

import email.utils
import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Attributes: times a request is sent again, and the pauses in seconds."""

    retries: int = 6
    first: float = 0.5
    longest: float = 60.0
    asked: float = 600.0
    """Longest pause an endpoint may ask for; for more it is better to stop and come back."""

    def seconds(self, tries: int, asked: float | None) -> float:
        """Pause after `tries` tries that failed, where the endpoint asked for `asked` seconds or for none."""
        if asked is not None:
            return asked * random.uniform(1.0, 1.1)
        return min(self.longest, self.first * 2.0 ** min(tries - 1, 30)) * random.uniform(0.5, 1.0)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that a response's headers ask to wait; None where they ask nothing that can be understood.

    `retry-after-ms`, else `Retry-After` in seconds or as an HTTP date; a moment that is past asks for 0.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    try:
        moment = email.utils.parsedate_to_datetime(headers["retry-after"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return None
    return max(moment - (time.time() if now is None else now), 0.0)
