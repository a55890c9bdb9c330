"""Other settings beside an experiment's own, for a terminal: do their answers agree, what do they take?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from traitscope.report.numbers import MISSING, duration, points, ratio, signed_points, significant, whole
from traitscope.report.writable import writable
from traitscope.statistics import Interval
from traitscope.steering import Point
from traitscope.steering.agreement import Agreement

OWN = "the file's own"


@dataclass(frozen=True)
class WayView:
    """One way to make a sample of answers."""

    trait: str
    name: str
    shown: str
    agreement: Agreement | None = None
    """With the file's own way; None of that itself, and of a way that could not be tried."""
    winner: Point | None = None
    """The best coherent push; None where nothing was coherent."""
    judged: int = 0
    """Answers scored."""
    tokens: int = 0
    answering: float | None = None
    """Seconds; None where nothing was timed, because it was all there."""
    judging: float | None = None
    faster: float | None = None
    """Times as fast as the file's own way."""
    money: float | None = None
    reason: str = ""
    """Why it could not be tried; empty where it was."""

    def as_json(self) -> dict[str, Any]:
        """The way for programs; a null has its reason beside it."""
        found: dict[str, Any] = {"trait": self.trait, "way": self.name, "shown": self.shown}
        if self.reason:
            return found | {"tried": False, "reason": self.reason}
        found |= {"tried": True, "answers": self.judged, "generated_tokens": self.tokens}
        untimed = "no answer was timed"
        found |= _told("answering_seconds", self.answering, untimed)
        found |= _told("judging_seconds", self.judging, untimed)
        found |= _told("faster", self.faster, OWN if self.agreement is None else untimed)
        winner = None if self.winner is None else asdict(self.winner)
        found |= _told("winner", winner, "nothing was coherent")
        found |= _told("money", self.money, "no judge has a price")
        one = self.agreement
        if one is None:
            return found | {"agreement": None, "agreement_reason": OWN}
        agreement: dict[str, Any] = {"answers": one.answers}
        agreement |= _told("rank_correlation", one.rank, one.rank_reason)
        agreement |= _interval(one.difference, one.difference_reason)
        agreement |= _told("same_side", one.same_side, "searches evaluate points of their own")
        agreement["sides"] = one.sides
        agreement |= _told("same_winner_layer", one.same_winner, "neither has a coherent winner")
        return found | {"agreement": agreement}


def settings_text(ways: Sequence[WayView]) -> RenderableType:
    """The ways as a table, and what its columns are."""
    parts: list[RenderableType] = []
    for trait, some in groupby(ways, key=lambda one: one.trait):
        rows = list(some)
        parts += [Text(f"{trait}: the same questions under other settings", style="bold"), _table(rows)]
        refused = [one for one in rows if one.reason]
        parts += [Text(f"{one.shown} not tried: {writable(one.reason)}", style="yellow") for one in refused]
    parts.append(Text(""))
    priced = any(one.money is not None for one in ways)
    parts += [Text(line, style="dim") for line in _LEGEND[: None if priced else -1]]
    return Group(*parts)


_LEGEND = (
    "order       rank correlation of the trait scores with the file's own way; of searches: of the layers",
    "difference  of the trait scores, over questions, with its 95 % interval; of searches: of the winners",
    "side        pushes that are coherent in both or in neither",
    "cost        of the judges, by the file's prices and with nothing remembered",
)


def _table(rows: Sequence[WayView]) -> Table:
    priced = any(row.money is not None for row in rows)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("settings")
    for head in ("order", "difference", "side", "winner", "answers", "time", "speed", *(["cost"] * priced)):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        if not row.reason:
            cells = _cells(row)
            table.add_row(writable(row.shown), *(cells if priced else cells[:-1]))
    return table


def _cells(row: WayView) -> list[str]:
    """What stands behind the settings; the cost comes last."""
    one = row.agreement
    seconds = None if row.answering is None or row.judging is None else row.answering + row.judging
    agreement = [MISSING] * 3
    if one is not None:
        agreement = [
            MISSING if one.rank is None else ratio(one.rank),
            MISSING if one.difference is None else _shown(one.difference),
            MISSING if one.same_side is None else f"{one.same_side} of {one.sides}",
        ]
    return [
        *agreement,
        _winner(row),
        whole(row.judged),
        MISSING if seconds is None else duration(seconds),
        MISSING if row.faster is None else f"{significant(row.faster, 2)}x",
        MISSING if row.money is None else significant(row.money, 2),
    ]


def _winner(row: WayView) -> str:
    layer = "none" if row.winner is None else f"L{row.winner.layer}"
    if row.agreement is None:
        return layer
    return f"{layer}, {'other' if row.agreement.same_winner is False else 'same'}"


def _shown(one: Interval) -> str:
    return f"{signed_points(one.mean)} [{points(one.low)}, {points(one.high)}]"


def _interval(one: Interval | None, reason: str) -> dict[str, Any]:
    names = ("difference", "difference_low", "difference_high")
    if one is None:
        return dict.fromkeys(names) | {"difference_reason": reason}
    return {**dict(zip(names, one[:3], strict=True)), "questions": one.n}


def _told(name: str, value: Any, reason: str) -> dict[str, Any]:
    return {name: value} if value is not None else {name: None, f"{name}_reason": reason}
