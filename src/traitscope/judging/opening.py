"""From what an experiment file says of a language model judge to one that can be asked."""

from collections.abc import Callable
from pathlib import Path

from traitscope.config.judges import LocalJudgeSettings, OpenAIJudgeSettings
from traitscope.judging.cache import JudgeCache
from traitscope.judging.cached import cached
from traitscope.judging.engagement import EngagedJudge
from traitscope.judging.judgement import Judge
from traitscope.judging.openai_judge import OpenAIJudge, nobody


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
    judge: Judge
    if isinstance(settings, OpenAIJudgeSettings):
        judge = OpenAIJudge(settings, note)
    else:
        from traitscope.judging.local import load_local_judge

        judge = load_local_judge(settings, beside, say)
    if cache is not None:
        judge = cached(judge, cache)
    return EngagedJudge(judge) if settings.engagement else judge
