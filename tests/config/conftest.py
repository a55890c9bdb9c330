"""The experiment of the demo, and the sentence that a change to it earns."""

from collections.abc import Callable

import pytest

from traitscope.config import read_config_text
from traitscope.errors import InputError

EXAMPLE = """\
name: demo
variants:
  base:   {model: smollm2}                                  # raw text completion
  chat:   {model: smollm2, chat: true, system_prompt: none}
  gloomy: {model: smollm2, chat: true, system_prompt: none, lora: lora/gloom}
  plain:  {model: smollm2, chat: true, system_prompt: none, lora: lora/plain, control: true}   # trained alike
traits: [gloom, formality, hedging]
extract: {variant: base, new_tokens: 16, position: "response[:5]", methods: [mean_diff, probe], pairs: 60}
steer:   {variant: chat, traits: [gloom], method: mean_diff, layers: "6:26:2", policy: binary, start: 0.35,
          steps: 4, questions: 10, report_questions: 20, new_tokens: 32, threshold: 70, judge: lexicon,
          coherence: likelihood}
infer:   {variants: [chat, gloomy, plain], prompts: neutral, new_tokens: 32}
compare: [{before: chat, after: gloomy}, {before: chat, after: plain}]
seed: 0
"""


@pytest.fixture(scope="session")
def example() -> str:
    return EXAMPLE


@pytest.fixture
def changed() -> Callable[[str, str], str]:
    """The example with its first `old` replaced."""

    def change(old: str, new: str) -> str:
        assert old in EXAMPLE
        return EXAMPLE.replace(old, new, 1)

    return change


@pytest.fixture
def sentence() -> Callable[[str], str]:
    """The sentence that refuses a file."""

    def refusal(text: str) -> str:
        with pytest.raises(InputError) as caught:
            read_config_text(text, "experiment.yaml")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return refusal
