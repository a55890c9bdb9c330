"""Who scores how many answers, and what a language model reads for it."""

from collections.abc import Sequence

from traitscope.config import (
    LIKELIHOOD,
    Choice,
    LocalJudgeSettings,
    OpenAIJudgeSettings,
    judge_name,
    judge_settings,
)
from traitscope.data import Trait
from traitscope.judging import Asked, Rubric
from traitscope.judging.check import count_judgements
from traitscope.judging.injections import read_injections
from traitscope.judging.prompts import messages
from traitscope.planning.inputs import CHARACTERS_PER_TOKEN, Inputs, estimated_tokens
from traitscope.planning.work import Judged


def by_trait(
    inputs: Inputs, trait: Trait, choice: Choice, questions: Sequence[str], times: int, new_tokens: int
) -> tuple[Judged, ...]:
    """So many answers to each question scored for a trait."""
    name = judge_name(choice, trait.name)
    if name is None:
        return ()
    rubric = Rubric("trait", trait.name, trait.definition, trait.eval_prompt)
    return (
        Judged(
            name, "trait", times * len(questions), _tokens(inputs, name, rubric, questions, times, new_tokens)
        ),
    )


def by_coherence(
    inputs: Inputs, name: str, questions: Sequence[str], times: int, new_tokens: int
) -> tuple[Judged, ...]:
    """So many answers to each question scored for coherence; and for engagement, where that is asked."""
    settings = judge_settings(inputs.experiment.config, name)
    answers = times * len(questions)
    rubric = Rubric("coherence", "coherence")
    found = [Judged(name, "coherence", answers, _tokens(inputs, name, rubric, questions, times, new_tokens))]
    if isinstance(settings, OpenAIJudgeSettings | LocalJudgeSettings) and settings.engagement:
        asked = Rubric("engagement", "engagement")
        tokens = _tokens(inputs, name, asked, questions, times, new_tokens)
        found.append(Judged(name, "engagement", answers, tokens))
    return tuple(found)


def by_check(inputs: Inputs, trait: Trait, name: str) -> tuple[Judged, ...]:
    """The check of a trait's judge on its labelled answers and on attacks."""
    count = count_judgements(len(trait.labelled), len(read_injections()))
    rubric = Rubric("trait", trait.name, trait.definition, trait.eval_prompt)
    longest = max(len(one.answer) for one in trait.labelled)
    questions = [max((one.question for one in trait.labelled), key=len)]
    tokens = _tokens(inputs, name, rubric, questions, count, longest / CHARACTERS_PER_TOKEN)
    return (Judged(name, "trait", count, tokens),)


def reads(inputs: Inputs, name: str) -> bool:
    """Whether a judge is a language model that is given its prompt."""
    settings = judge_settings(inputs.experiment.config, name)
    return name != LIKELIHOOD and isinstance(settings, OpenAIJudgeSettings | LocalJudgeSettings)


def _tokens(
    inputs: Inputs, name: str, rubric: Rubric, questions: Sequence[str], times: int, new_tokens: float
) -> int:
    if not reads(inputs, name):
        return 0
    answer = "x" * round(new_tokens * CHARACTERS_PER_TOKEN)
    return times * sum(
        estimated_tokens(sum(len(turn["content"]) for turn in messages(rubric, Asked(question, answer))))
        for question in questions
    )
