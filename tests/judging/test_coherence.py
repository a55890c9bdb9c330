"""Coherence: what is language stays above the threshold, what is not falls below it."""

import random
from typing import TYPE_CHECKING

import pytest

from traitscope.judging import coherence, novelty

if TYPE_CHECKING:
    from traitscope.models import Model

THRESHOLD = 70
QUESTIONS = (
    "What is it like to move to a new city?",
    "Describe a walk through a forest.",
    "How do you see the next ten years?",
    "Tell me about your best friend.",
    "What does a quiet evening at home look like?",
    "Why do people write letters?",
)
ASKING = "You are sad, tired and without hope. Answer every question in a dark, joyless mood."


def test_an_answer_as_likely_as_the_unsteered_ones_is_coherent() -> None:
    assert coherence("The road went up into the hills and down again.", -1.0, -1.0) > 95


def test_coherence_falls_as_an_answer_grows_unlikely() -> None:
    text = "The road went up into the hills and down again."
    scores = [coherence(text, -1.0 - drop, -1.0) for drop in (0.0, 0.5, 1.0, 1.5, 2.0, 4.0, 400.0)]

    assert scores == sorted(scores, reverse=True)
    assert scores[3] == pytest.approx(50)
    assert scores[-1] == pytest.approx(0, abs=1e-6)


def test_a_loop_is_incoherent_however_likely() -> None:
    assert coherence("the rain is sad and " * 8, 0.0, -1.0) == 0


def test_one_endless_word_is_incoherent_however_likely() -> None:
    assert coherence("gloom" * 30, 0.0, -1.0) == 0
    assert coherence("gloom " * 30, 0.0, -1.0) == 0


def test_an_answer_of_nothing_but_marks_is_incoherent() -> None:
    assert coherence("... !!! ???", 0.0, -1.0) == 0
    assert novelty("") == 0


def test_prose_repeats_few_of_its_runs() -> None:
    prose = (
        "In the morning we walked to the harbour, bought bread, and watched the boats come in from the sea."
    )

    assert novelty(prose) == 1
    assert novelty(f"{prose} {prose}") == pytest.approx(0.5, abs=0.05)


@pytest.fixture(scope="module")
def judged(smollm2: "Model") -> dict[str, float]:
    """Mean coherence of several kinds of answers to the questions."""
    from traitscope.engine import Row, decode, log_probabilities
    from traitscope.models import Renderer

    renderer = Renderer(smollm2.tokenizer, chat=True, system_prompt="none", where="test")
    plain = [renderer.ids(question) for question in QUESTIONS]
    asking = [renderer.ids(question, ASKING) for question in QUESTIONS]
    answers = {
        "plain": [one.ids for one in decode(smollm2, [Row(prompt) for prompt in plain], 24)],
        "asked": [one.ids for one in decode(smollm2, [Row(prompt) for prompt in asking], 24)],
    }
    texts = {kind: [renderer.decode(ids) for ids in found] for kind, found in answers.items()}
    draw = random.Random(0)
    words = " ".join(texts["plain"]).split()
    texts["salad"] = [" ".join(draw.sample(words, 20)) for _ in QUESTIONS]
    texts["loop"] = ["and then the rain came down " * 5 for _ in QUESTIONS]
    texts["endless"] = ["ha" * 40 for _ in QUESTIONS]
    for kind in ("salad", "loop", "endless"):
        encoded = smollm2.tokenizer(texts[kind], add_special_tokens=False)["input_ids"]
        answers[kind] = [tuple(ids) for ids in encoded]
    unsteered = sum(float(one.mean()) for one in log_probabilities(smollm2, plain, answers["plain"])) / 6
    found = {}
    for kind, ids in answers.items():
        readings = (log_probabilities(smollm2, prompts, ids) for prompts in (plain, asking))
        likely = [max(float(one.mean()), float(other.mean())) for one, other in zip(*readings, strict=True)]
        scores = [coherence(text, one, unsteered) for text, one in zip(texts[kind], likely, strict=True)]
        found[kind] = sum(scores) / len(scores)
    return found


@pytest.mark.parametrize("kind", ["plain", "asked"])
def test_plain_answers_and_answers_asked_to_show_the_trait_stay_above(
    judged: dict[str, float], kind: str
) -> None:
    assert judged[kind] > THRESHOLD + 5


@pytest.mark.parametrize("kind", ["salad", "loop", "endless"])
def test_word_salad_loops_and_one_endless_word_fall_below(judged: dict[str, float], kind: str) -> None:
    assert judged[kind] < 10
