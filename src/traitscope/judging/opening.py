"""From what an experiment file says of a language model judge to one that can be asked."""

from collections.abc import Callable
from pathlib import Path

from traitscope.config.judges import LocalJudgeSettings, OpenAIJudgeSettings
from traitscope.judging.cache import JudgeCache
from traitscope.judging.cached import cached
from traitscope.judging.engagement import EngagedJudge
from traitscope.judging.judgement import Judge
from traitscope.judging.openai_judge import OpenAIJudge, nobody
from traitscope.judging.wordless import WatchedJudge


def language_judge(
    settings: OpenAIJudgeSettings | LocalJudgeSettings,
    cache: JudgeCache | None = None,
    beside: Path = Path(),
    note: Callable[[str], None] = nobody,
    say: Callable[[str], None] = nobody,
) -> Judge:
    """The judge that settings describe, behind a cache if there is one, engagement asked for if it is wanted.

    The cache stands inside: coherence and engagement are kept apart, so that switching the one on or off
    asks nothing again that was asked.

    Args:
        settings: of the judge.
        cache: where judgements are kept.
        beside: folder that a relative model folder starts from.
        note: hears the running count of calls, tokens and money.
        say: hears what is worth a line.

    Raises:
        InputError: the key's variable is not set; the model is not found or cannot judge.
        WorkError: the model does not fit into memory.
    """
    return dressed(bare_judge(settings, beside, note, say), settings, cache, f"judge '{settings.model}'")


def bare_judge(
    settings: OpenAIJudgeSettings | LocalJudgeSettings,
    beside: Path = Path(),
    note: Callable[[str], None] = nobody,
    say: Callable[[str], None] = nobody,
) -> Judge:
    """The judge itself: it remembers nothing, and caps no coherence."""
    if isinstance(settings, OpenAIJudgeSettings):
        return OpenAIJudge(settings, note)
    from traitscope.judging.local import load_local_judge

    return load_local_judge(settings, beside, say)


def dressed(
    judge: Judge, settings: OpenAIJudgeSettings | LocalJudgeSettings, cache: JudgeCache | None, where: str
) -> Judge:
    """A bare judge behind a cache if there is one, watched, engagement asked for if it is wanted.

    Args:
        where: what the user calls it, for errors.
    """
    judge = WatchedJudge(judge if cache is None else cached(judge, cache), where, cache)
    return EngagedJudge(judge) if settings.engagement else judge
