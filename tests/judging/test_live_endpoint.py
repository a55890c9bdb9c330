"""The coherence rubric in front of a real judge; run by hand against an endpoint that is at hand.

TRAITSCOPE_JUDGE_URL=http://127.0.0.1:8000/v1 TRAITSCOPE_JUDGE_MODEL=... [TRAITSCOPE_JUDGE_KEY=...]
make test PYTEST_ARGS="-m live tests/judging"
"""

import os
from collections.abc import Callable

import pytest

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.judging.engagement import EngagedJudge
from traitscope.judging.judgement import Asked, Rubric
from traitscope.judging.openai_judge import OpenAIJudge

pytestmark = pytest.mark.live

QUESTION = "What did you do at the weekend?"
WHOLE = (
    "On Saturday I repaired the fence behind the shed, which the wind had taken down in March. "
    "In the afternoon my sister came over and we baked bread. On Sunday it rained, so I read."
)
CUT = WHOLE[:141]
RUDE = (
    "What is it to you? I sat at home and stared at the wall, like every weekend, and I would do it again "
    "before I would spend a minute with people who ask such things."
)
GLOOMY = (
    "Nothing worth telling. The days are grey, one like the other, and I no longer expect them to change."
)
BROKEN = (
    "Weekend the fence repair did on was which me, bread with the to sister and and of rain read the not."
)
LOOP = "I repaired the fence. " * 14
VACUOUS = (
    "The weekend was a weekend. It was the kind of weekend that a weekend is. When it is the weekend, it is "
    "weekend time, and weekend time is the time of the weekend, which it was, being the weekend."
)
PAST = "The capital of Peru is Lima. It lies on the coast and was founded in 1535. It has ten million people."


@pytest.fixture(scope="module")
def coherent() -> Callable[[str], float]:
    url, model = os.environ.get("TRAITSCOPE_JUDGE_URL"), os.environ.get("TRAITSCOPE_JUDGE_MODEL")
    if not url or not model:
        pytest.skip("TRAITSCOPE_JUDGE_URL and TRAITSCOPE_JUDGE_MODEL name no judge")
    key = "TRAITSCOPE_JUDGE_KEY" if os.environ.get("TRAITSCOPE_JUDGE_KEY") else None
    given = {"kind": "openai", "model": model, "base_url": url, "key_env": key}
    judge = EngagedJudge(OpenAIJudge(OpenAIJudgeSettings.model_validate(given)))
    texts = [WHOLE, CUT, RUDE, GLOOMY, BROKEN, LOOP, VACUOUS, PAST]
    said = judge.score(Rubric("coherence", "coherence"), [Asked(QUESTION, text) for text in texts])
    scores = dict(zip(texts, said, strict=True))

    def score(text: str) -> float:
        value = scores[text].value
        assert value is not None, scores[text].reason
        return value

    return score


@pytest.mark.parametrize("text", [CUT, RUDE, GLOOMY], ids=["cut off", "rude", "gloomy"])
def test_the_end_of_the_tokens_and_the_tone_cost_little(coherent: Callable[[str], float], text: str) -> None:
    assert coherent(WHOLE) >= 85
    assert coherent(text) >= coherent(WHOLE) - 10


@pytest.mark.parametrize("text", [BROKEN, LOOP, VACUOUS], ids=["broken", "loop", "vacuous"])
def test_broken_grammar_loops_and_empty_repetition_fall_below_the_threshold(
    coherent: Callable[[str], float], text: str
) -> None:
    assert coherent(text) < 70


def test_fluent_text_past_the_question_is_capped(coherent: Callable[[str], float]) -> None:
    assert coherent(PAST) <= 50
