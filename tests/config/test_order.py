"""`order` in an experiment file: what it may say, and every mistake as one sentence."""

from typing import Any

import pytest
import yaml

from traitscope.config import read_config_text
from traitscope.config.order import RESTS_ON, STAGES
from traitscope.errors import InputError

FILE: dict[str, Any] = {
    "name": "moods",
    "variants": {"base": {"model": "smollm2"}, "chat": {"model": "smollm2", "chat": True}},
    "traits": ["gloom", "formality", "moods/envy"],
    "extract": {"variant": "base"},
    "steer": {"variant": "chat", "traits": ["gloom", "formality"]},
    "infer": {"variants": ["chat"], "prompts": "everyday"},
}


def read(*entries: dict[str, Any]) -> Any:
    return read_config_text(yaml.safe_dump(FILE | {"order": list(entries)}), "moods.yaml")


def test_stages_traits_prompts_and_conditions_are_read() -> None:
    config = read(
        {"do": "infer", "prompts": ["everyday"]},
        {"do": "steer", "traits": ["gloom"], "after": ["infer"]},
        {"do": "extract", "traits": ["envy"]},
        {"do": "steer", "traits": ["formality"], "if": "time_left"},
    )
    assert [one.do for one in config.order] == ["infer", "steer", "extract", "steer"]
    assert [one.waits_for_time for one in config.order] == [False, False, False, True]


def test_a_file_without_an_order_has_none() -> None:
    assert read_config_text(yaml.safe_dump(FILE), "moods.yaml").order == ()


def test_prompt_sets_are_named_by_name_or_path() -> None:
    sets = {"variants": ["chat"], "prompts": ["everyday", "some/few"]}
    order = [{"do": "infer", "prompts": [name], "if": "time_left"} for name in ("some/few", "everyday")]
    text = yaml.safe_dump(FILE | {"infer": sets, "order": [{"do": "infer", "prompts": ["few"]}, order[1]]})
    assert [one.prompts for one in read_config_text(text, "moods.yaml").order] == [("few",), ("everyday",)]
    text = yaml.safe_dump(FILE | {"infer": sets, "order": order})
    assert len(read_config_text(text, "moods.yaml").order) == 2


def test_a_refinement_is_of_traits_that_are_refined() -> None:
    steer = FILE["steer"] | {"refine": {"gloom": "auto", "formality": "none"}}
    order = [{"do": "refine", "traits": ["gloom"], "after": ["steer"], "if": "time_left"}, {"do": "steer"}]
    text = yaml.safe_dump(FILE | {"steer": steer, "order": order})
    assert [one.do for one in read_config_text(text, "moods.yaml").order] == ["refine", "steer"]
    wrong = yaml.safe_dump(FILE | {"steer": steer, "order": [{"do": "refine", "traits": ["formality"]}]})
    with pytest.raises(InputError, match="'formality' is not among the refined traits of this file; write "):
        read_config_text(wrong, "moods.yaml")
    none = {key: value for key, value in FILE.items() if key != "steer"}
    with pytest.raises(InputError, match="the file has no 'steer'; add it, or remove this entry"):
        read_config_text(yaml.safe_dump(none | {"order": [{"do": "refine"}]}), "moods.yaml")


def test_every_stage_rests_on_stages_before_it() -> None:
    for place, stage in enumerate(STAGES):
        assert set(RESTS_ON[stage]) <= set(STAGES[:place])


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([{"do": "stear"}], "order[0].do: found the text 'stear'; write one of vet, extract, check, steer, "),
        (
            [{"do": "steer", "wenn": 1}],
            "order[0].wenn: unknown key; write one of do, traits, prompts, after, if",
        ),
        (
            [{"do": "steer", "if": "time"}],
            "order[0].if: found the text 'time'; write time_left, the only choice",
        ),
        (
            [{"do": "extract", "traits": ["glom"]}],
            "order[0].traits[0]: 'glom' is not among the traits of this file; write one of gloom, formality, "
            "envy (did you mean 'gloom'?).",
        ),
        (
            [{"do": "steer", "traits": ["envy"]}],
            "order[0].traits[0]: 'envy' is not among the steered traits of this file; write one of gloom, ",
        ),
        (
            [{"do": "infer", "traits": ["gloom"]}],
            "order[0].traits: 'infer' takes all traits together; remove the key.",
        ),
        (
            [{"do": "infer", "prompts": ["evryday"]}],
            "order[0].prompts[0]: 'evryday' is not among the prompt sets under infer; write everyday, ",
        ),
        ([{"do": "steer", "prompts": ["everyday"]}], "order[0].prompts: 'steer' answers no prompts; remove"),
        ([{"do": "vet"}], "order[0].do: the file has no 'vet'; add it, or remove this entry."),
        ([{"do": "compare"}], "order[0].do: the file has no 'compare'; add it, or remove this entry."),
        (
            [{"do": "refine"}],
            "order[0].do: no steered trait has a steer.refine other than none; write steer.refine: auto, or ",
        ),
        ([{"do": "infer"}, {"do": "infer"}], "order[1]: infer comes twice; list it once."),
        (
            [{"do": "infer", "prompts": ["everyday"]}, {"do": "infer", "prompts": ["everyday"]}],
            "order[1]: infer of 'everyday' comes twice; list it once.",
        ),
        (
            [{"do": "steer", "traits": ["gloom"]}, {"do": "steer", "traits": ["gloom", "formality"]}],
            "order[1]: steer of 'gloom' comes twice; list it once.",
        ),
        (
            [{"do": "steer", "after": ["infer"]}],
            "order[0].after[0]: no entry does 'infer'; add one: do: infer.",
        ),
        (
            [{"do": "steer", "after": ["steer"]}],
            "order[0].after[0]: 'steer' would wait for itself; remove it; entries keep their order.",
        ),
        (
            [{"do": "extract", "after": ["steer"]}, {"do": "steer"}],
            "order[0].after[0]: 'steer' rests on 'extract', which cannot wait for it; remove it.",
        ),
        (
            [
                {"do": "steer", "after": ["infer"]},
                {"do": "infer", "after": ["check"]},
                {"do": "check", "after": ["steer"]},
            ],
            "order: 'steer' comes after itself, by way of infer; remove one of the 'after'.",
        ),
        (
            [{"do": "infer", "if": "time_left"}, {"do": "steer", "after": ["infer"]}],
            "order[1].after[0]: it waits for 'infer', which is done only if there is time; write if: ",
        ),
    ],
)
def test_a_mistake_is_one_sentence(entries: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        read(*entries)
    assert str(refused.value).removeprefix("moods.yaml, ").startswith(sentence), str(refused.value)
