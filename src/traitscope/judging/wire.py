"""One request over the wire: a body comes back, or an error that says whether to try again.

The key is read from its environment variable and goes into requests only; an endpoint that repeats it in its
own words finds it blotted out.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.errors import InputError, WorkError
from traitscope.judging.patience import retry_after
from traitscope.judging.prompts import Message
from traitscope.judging.replies import error_message

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI = "https://api.openai.com/v1"
PASSING = (408, 409, 425, 429)
"""Statuses below 500 that may be another time."""
CONNECT_SECONDS = 10.0
"""To reach an endpoint at all; its answer may take longer."""
LONGEST_QUOTE = 160
"""Characters of an endpoint's own words that are shown."""
KEPT = "every judgement that arrived is kept"


class FaultError(Exception):
    """Something that may pass.

    Args:
        why: a clause about the endpoint.
        asked: seconds it asks to wait.
        charged: a reply may have been written, and paid for.
        reached: there was somebody at the address.
    """

    def __init__(
        self, why: str, asked: float | None = None, charged: bool = True, reached: bool = True
    ) -> None:
        super().__init__(why)
        self.asked, self.charged, self.reached = asked, charged, reached


class RefusedError(Exception):
    """The endpoint will not take this request, whenever it is sent.

    Args:
        status: of the response.
        message: the endpoint's own words.
        parameter: which part of the request it names; often empty.
    """

    def __init__(self, status: int, message: str, parameter: str) -> None:
        super().__init__(f"{status}{': ' if message else ''}{message}")
        self.message, self.parameter = message, parameter


class Wire:
    """An endpoint's address, its key, and the lines to it while they are open.

    Raises:
        InputError: the variable that should hold the key is not set.
    """

    def __init__(self, settings: OpenAIJudgeSettings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.address, self.where = settings.base_url or OPENAI, _where(settings)
        self._key = key_of(settings, environment)
        self._client: AsyncOpenAI | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Lines to the endpoint, which belong to the running event loop."""
        from openai import AsyncOpenAI, Timeout

        # Address and key are always given: the client would else look for them in the environment.
        seconds = self.settings.timeout
        async with AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self.address,
            timeout=Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            max_retries=0,
        ) as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None

    async def send(self, messages: Sequence[Message], parameters: Mapping[str, Any]) -> str:
        """The body of the response to one request.

        Raises:
            FaultError: worth another try.
            RefusedError: this request will not be taken.
            InputError: the key, the model or the address is wrong.
            WorkError: there is no credit left.
        """
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

        assert self._client is not None
        request: Any = {"model": self.settings.model, "messages": list(messages), **parameters}
        request |= {"extra_body": self.settings.extra or None, "extra_headers": self._headers()}
        completions = self._client.chat.completions.with_raw_response
        try:
            # The client's own limit is on each read: an endpoint that drips would never reach it.
            async with asyncio.timeout(self.settings.timeout):
                return str((await completions.create(**request)).text)
        except TimeoutError:
            raise FaultError(f"it did not answer within {self.settings.timeout:g} s") from None
        except APIStatusError as error:
            raise self._judged(error.status_code, error.body, error.response.headers) from None
        except APIConnectionError as error:
            cause = error.__cause__ or error
            kind = type(cause).__name__
            if isinstance(error, APITimeoutError) and kind != "ConnectTimeout":
                raise FaultError(f"it did not answer within {self.settings.timeout:g} s") from None
            why = f"the line to it broke: {kind}{self._detail(cause)}"
            reached = kind not in ("ConnectError", "ConnectTimeout")
            raise FaultError(why, charged=reached, reached=reached) from None
        except APIError as error:
            raise FaultError(f"its reply cannot be read: {type(error).__name__}") from None

    def quoted(self, text: str) -> str:
        """An endpoint's own words: short, in one line, and without the key should they repeat it."""
        plain = text.replace(self._key, "***") if self._key else text
        plain = "".join(sign for sign in " ".join(plain.split()) if sign.isprintable())
        return plain if len(plain) <= LONGEST_QUOTE else plain[:LONGEST_QUOTE] + "..."

    def _headers(self) -> dict[str, Any]:
        """Headers that the client is not to send: to a stranger neither a key nor OpenAI's account."""
        from openai import Omit

        left_out = [] if self._key else ["Authorization"]
        if self.settings.base_url is not None:
            left_out += ["OpenAI-Organization", "OpenAI-Project"]
        return dict.fromkeys(left_out, Omit())

    def _judged(self, status: int, body: object, headers: Mapping[str, str]) -> Exception:
        """What an error status means for the work."""
        told, code, parameter = error_message(body)
        message = self.quoted(told)
        said = f"{status}{': ' if message else ''}{message}"
        if status == 401:
            return InputError(self.where, f"refuses the key ({said})", self._about_key())
        if status == 404:
            mend = "check the judge's model and base_url; as a rule the address ends with /v1"
            return InputError(self.where, f"has no such model or address ({said})", mend)
        if status == 402 or "insufficient_quota" in code:
            mend = f"see to the account and run the same command again; {KEPT}"
            return WorkError(self.where, f"has no credit left ({said})", mend)
        if status in PASSING or status >= 500:
            return FaultError(f"it answered {said}", retry_after(headers), charged=False)
        return RefusedError(status, message, parameter)

    def _about_key(self) -> str:
        if self.settings.key_env is None:
            return "write the name of the environment variable with its key under key_env"
        return f"put the right key into the environment variable {self.settings.key_env}"

    def _detail(self, cause: BaseException) -> str:
        text = self.quoted(str(cause))
        return f" ({text})" if text else ""


def key_of(settings: OpenAIJudgeSettings, environment: Mapping[str, str]) -> str | None:
    """The key that the settings name; None for an endpoint that needs none.

    Raises:
        InputError: its variable is not set, or holds what can be no key.
    """
    name = settings.key_env
    if name is None:
        return None
    key = environment.get(name, "").strip()
    if not key:
        mend = f"set it (export {name}=...), or write key_env: null for an endpoint without keys"
        raise InputError(
            _where(settings), f"needs a key, and the environment variable {name} is not set", mend
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        what = f"cannot use what the environment variable {name} holds as a key"
        raise InputError(_where(settings), what, "set it again")
    return key


def _where(settings: OpenAIJudgeSettings) -> str:
    return f"judge '{settings.model}' at {settings.base_url or OPENAI}"
