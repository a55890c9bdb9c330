"""Requests to one endpoint, sent again until they are answered or given up.

What may pass by itself (429, 5xx, a timeout, a broken line, a reply cut off) is tried again, with pauses
that grow and that the endpoint may set. One request given up is one judgement missing; several in a row with
nothing answered between them stop the work.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from traitscope.errors import WorkError
from traitscope.judging.patience import Patience
from traitscope.judging.prompts import Message
from traitscope.judging.replies import MalformedError, Reply, read_reply
from traitscope.judging.spending import FREE, Spending, Spent
from traitscope.judging.wire import KEPT, FaultError, Wire

LOST_IN_A_ROW = 3
"""Requests given up without any answer between them, after which the endpoint is asked what it has answered
before; if that is not answered either, it is gone."""


class LostError(Exception):
    """No answer came, however often the request was sent."""


class Request(NamedTuple):
    """What is sent, and how many tokens may come back."""

    messages: Sequence[Message]
    parameters: Mapping[str, Any]
    written: int


class Endpoint:
    """An endpoint, how long it is waited for, and what it may cost.

    Args:
        wire: sends one request.
        spending: is asked before each request.
        patience: pauses between tries.
        tell: hears the running count of calls, tokens and money.
    """

    def __init__(
        self, wire: Wire, spending: Spending, patience: Patience, tell: Callable[[str], None]
    ) -> None:
        self.wire, self.spending, self.patience, self.tell = wire, spending, patience, tell
        self._stopped = asyncio.Event()
        self._not_before = 0.0
        self._lost_in_a_row = 0
        self._was_reached = False
        self._answered: Request | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Ready to be asked, in the running event loop."""
        self._stopped = asyncio.Event()
        self._not_before, self._lost_in_a_row = 0.0, 0
        async with self.wire.open():
            yield

    def stop(self) -> None:
        """End all pauses and send nothing any more; what is under way may still arrive."""
        self._stopped.set()

    async def ask(
        self, messages: Sequence[Message], parameters: Mapping[str, Any], written: int
    ) -> tuple[Reply, Spent]:
        """One reply, and what it took.

        Args:
            messages: the chat.
            parameters: of the request, beside model and messages.
            written: tokens that may come back at most, for the count of costs.

        Raises:
            LostError: it was not answered; others may be.
            RefusedError: the endpoint will not take this request.
            InputError: the key, the model or the address is wrong.
            WorkError: a cap is reached, there is no credit, or the endpoint has stopped answering.
        """
        size = len(json.dumps(messages, ensure_ascii=False).encode())
        tries = 0
        while True:
            await self._pause(self._not_before - time.monotonic())
            if self._stopped.is_set():
                raise LostError("the work was stopped")
            expected = self.spending.begin(size, written)
            tries += 1
            try:
                reply = read_reply(await self.wire.send(messages, parameters))
            except FaultError as error:
                fault = error
            except MalformedError as error:
                fault = FaultError(f"its reply cannot be read: {self.wire.quoted(str(error))}")
            except BaseException:
                self.spending.end(expected, FREE)
                raise
            else:
                spent = self.spending.end(expected, reply.usage)
                self._lost_in_a_row, self._was_reached = 0, True
                self._answered = self._answered or Request(messages, parameters, written)
                self.tell(str(self.spending))
                return reply, spent
            self.spending.end(expected, None if fault.charged else FREE)
            self.tell(str(self.spending))
            await self._wait(fault, tries)

    async def _wait(self, fault: FaultError, tries: int) -> None:
        """Pause before the next try; an error where there is to be none."""
        self._was_reached = self._was_reached or fault.reached
        if fault.asked is not None and fault.asked > self.patience.asked:
            mend = f"run the same command again after that; {KEPT}"
            raise WorkError(self.wire.where, f"asks to wait {fault.asked:,.0f} seconds ({fault})", mend)
        if not self._was_reached:
            # Never heard from: a slip of the pen in the address is likelier than a restart of the server.
            raise self._gone(str(fault))
        if tries > self.patience.retries:
            self._lost_in_a_row += 1
            told = f"{fault}{f', {tries} times' if tries > 1 else ''}"
            if self._lost_in_a_row >= LOST_IN_A_ROW and not await self._still_answers():
                raise self._gone(told)
            raise LostError(told)
        seconds = self.patience.seconds(tries, fault.asked)
        if fault.asked is not None:
            # Asked of one, meant for all.
            self._not_before = max(self._not_before, time.monotonic() + seconds)
        await self._pause(seconds)

    async def _still_answers(self) -> bool:
        """Whether a request that was answered once is answered again: then others were lost for what they
        hold, and asking them once more with the next run would end that run as well."""
        known = self._answered
        if known is None or self._stopped.is_set():
            return False
        size = len(json.dumps(known.messages, ensure_ascii=False).encode())
        expected = self.spending.begin(size, known.written)
        try:
            reply = read_reply(await self.wire.send(known.messages, known.parameters))
        except (FaultError, MalformedError):
            self.spending.end(expected, FREE)
            return False
        except BaseException:
            self.spending.end(expected, FREE)
            raise
        self.spending.end(expected, reply.usage)
        self._lost_in_a_row = 0
        return True

    async def _pause(self, seconds: float) -> None:
        """Sleep, unless the work is stopped."""
        if seconds > 0 and not self._stopped.is_set():
            try:
                await asyncio.wait_for(self._stopped.wait(), seconds)
            except TimeoutError:
                return

    def _gone(self, why: str) -> WorkError:
        mend = f"start it, or check base_url and the network, and run the same command again; {KEPT}"
        return WorkError(self.wire.where, f"does not answer ({why})", mend)
