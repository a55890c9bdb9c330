"""What judges cost: calls, tokens and money of each, at most."""

from collections.abc import Iterable
from typing import NamedTuple

from traitscope.config import Config, LocalJudgeSettings, OpenAIJudgeSettings, judge_settings
from traitscope.judging.manner import SCORED_TOKENS
from traitscope.judging.replies import Usage
from traitscope.judging.spending import Prices
from traitscope.planning.work import Judged


class Bill(NamedTuple):
    """One judge's work. What it was asked before comes from the cache and costs nothing."""

    judge: str
    kind: str
    """`openai`, `local`, `classifier`, or the name of a built-in judge."""
    model: str | None
    answers: int
    """Scored, one for each rubric."""
    calls: int
    """Requests, of a judge behind an endpoint; passes through a local one."""
    read: int
    written: int
    """Tokens."""
    money: float | None
    """In the currency of the prices; None where there are none."""
    over: str | None
    """The cap that this would pass, in words."""


def bill(config: Config, name: str, judged: Iterable[Judged]) -> Bill:
    """What one judge's work comes to."""
    all_of_it = [one for one in judged if one.judge == name]
    answers = sum(one.answers for one in all_of_it if one.rubric != "engagement")
    asked, tokens = sum(one.answers for one in all_of_it), sum(one.tokens for one in all_of_it)
    settings = judge_settings(config, name)
    if isinstance(settings, LocalJudgeSettings):
        return Bill(name, "local", settings.model, answers, asked, tokens, 0, None, None)
    if not isinstance(settings, OpenAIJudgeSettings):
        kind = name if settings is None else settings.kind
        model = None if settings is None else settings.model
        return Bill(name, kind, model, answers, 0, 0, 0, None, None)
    sampled = settings.mode == "sampled"
    written = asked * (settings.samples * settings.sample_tokens if sampled else SCORED_TOKENS)
    money = None
    if settings.price_in is not None and settings.price_out is not None:
        money = Prices(settings.price_in, settings.price_out).cost(Usage(tokens, written))
    return Bill(
        name, "openai", settings.model, answers, asked, tokens, written, money, _over(settings, asked, money)
    )


def _over(settings: OpenAIJudgeSettings, calls: int, money: float | None) -> str | None:
    if settings.max_calls is not None and calls > settings.max_calls:
        return f"{calls:,} calls at most, and max_calls allows {settings.max_calls:,} a run"
    if settings.max_cost is not None and money is not None and money > settings.max_cost:
        return f"{money:.2f} at most, and max_cost allows {settings.max_cost:g} a run"
    return None
