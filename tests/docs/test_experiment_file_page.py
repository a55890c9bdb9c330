"""docs/experiment-file.md names every key with its default and its words, and nothing else."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from traitscope.config import (
    ClassifierJudgeSettings,
    CompareSettings,
    Comparison,
    Config,
    ExtractSettings,
    InferSettings,
    LintSettings,
    LocalJudgeSettings,
    OpenAIJudgeSettings,
    RunSettings,
    SteerSettings,
    VariantSettings,
    VetSettings,
    read_config_text,
)
from traitscope.config.order import OrderEntry

SECTIONS: dict[str, type[BaseModel]] = {
    "The file": Config,
    "variants.NAME": VariantSettings,
    "judges.NAME of kind openai": OpenAIJudgeSettings,
    "judges.NAME of kind local": LocalJudgeSettings,
    "judges.NAME of kind classifier": ClassifierJudgeSettings,
    "lint": LintSettings,
    "vet": VetSettings,
    "extract": ExtractSettings,
    "steer": SteerSettings,
    "infer": InferSettings,
    "compare": CompareSettings,
    "compare.pairs[]": Comparison,
    "order[]": OrderEntry,
    "run": RunSettings,
}


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "experiment-file.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_has_the_keys_of_its_settings_in_order(page: str, section: str) -> None:
    assert list(_rows(page, section)) == list(SECTIONS[section].model_fields)


@pytest.mark.parametrize("section", SECTIONS)
def test_each_key_stands_with_its_default(page: str, section: str) -> None:
    for key, (default, _, _) in _rows(page, section).items():
        field = SECTIONS[section].model_fields[key]
        if field.is_required():
            assert default == "required", key
            continue
        value = field.get_default(call_default_factory=True)
        if isinstance(value, RunSettings | LintSettings | CompareSettings):
            value = value.model_dump(exclude_defaults=True)
        if value is None:
            assert default == "none", key
            continue
        said = yaml.safe_load(default.removeprefix("`").removesuffix("`"))
        assert said == (list(value) if isinstance(value, tuple) else value), key


@pytest.mark.parametrize("section", SECTIONS)
def test_every_word_that_a_key_may_be_is_named(page: str, section: str) -> None:
    for key, (_, allowed, _) in _rows(page, section).items():
        for word in _literals(SECTIONS[section].model_fields[key].annotation):
            assert f"`{word}`" in allowed, (key, word)


def test_the_example_of_the_page_is_an_experiment_file(page: str) -> None:
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found
    assert list(read_config_text(found[1], "docs/experiment-file.md").variants) == [
        "base",
        "chat",
        "gloomy",
        "plain",
    ]


def _rows(page: str, section: str) -> dict[str, tuple[str, str, str]]:
    """Key -> default, allowed and meaning, of the table in a section."""
    body = page.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*) \|$", body, re.MULTILINE)
    return {key: (default, allowed, meaning) for key, default, allowed, meaning in rows}


def _literals(annotation: Any) -> list[str]:
    """Words of every Literal inside an annotation."""
    inner = get_args(annotation)
    if any(isinstance(one, str) for one in inner):
        return [one for one in inner if isinstance(one, str)]
    return [word for one in inner for word in _literals(one)]
