"""Whether an endpoint's answers can be scored at all: found out once, before the first of them.

A tokenizer that writes 85 as "8" and "5" would make every score a first digit. So in the mode `logprobs` the
model is asked to count from 0 to 100 with the probabilities of the 20 most likely tokens: one request shows
whether there are any, whether there are 20, and which numbers are one token each. In the mode `sampled` it
is asked for any number.

The finding lasts as long as the judge and is not stored: behind the same address and name another model may
stand tomorrow.
"""

import re
from collections.abc import Sequence

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.errors import InputError, WorkError
from traitscope.judging.endpoint import Endpoint, LostError
from traitscope.judging.integers import MOST_LIKELY, read_integer, read_written
from traitscope.judging.manner import FALLBACK, Manner
from traitscope.judging.prompts import Message
from traitscope.judging.replies import Choice, Position, Reply
from traitscope.judging.wire import RefusedError

COUNTING = """\
Count from 0 to 100. Write every whole number once, in digits, separated by commas, without spaces, and write
nothing else. Begin: 0,1,2,3"""
COUNTING_TOKENS = 450
"""Enough to count to 100 in single digits and commas."""
MISSED = 10
"""Numbers that a model may leave out of its counting."""
ANY_NUMBER = "Reply with one whole number from 0 to 100, whichever you like, and nothing else."


async def find_manner(endpoint: Endpoint, settings: OpenAIJudgeSettings) -> Manner:
    """Find out how the endpoint is asked; one request, as a rule.

    Raises:
        InputError: its answers cannot be scored in this mode; the sentence names the mode that may do.
        WorkError: it does not answer.
    """
    where, manner = endpoint.wire.where, Manner()
    while True:
        try:
            reply = await _first_reply(endpoint, settings, manner)
        except RefusedError as error:
            manner = manner.adapted(error, where, settings.mode)
        except LostError as error:
            mend = "see to it and run the same command again"
            raise WorkError(where, f"does not answer the first request ({error})", mend) from None
        else:
            if settings.mode == "logprobs":
                _check_counting(reply.choices[0], endpoint)
            else:
                _check_number(reply, endpoint)
            return manner


def numbers_written(positions: Sequence[Position]) -> tuple[set[int], list[str]]:
    """Numbers 0 to 100 written as one token, and how others were pieced together ("'8' + '5'")."""
    text = "".join(position.text for position in positions)
    writers = [index for index, position in enumerate(positions) for _ in position.text]
    whole: set[int] = set()
    pieces: list[str] = []
    for run in re.finditer("[0-9]+", text):
        tokens = [positions[index].text for index in dict.fromkeys(writers[run.start() : run.end()])]
        value = read_integer(tokens[0])
        if len(tokens) > 1:
            pieces.append(" + ".join(f"'{token}'" for token in tokens))
        elif value is not None:
            whole.add(value)
    return whole, pieces


async def _first_reply(endpoint: Endpoint, settings: OpenAIJudgeSettings, manner: Manner) -> Reply:
    if settings.mode == "logprobs":
        parameters, tokens = manner.probabilities(COUNTING_TOKENS, 0.0), COUNTING_TOKENS
        return (await endpoint.ask(_said(COUNTING), parameters, tokens))[0]
    # As many as will be asked for: some endpoints take a few.
    parameters = manner.samples(settings.sample_tokens, settings.samples)
    tokens = settings.sample_tokens * settings.samples
    return (await endpoint.ask(_said(ANY_NUMBER), parameters, tokens))[0]


def _check_counting(choice: Choice, endpoint: Endpoint) -> None:
    where = endpoint.wire.where
    if choice.positions is None:
        raise InputError(where, "tells no token probabilities (logprobs)", FALLBACK)
    told = max(len(position.likeliest) for position in choice.positions)
    if told < MOST_LIKELY:
        what = f"tells {told} of the {MOST_LIKELY} most likely tokens, of which a score is made"
        raise InputError(where, what, FALLBACK)
    whole, pieces = numbers_written(choice.positions)
    if pieces:
        what = f"writes numbers in pieces ({pieces[0]}), so that no single token is a score"
        raise InputError(where, what, FALLBACK)
    if len(whole) < 101 - MISSED:
        wrote = endpoint.wire.quoted(choice.text)
        what = f"wrote '{wrote}' when asked to count to 100, so that no one knows which numbers are one token"
        raise InputError(where, what, FALLBACK)


def _check_number(reply: Reply, endpoint: Endpoint) -> None:
    if all(read_written(choice.text, read_integer) is None for choice in reply.choices):
        wrote = endpoint.wire.quoted(reply.choices[0].text)
        mend = "raise sample_tokens if it thinks aloud first, or name another model"
        raise InputError(endpoint.wire.where, f"wrote '{wrote}' when asked for a number", mend)


def _said(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]
