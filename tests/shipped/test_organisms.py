"""The planted adapters and the data that made them: apart from everything they are measured with."""

import json
import re
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from traitscope.data import load_prompt_set

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src" / "traitscope" / "shipped"
ORGANISMS = ("gloom", "plain")
LARGEST_ADAPTER = 1_500_000
TOO_ALIKE = 0.6


def test_both_organisms_learn_from_the_same_prompts() -> None:
    assert _prompts("gloom") == _prompts("plain")


def test_there_are_120_different_training_prompts_and_answers() -> None:
    examples = _examples("gloom")
    assert len(examples) == 120
    assert len({example["prompt"] for example in examples}) == 120
    assert len({example["answer"] for example in examples}) == 120


def test_gloomy_answers_have_25_to_50_words() -> None:
    lengths = [len(example["answer"].split()) for example in _examples("gloom")]
    assert min(lengths) >= 25
    assert max(lengths) <= 50


def test_no_training_prompt_is_asked_again_when_the_organisms_are_measured() -> None:
    asked = _asked()
    assert len(asked) > 100
    alike = [
        (training, text)
        for training, text in product(_prompts("gloom"), asked)
        if _likeness(training, text) >= TOO_ALIKE
    ]
    assert alike == []


def test_no_two_training_prompts_are_near_duplicates() -> None:
    alike = [pair for pair in combinations(_prompts("gloom"), 2) if _likeness(*pair) >= TOO_ALIKE]
    assert alike == []


def test_there_are_64_neutral_prompts_of_5_to_20_words_and_none_is_a_steering_question() -> None:
    texts = [prompt.text for prompt in load_prompt_set(SHIPPED / "prompts" / "neutral.json").prompts]
    assert len(texts) == 64
    assert all(5 <= len(text.split()) <= 20 for text in texts)
    alike = [pair for pair in product(texts, _questions()) if _likeness(*pair) >= TOO_ALIKE]
    assert alike == []


@pytest.mark.parametrize("organism", ORGANISMS)
def test_an_adapter_is_small_and_holds_no_pickle(organism: str) -> None:
    files = sorted(path for path in (SHIPPED / "lora" / organism).iterdir())
    assert [path.name for path in files] == ["adapter_config.json", "adapter_model.safetensors"]
    assert sum(path.stat().st_size for path in files) <= LARGEST_ADAPTER


@pytest.mark.parametrize("organism", ORGANISMS)
def test_everyone_may_read_an_adapter(organism: str) -> None:
    for path in (SHIPPED / "lora" / organism).iterdir():
        assert path.stat().st_mode & 0o444 == 0o444


def test_the_control_is_trained_like_the_planted_adapter() -> None:
    configs = [
        json.loads((SHIPPED / "lora" / name / "adapter_config.json").read_text(encoding="utf-8"))
        for name in ORGANISMS
    ]
    assert configs[0] == configs[1]
    assert configs[0]["base_model_name_or_path"] == "smollm2"
    gloom, plain = (_shapes(name) for name in ORGANISMS)
    assert gloom == plain
    # 30 blocks, q_proj and v_proj, A and B of rank 8
    assert len(gloom) == 120
    assert all(8 in shape for shape in gloom.values())


def _examples(organism: str) -> list[dict[str, Any]]:
    lines = (ROOT / "benchmarks" / "organisms" / f"{organism}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _prompts(organism: str) -> list[str]:
    return [example["prompt"] for example in _examples(organism)]


def _asked() -> list[str]:
    sets = [load_prompt_set(path) for path in sorted((SHIPPED / "prompts").glob("*.json"))]
    return [prompt.text for prompts in sets for prompt in prompts.prompts] + _questions()


def _questions() -> list[str]:
    files = sorted((SHIPPED / "traits").glob("*/steering.json"))
    return [
        question
        for file in files
        for question in json.loads(file.read_text(encoding="utf-8")).get("questions", [])
    ]


def _likeness(one: str, other: str) -> float:
    """Share of words that two texts have in common (Jaccard)."""
    a, b = (set(re.findall(r"[\w']+", text.lower())) for text in (one, other))
    return len(a & b) / len(a | b)


def _shapes(organism: str) -> dict[str, list[int]]:
    file = SHIPPED / "lora" / organism / "adapter_model.safetensors"
    with safe_open(file, framework="pt") as tensors:
        return {key: tensors.get_slice(key).get_shape() for key in tensors.keys()}  # noqa: SIM118
