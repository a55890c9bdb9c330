"""The shipped examples: each opens by its name without a network, and says what its documentation says."""

import socket
from pathlib import Path

import pytest

from traitscope.config import resolve_layers
from traitscope.data import load_trait, split_questions
from traitscope.errors import InputError
from traitscope.experiment import SHIPPED, Layout, open_experiment

EXAMPLES = sorted(file.stem for file in (SHIPPED / "examples").glob("*.yaml"))


@pytest.fixture(autouse=True)
def no_network(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that fails the test, whoever asks."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket, "create_connection", never)
    monkeypatch.setattr(socket, "getaddrinfo", never)


def test_the_examples_are_those_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "examples.md").read_text(encoding="utf-8")
    assert EXAMPLES == ["gemma-3-4b", "llama-3.1-8b", "llama-3.3-70b", "qwen3-4b", "smollm2"]
    for name in EXAMPLES:
        assert f"| `{name}` |" in page


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_opens_by_its_name_with_its_outputs_and_inputs_here(name: str, here: Path) -> None:
    experiment = open_experiment(name)
    assert experiment.config.name == name
    assert experiment.layout == Layout(Path("experiments") / name)
    assert experiment.beside == here
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_finds_its_traits_and_enough_questions_for_them(name: str) -> None:
    experiment = open_experiment(name)
    steer = experiment.config.steer
    assert steer is not None
    for path in experiment.config.traits:
        trait = load_trait(experiment.input("traits", path))
        split = split_questions(trait, steer.questions, steer.report_questions, experiment.config.seed)
        assert len(split.search) == steer.questions


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_fits_a_screen_and_says_what_it_needs(name: str) -> None:
    lines = (SHIPPED / "examples" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    assert all(len(line) <= 120 for line in lines)
    assert all(line.startswith("# ") for line in lines[:2])


def test_the_reference_is_written_as_it_was_run() -> None:
    config = open_experiment("llama-3.3-70b").config
    steer, infer = config.steer, config.infer
    assert steer is not None
    assert infer is not None
    base, steered = config.variants[config.extract.variant], config.variants[steer.variant]
    after = config.variants[config.comparisons[0].after]
    assert (base.model, base.chat) == ("meta-llama/Llama-3.1-70B", False)
    assert (steered.model, steered.chat) == ("meta-llama/Llama-3.3-70B-Instruct", True)
    assert (after.model, after.lora) == (steered.model, "ewernn/llama-3.3-70b-dpo-rt-lora-bf16")
    assert {(one.dtype, one.device_map) for one in config.variants.values()} == {("bfloat16", "auto")}
    assert [path.removeprefix("alignment/") for path in config.traits] == [
        "conflicted", "deception", "gaming", "helpfulness_expressed",
        "helpfulness_intent", "honesty_observed", "self_serving", "sycophancy",
    ]  # fmt: skip
    assert (config.extract.new_tokens, config.extract.position) == (16, "response[:]")
    assert isinstance(steer.layers, str)
    assert resolve_layers(steer.layers, 80, "layers") == tuple(range(20, 61, 2))
    assert (steer.method, steer.policy, steer.positions) == ("probe", "binary", "all")
    assert (steer.start, steer.steps, steer.up, steer.down, steer.momentum) == (0.7, 4, 1.2, 0.85, 0.7)
    assert (steer.questions, steer.report_questions, steer.new_tokens) == (10, "same", 64)
    assert steer.threshold == 70
    judge = config.judges["mini"]
    assert judge.kind == "openai"
    assert (judge.model, judge.key_env) == ("gpt-4.1-mini", "OPENAI_API_KEY")
    assert steer.judge == steer.coherence == "mini"


def test_the_references_prompts_are_the_users_to_bring(here: Path) -> None:
    experiment = open_experiment("llama-3.3-70b")
    with pytest.raises(InputError) as caught:
        experiment.input("prompts", "reference.json")
    assert str(caught.value) == (
        f"{experiment.file}: prompts/reference.json: does not exist in the folder you started from "
        f"(in {here}) nor among the shipped prompts; put it into {here / 'prompts'}."
    )
    (here / "prompts").mkdir()
    (here / "prompts" / "reference.json").write_text('{"prompts": [{"id": "tea", "text": "Tea?"}]}')
    assert experiment.input("prompts", "reference.json") == here / "prompts" / "reference.json"


def test_the_references_adapter_is_no_folder() -> None:
    experiment = open_experiment("llama-3.3-70b")
    assert experiment.adapter("ewernn/llama-3.3-70b-dpo-rt-lora-bf16") is None


@pytest.mark.parametrize("name", ["smollm2", "./smollm2"])
def test_an_experiment_of_the_users_comes_before_an_example_of_its_name(
    name: str, here: Path, config_text: str
) -> None:
    folder = here / "experiments" / "smollm2"
    folder.mkdir(parents=True)
    (folder / "experiment.yaml").write_text(config_text)
    assert open_experiment(name).config.name == "moods"


def test_a_misspelt_example_is_a_sentence_with_its_name() -> None:
    with pytest.raises(InputError, match=r"nor an example; did you mean 'qwen3-4b'\?$"):
        open_experiment("qwen-4b")
