"""A language model behind an endpoint as a judge.

In the mode `logprobs` one token is scored by the probabilities of the numbers it might have been
(`integers.py`); in the mode `sampled` written numbers are averaged. Many requests are under way at once, and
each judgement is told as it arrives, so that a run that is stopped keeps what it paid for.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.errors import TraitscopeError
from traitscope.judging.endpoint import Endpoint, LostError
from traitscope.judging.integers import LEAST_MASS, Read, read_integer, read_written, read_yes_or_no, weigh
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.manner import SCORED_TOKENS, Manner
from traitscope.judging.patience import Patience
from traitscope.judging.probe import find_manner
from traitscope.judging.prompts import TEMPLATE, Message, messages
from traitscope.judging.replies import Choice, Usage
from traitscope.judging.spending import FREE, PaidJudgement, Prices, Spending, Spent
from traitscope.judging.wire import RefusedError, Wire

FILTERED = ("content_filter", "safety", "blocklist", "prohibited_content")
"""Ends of an answer that a filter cut, as endpoints name them."""


def nobody(text: str) -> None:
    """Listens to no count."""


class OpenAIJudge:
    """A judge that is asked over HTTP.

    A judgement without a value that has an identity is the model's own word (a refusal, too little mass on
    numbers); one without an identity is nobody's: a fault of line or endpoint, worth asking again.

    Args:
        settings: where, what and how.
        tell: hears the running count of calls, tokens and money.
        environment: where the key is.
        patience: pauses between tries; none is the usual ones, with the settings' number of retries.

    Raises:
        InputError: the variable that should hold the key is not set.
    """

    def __init__(
        self,
        settings: OpenAIJudgeSettings,
        tell: Callable[[str], None] = nobody,
        environment: Mapping[str, str] = os.environ,
        patience: Patience | None = None,
    ) -> None:
        self.settings = settings
        wire = Wire(settings, environment)
        prices = None
        if settings.price_in is not None and settings.price_out is not None:
            prices = Prices(settings.price_in, settings.price_out)
        self.spending = Spending(wire.where, prices, settings.max_calls, settings.max_cost)
        self._endpoint = Endpoint(wire, self.spending, patience or Patience(settings.retries), tell)
        self._manner: Manner | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """Endpoint, model, mode and template; the key and what only changes speed are no part of it."""
        settings = self.settings
        identity: dict[str, Any] = {
            "kind": "openai",
            "endpoint": self._endpoint.wire.address,
            "model": settings.model,
            "mode": settings.mode,
            "template": TEMPLATE,
        }
        if settings.mode == "sampled":
            identity |= {"samples": settings.samples, "sample_tokens": settings.sample_tokens}
        return identity | ({"extra": settings.extra} if settings.extra else {})

    @property
    def reads_language(self) -> bool:
        """Always."""
        return True

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """Judgements in the order asked.

        Raises:
            InputError: key, model or address are wrong, or the endpoint cannot be scored in this mode.
            WorkError: it does not answer, or a cap is reached; what arrived before has been told.
        """
        return _finish(self._score(rubric, asked, arrived)) if asked else []

    async def _score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived) -> list[Judgement]:
        found: dict[int, Judgement] = {}
        stops: list[TraitscopeError] = []
        waiting = iter(enumerate(asked))

        async def work(manner: Manner) -> None:
            for index, one in waiting:
                try:
                    judgement = await self._judge(manner, rubric, messages(rubric, one))
                except TraitscopeError as error:
                    stops.append(error)
                    self._endpoint.stop()
                    return
                except LostError as error:
                    if stops:
                        return
                    judgement = Judgement(None, f"no judgement came: {error}")
                found[index] = judgement
                try:
                    arrived(index, judgement)
                except TraitscopeError as error:
                    stops.append(error)
                    self._endpoint.stop()
                if stops:
                    return

        async with self._endpoint.open():
            manner = self._manner = self._manner or await find_manner(self._endpoint, self.settings)
            count = min(self.settings.concurrency, len(asked))
            workers = [asyncio.create_task(work(manner)) for _ in range(count)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
        if stops:
            raise stops[0]
        return [found[index] for index in range(len(asked))]

    async def _judge(self, manner: Manner, rubric: Rubric, chat: list[Message]) -> Judgement:
        """One judgement; faults of the endpoint that are not the model's word have no identity."""
        read: Read = read_yes_or_no if rubric.kind == "engagement" else read_integer
        try:
            if self.settings.mode == "sampled":
                return await self._sampled(manner, chat, read)
            return await self._weighed(manner, chat, read)
        except RefusedError as error:
            return Judgement(None, f"the endpoint refuses this request ({error})")

    async def _weighed(self, manner: Manner, chat: list[Message], read: Read) -> Judgement:
        reply, spent = await self._endpoint.ask(chat, manner.probabilities(), SCORED_TOKENS)
        choice, identity = reply.choices[0], reply.model or self.settings.model
        if refusal := self._refusal(choice):
            return PaidJudgement(None, refusal, identity, spent=spent)
        if choice.positions is None:
            return PaidJudgement(None, "the endpoint told no token probabilities", spent=spent)
        if _goes_on(choice):
            return PaidJudgement(None, "the endpoint wrote a number in pieces", spent=spent)
        value, mass, reason = weigh(choice.positions[0].likeliest, read)
        # Without a mass there were no probabilities: that is not the model's word.
        return PaidJudgement(value, reason, identity if mass is not None else "", mass, spent)

    async def _sampled(self, manner: Manner, chat: list[Message], read: Read) -> Judgement:
        wanted, tokens = self.settings.samples, self.settings.sample_tokens
        choices: list[Choice] = []
        identity, used, money = "", FREE, 0.0
        while len(choices) < wanted:
            # An endpoint that knows no `n` sends one reply a request.
            missing = wanted - len(choices)
            reply, spent = await self._endpoint.ask(chat, manner.samples(tokens, missing), tokens * missing)
            choices += reply.choices[:missing]
            identity = identity or reply.model or self.settings.model
            used = Usage(used.read + spent.read, used.written + spent.written)
            money += spent.money or 0.0
        spent = Spent(*used, money if self.spending.prices else None)
        values = [value for choice in choices if (value := read_written(choice.text, read)) is not None]
        if len(values) < LEAST_MASS * wanted:
            odd = next(choice for choice in choices if read_written(choice.text, read) is None)
            told = self._refusal(odd) or f"one was '{self._endpoint.wire.quoted(odd.text)}'"
            reason = f"{len(values)} of {wanted} written replies can be read; {told}"
            return PaidJudgement(None, reason, identity, spent=spent)
        return PaidJudgement(sum(values) / len(values), "", identity, spent=spent)

    def _refusal(self, choice: Choice) -> str:
        """Why the model did not judge; empty where it did."""
        if choice.refusal:
            return f"the judge refused: {self._endpoint.wire.quoted(choice.refusal)}"
        return "a filter cut the judge off" if choice.finish.lower() in FILTERED else ""


def _goes_on(choice: Choice) -> bool:
    """Whether the scored token was but the beginning of a number."""
    first, second = (*(position.text for position in choice.positions or ()), "", "")[:2]
    return read_integer(first) is not None and second[:1].isascii() and second[:1].isdigit()


def _finish(work: Coroutine[Any, Any, list[Judgement]]) -> list[Judgement]:
    """Run to the end; in a thread of its own where an event loop already runs, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
