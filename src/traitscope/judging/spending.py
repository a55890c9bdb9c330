"""What judging has cost so far, and where it has to stop."""

from dataclasses import dataclass
from typing import NamedTuple

from traitscope.errors import WorkError
from traitscope.judging.judgement import Judgement
from traitscope.judging.replies import Usage

BYTES_PER_TOKEN = 3.0
"""For requests whose tokens nobody counted: prose has four or more, so that this errs on the dear side."""
FREE = Usage(0, 0)
"""Of a request that was turned away: nobody is charged for it."""


class Spent(NamedTuple):
    """What one judgement took."""

    read: int
    """Tokens."""
    written: int
    """Tokens."""
    money: float | None = None
    """None where there are no prices."""


@dataclass(frozen=True)
class PaidJudgement(Judgement):
    """A judgement with what it took."""

    spent: Spent | None = None


class Prices(NamedTuple):
    """Of a million tokens, in whatever currency."""

    read: float
    written: float

    def cost(self, usage: Usage) -> float:
        """Of one request."""
        return (usage.read * self.read + usage.written * self.written) / 1e6


class Spending:
    """Counts requests, tokens and money of one run, and is asked before each request.

    Args:
        where: the judge, for errors.
        prices: none where money is not counted.
        max_calls: requests after which it refuses.
        max_cost: money that it never lets pass, requests under way included.
    """

    def __init__(
        self, where: str, prices: Prices | None, max_calls: int | None, max_cost: float | None
    ) -> None:
        self.where, self.prices, self.max_calls, self.max_cost = where, prices, max_calls, max_cost
        self.calls = 0
        self.tokens = FREE
        self.money = 0.0
        self.estimated = False
        """Some tokens were counted by nobody and are a guess."""
        self._under_way: list[Usage] = []

    def begin(self, size: int, written: int) -> Usage:
        """Allow a request of `size` bytes for an answer of at most `written` tokens.

        Returns: the tokens it may take, to be handed back to `end`.

        Raises:
            WorkError: it would pass the cap on calls or on cost.
        """
        expected = Usage(int(size / BYTES_PER_TOKEN) + 1, written)
        if self.max_calls is not None and self.calls >= self.max_calls:
            raise self._stop(f"has made the {self.max_calls:,} calls that max_calls allows", "max_calls")
        if self.max_cost is not None and self.prices:
            most = self.money + sum(map(self.prices.cost, [*self._under_way, expected]))
            if most > self.max_cost:
                what = f"has cost {self.money:.4f} of the {self.max_cost:g} that max_cost allows"
                raise self._stop(f"{what}, and one call more could pass it", "max_cost")
        self.calls += 1
        self._under_way.append(expected)
        return expected

    def end(self, expected: Usage, usage: Usage | None) -> Spent:
        """Count what a request came to: as the endpoint says, as was expected where it does not say.

        A request whose reply was lost counts as expected too: the endpoint may have written it.
        """
        self._under_way.remove(expected)
        self.estimated = self.estimated or usage is None
        counted = expected if usage is None else usage
        self.tokens = Usage(self.tokens.read + counted.read, self.tokens.written + counted.written)
        cost = self.prices.cost(counted) if self.prices else None
        self.money += cost or 0.0
        return Spent(counted.read, counted.written, cost)

    def __str__(self) -> str:
        about = "about " if self.estimated else ""
        money = f", {about}{self.money:.4f} spent" if self.prices else ""
        return f"{self.calls:,} calls, {about}{sum(self.tokens):,} tokens{money}"

    def _stop(self, what: str, key: str) -> WorkError:
        mend = f"raise {key} and run the same command again; every judgement that arrived is kept"
        return WorkError(self.where, what, mend)
