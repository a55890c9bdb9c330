"""The light tokenizer gives the ids that transformers' gives, alone and in chats."""

from pathlib import Path
from typing import Any, cast

import pytest

from traitscope.models import Renderer, Source, find_source, load_tokenizer
from traitscope.models.light_tokenizer import light_tokenizer

TEXTS = ("The cat sat on the wall.", "  two  spaces, and a line\nbreak", "naïve café 12345", "")


@pytest.mark.parametrize("system_prompt", ["default", "none", "You are terse."])
@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize("model", ["tiny_llama_folder", "tiny_neox_folder", "smollm2"])
def test_prompts_have_the_ids_that_transformers_gives(
    request: pytest.FixtureRequest, model: str, chat: bool, system_prompt: str
) -> None:
    if model == "smollm2":
        source = find_source("smollm2", Path())
    else:
        source = Source(model, request.getfixturevalue(model), "")
    light = light_tokenizer(source.folder)
    assert light is not None
    whole = Renderer(load_tokenizer(source), chat, system_prompt, "here")
    small = Renderer(cast(Any, light), chat, system_prompt, "here")
    for text in TEXTS:
        assert small.ids(text) == whole.ids(text)


def test_a_folder_without_a_tokenizer_has_none(tmp_path: Path) -> None:
    assert light_tokenizer(tmp_path) is None
    (tmp_path / "tokenizer.json").write_text("{")
    assert light_tokenizer(tmp_path) is None
