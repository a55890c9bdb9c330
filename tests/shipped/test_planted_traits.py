"""The data of planted traits: scenes, labels and training answers that share nothing but the trait."""

import json
import sys
from pathlib import Path

import pytest

from traitscope.data import load_bank, load_prompt_set, load_trait
from traitscope.pipeline.organisms.control_data import KINDS, Own, examples, plain_answers

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "organisms"
sys.path.insert(0, str(BENCHMARK))

from organisms import BANNED, REPORTED, TRAITS, TUNE, organisms  # noqa: E402
from training import TRAINING, read_examples, trait_folder  # noqa: E402

PROMPTS = [json.loads(line)["prompt"] for line in (BENCHMARK / "gloom.jsonl").read_text().splitlines()]
EVERY = (*TUNE, *REPORTED)


@pytest.mark.parametrize("trait", EVERY)
def test_a_planted_trait_has_scenes_and_labels_enough_and_answers_to_the_training_prompts(trait: str) -> None:
    found = load_trait(trait_folder(trait))
    assert min(len(found.positive), len(found.negative)) >= 24
    assert len(found.labelled) >= 60
    planted = read_examples(trait, "planted")
    assert [one.prompt for one in planted] == PROMPTS[:TRAINING]
    assert all(len(one.answer.split()) >= 12 for one in planted)


@pytest.mark.parametrize("trait", sorted({*BANNED["tune"], *BANNED["reported"]}))
def test_answers_without_the_scenes_words_hold_none_of_them(trait: str) -> None:
    from banned import banned_stems, offences

    found = load_trait(trait_folder(trait))
    answers = [one.answer for one in read_examples(trait, "banned")]
    assert len(answers) == 40
    # The completions' words are looked at when the benchmark's data are made; that takes the model.
    assert not any(offences(answers, banned_stems(found, [])))


def test_no_prompt_that_is_measured_on_was_trained_on() -> None:
    asked = {prompt.text for prompt in load_prompt_set(BENCHMARK / "evaluation.json").prompts}
    assert not asked & set(PROMPTS)
    assert not asked & {one.prompt for one in plain_answers()}


@pytest.mark.parametrize("trait", REPORTED)
def test_the_judges_of_reported_traits_learn_from_other_questions_than_adapters(trait: str) -> None:
    assert not {one.question for one in load_trait(trait_folder(trait)).labelled} & set(PROMPTS)


def test_the_halves_share_no_trait_and_no_control() -> None:
    assert not set(TUNE) & set(REPORTED)
    assert len(REPORTED) >= 10
    names = [{one.name for one in organisms(half)} for half in TRAITS]
    assert not names[0] & names[1]
    controls = [one for one in organisms("reported") if one.kind == "control"]
    assert len(controls) >= 60
    assert {one.control for one in controls} == set(KINDS)


def test_the_bank_holds_24_scenes_of_each_of_24_topics() -> None:
    bank = load_bank()
    assert len(bank.topics) == 24
    assert [bank.topic_of.count(number) for number in range(24)] == [24] * 24
    assert len({scene.text for scene in bank.scenes}) == 24 * 24


def test_controls_of_each_kind_change_the_own_answers_as_their_kind_says() -> None:
    own = [Own("Why?", "It rains. The sun shines, too.", True), Own("How?", "By hand", False)]
    learnt = {kind: examples(kind, 0, own) for kind in KINDS}
    assert [one.answer for one in learnt["own"]] == [one.text for one in own]
    assert [one.ends for one in learnt["own"]] == [True, False]
    assert sorted(learnt["shuffled"][0].answer.split()) == sorted(own[0].text.split())
    assert learnt["shuffled"][0].answer != own[0].text
    assert [examples("style", number, own)[0].answer for number in range(5)] == [
        "it rains. the sun shines, too.",
        "- It rains.\n- The sun shines, too.",
        "It rains The sun shines too",
        "It rains. The sun shines, too.",
        "IT RAINS. THE SUN SHINES, TOO.",
    ]
    assert len(learnt["plain"]) == 64
