"""What a valid experiment file says."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from traitscope.config import read_config, read_config_text, trait_name

SMALLEST = "{name: a, variants: {base: {model: smollm2}}, traits: [gloom], extract: {variant: base}}"


def test_the_example_of_the_demo_is_read_as_it_stands(example):
    config = read_config_text(example, "experiment.yaml")

    assert config.name == "demo"
    assert list(config.variants) == ["base", "chat", "gloomy", "plain"]
    assert config.variants["base"].chat is False
    assert config.variants["gloomy"].lora == "lora/gloom"
    assert [name for name, variant in config.variants.items() if variant.control] == ["plain"]
    assert config.traits == ("gloom", "formality", "hedging")
    assert (config.extract.position, config.extract.pairs) == ("response[:5]", 60)
    assert config.extract.methods == ("mean_diff", "probe")
    assert config.steer is not None
    assert (config.steer.layers, config.steer.start, config.steer.report_questions) == ("6:26:2", 0.35, 20)
    assert config.infer is not None
    assert config.infer.variants == ("chat", "gloomy", "plain")
    assert [(pair.before, pair.after) for pair in config.comparisons] == [
        ("chat", "gloomy"),
        ("chat", "plain"),
    ]
    assert config.seed == 0


def test_a_file_is_read_from_disk_and_named_in_its_errors(tmp_path, example):
    path = tmp_path / "mine.yaml"
    path.write_text(example, encoding="utf-8")

    assert read_config(path) == read_config_text(example, "anything")


def test_the_smallest_file_leaves_the_references_defaults():
    config = read_config_text(SMALLEST, "e.yaml")

    assert (config.steer, config.infer, config.comparisons, config.seed) == (None, None, (), 0)
    assert (config.extract.new_tokens, config.extract.position, config.extract.pairs) == (
        16,
        "response[:5]",
        None,
    )
    assert (config.run.batch_rows, config.run.threads) == (None, None)
    variant = config.variants["base"]
    assert (variant.system_prompt, variant.dtype, variant.device) == ("default", "auto", "auto")
    assert variant.trust_remote_code is False


def test_the_defaults_of_steering_are_the_references_search():
    text = SMALLEST.replace("smollm2}", "smollm2, chat: true}")[:-1] + ", steer: {variant: base}}"
    steer = read_config_text(text, "e.yaml").steer

    assert steer is not None
    assert (steer.start, steer.steps, steer.up, steer.down, steer.momentum) == (0.7, 4, 1.2, 0.85, 0.7)
    assert (steer.questions, steer.report_questions, steer.new_tokens, steer.threshold) == (10, 20, 64, 70)
    assert (steer.traits, steer.method, steer.layers, steer.push) == (None, "mean_diff", "30%-60%", None)


@pytest.mark.parametrize("layers", ["6:26:2", "1:30", "5-20", "30%-60%", "all", "'3,7'", "'12'"])
def test_layers_need_no_quotes_where_yaml_might_read_a_number_in_base_60(changed, layers):
    config = read_config_text(changed('"6:26:2"', layers), "e.yaml")

    assert config.steer is not None
    assert config.steer.layers == layers.strip("'")


def test_report_questions_may_be_the_searched_ones(changed):
    config = read_config_text(changed("report_questions: 20", "report_questions: same"), "e.yaml")

    assert config.steer is not None
    assert config.steer.report_questions == "same"


def test_a_system_prompt_may_be_any_text(changed):
    config = read_config_text(changed("system_prompt: none", "system_prompt: Answer in verse."), "e.yaml")

    assert config.variants["chat"].system_prompt == "Answer in verse."


def test_traits_may_lie_in_folders_and_are_steered_by_name_or_path(changed):
    for steered in ("gloom", "moods/gloom"):
        text = changed("traits: [gloom, formality", "traits: [moods/gloom, formality")
        config = read_config_text(text.replace("traits: [gloom]", f"traits: [{steered}]"), "e.yaml")
        assert config.steer is not None
        assert config.steer.traits == (steered,)
    assert trait_name("moods/gloom") == trait_name("gloom") == "gloom"


def test_variants_of_different_models_may_be_compared(changed):
    text = changed("gloomy: {model: smollm2", "gloomy: {model: other/model")

    assert read_config_text(text, "e.yaml").variants["gloomy"].model == "other/model"


def test_yaml_anchors_let_variants_share_their_keys():
    text = """
name: a
variants:
  chat: &chat {model: smollm2, chat: true}
  gloomy: {<<: *chat, lora: lora/gloom, system_prompt: none}
traits: [gloom]
extract: {variant: chat}
"""
    gloomy = read_config_text(text, "e.yaml").variants["gloomy"]

    assert (gloomy.model, gloomy.chat, gloomy.lora) == ("smollm2", True, "lora/gloom")


def test_settings_cannot_be_changed_once_they_are_read(example):
    config = read_config_text(example, "e.yaml")

    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 1  # type: ignore[misc]


def test_reading_an_experiment_or_a_trait_loads_no_heavy_library():
    heavy = "{'torch', 'transformers', 'numpy', 'scipy', 'sklearn', 'polars', 'matplotlib'}"
    program = f"import sys, traitscope.config, traitscope.data; print(*({heavy} & set(sys.modules)))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (finished.returncode, finished.stdout.strip()) == (0, ""), finished.stderr
