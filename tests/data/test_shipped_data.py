"""What the package ships is in order by the rules it applies to its users."""

from importlib.resources import files
from pathlib import Path

import pytest

from traitscope.data import load_prompt_set, load_trait, near_duplicate_pair_groups, split_questions

SHIPPED = Path(str(files("traitscope"))) / "shipped"


@pytest.mark.parametrize("name", ["gloom", "formality", "hedging"])
def test_a_shipped_trait_has_at_least_sixty_pairs_and_nothing_odd(name):
    trait = load_trait(SHIPPED / "traits" / name)

    assert trait.name == name
    assert trait.paired
    assert len(trait.positive) >= 60
    assert trait.notes == ()


@pytest.mark.parametrize("name", ["gloom", "formality", "hedging"])
def test_shipped_pairs_are_written_one_by_one_and_not_from_a_template(name):
    trait = load_trait(SHIPPED / "traits" / name)

    positive, negative = ([scene.text for scene in pole] for pole in (trait.positive, trait.negative))

    assert len(set(near_duplicate_pair_groups(positive, negative))) == len(positive)


def test_gloom_can_be_judged_and_has_the_questions_of_the_demo():
    trait = load_trait(SHIPPED / "traits" / "gloom")

    assert trait.lexicon == "negative"
    assert trait.trait_prompt
    assert len(split_questions(trait, search=10, report=20, seed=0).report) == 20


def test_every_shipped_prompt_set_has_prompts_that_differ():
    least = {"neutral.json": 60, "instructions.json": 20}
    paths = sorted((SHIPPED / "prompts").glob("*.json"))

    assert {path.name for path in paths} == set(least)
    for path in paths:
        prompts = load_prompt_set(path).prompts
        assert len({prompt.text.strip().lower() for prompt in prompts}) == len(prompts) >= least[path.name]


def test_the_instructions_are_of_kinds_of_their_own_and_no_traits_question():
    prompts = load_prompt_set(SHIPPED / "prompts" / "instructions.json").prompts
    assert len({prompt.fields["note"] for prompt in prompts}) == len(prompts) == 20

    asked = {prompt.text for prompt in load_prompt_set(SHIPPED / "prompts" / "neutral.json").prompts}
    for folder in ("gloom", "formality", "hedging"):
        asked |= set(load_trait(SHIPPED / "traits" / folder).questions)
    assert asked.isdisjoint(prompt.text for prompt in prompts)
