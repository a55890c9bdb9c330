"""Whether a winner is shown: coherent, clear of 0, and ahead of every control that does the same damage.

What a push does to a score must be more than what any push does that disturbs the model as much. So the
winner is held, question by question, against the best of the random directions and the directions of other
traits; whether their answers are coherent is told beside them, and does not excuse the winner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from traitscope.config import SteerSettings
from traitscope.statistics import Interval
from traitscope.steering.arms import WINNER, Arm

WEAK = 25.0
"""Delta in score points below which a shown trait is called weak."""

HERE = "unsteerable here"
"""What it is called where no layer beats its controls while coherent: a result, not an error."""

Result = Literal["shown", "weak", "not_shown", "skipped"]


@dataclass(frozen=True)
class Verdict:
    """What steering showed of a trait, and why."""

    result: Result
    reason: str


def judge_winner(arms: Sequence[Arm], settings: SteerSettings, circular: bool) -> Verdict:
    """The word for a winner, from its arms.

    A judge that has seen the scenes (`circular`) would take any confound of theirs for success: it shows
    nothing.
    """
    winner = next(one for one in arms if one.name == WINNER)
    sign = settings.sign
    if winner.delta is None:
        return Verdict("not_shown", "fewer than 80 % of the report questions could be scored")
    if winner.coherence is None or winner.coherence < settings.threshold:
        found = "unscored" if winner.coherence is None else f"{winner.coherence:.1f}"
        return Verdict("not_shown", f"incoherent on the report questions (coherence {found})")
    if min(sign * winner.delta.low, sign * winner.delta.high) <= 0:
        return Verdict("not_shown", f"{HERE}: the interval of its delta on the report questions holds 0")
    rival = closest(arms)
    if rival is None:
        return Verdict("not_shown", "no control could be scored on the report questions")
    name, lead = rival
    if lead.low <= 0:
        told = f"{lead.mean:+.1f} points [{lead.low:+.1f}, {lead.high:+.1f}]"
        return Verdict("not_shown", f"{HERE}: {name} comes too close, the winner's lead over it is {told}")
    if circular:
        return Verdict("not_shown", "its judge is circular: it has seen the scenes the direction comes from")
    if abs(winner.delta.mean) < WEAK:
        return Verdict("weak", f"shown, but moves the score by less than {WEAK:.0f} points")
    return Verdict("shown", "")


def closest(arms: Sequence[Arm]) -> tuple[str, Interval] | None:
    """The best random or other trait's direction, by the winner's lead over it; None where none has one."""
    leads = [(one.name, one.lead) for one in arms if one.stands_against and one.lead is not None]
    return min(leads, key=lambda one: one[1].mean, default=None)
