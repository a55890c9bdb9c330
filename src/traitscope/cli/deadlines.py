"""When a run shall end: a span from now, or a moment."""

import re
from datetime import datetime

from traitscope.errors import InputError

SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
WHERE = "--deadline"
EXAMPLES = "write a span such as 90m or 1h30m, or a moment such as 2026-12-01T07:00"


def seconds_until(text: str, now: datetime) -> float:
    """Seconds from `now` until the deadline that `text` names; a moment without a zone is local time.

    Raises:
        InputError: it is no time, or none to come.
    """
    span = SPAN.fullmatch(text.strip().replace(" ", ""))
    if span is not None and any(span.groups()):
        hours, minutes, seconds = (float(part or 0) for part in span.groups())
        left = 3600 * hours + 60 * minutes + seconds
    else:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise InputError(WHERE, f"'{text}' is no time", EXAMPLES) from None
        left = (moment.astimezone() - now).total_seconds()
    if left <= 0:
        raise InputError(WHERE, f"'{text}' is in the past (it is {now:%Y-%m-%dT%H:%M})", EXAMPLES)
    return left
