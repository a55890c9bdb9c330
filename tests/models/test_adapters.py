"""LoRA adapters against PEFT's own results, and what is refused before PEFT sees it."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from traitscope.errors import InputError
from traitscope.models import Model, check_fit, fetch_adapter, read_adapter
from traitscope.models.adapters import attach

IDS = torch.arange(20, 60)[None]

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def lora(
    save_lora: Callable[..., Path], tiny_llama_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """On the attention of the tiny Llama."""
    return save_lora(tiny_llama_folder, tmp_path_factory.mktemp("lora") / "attention", ["q_proj", "v_proj"])


@pytest.fixture(scope="module")
def other_lora(
    save_lora: Callable[..., Path], tiny_llama_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """On its MLP, and partly on the same modules."""
    into = tmp_path_factory.mktemp("lora") / "mlp"
    return save_lora(tiny_llama_folder, into, ["v_proj", "down_proj"], seed=2)


@pytest.fixture(scope="module")
def with_head(
    save_lora: Callable[..., Path], tiny_llama_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """On its attention, with a head of its own in place of the model's."""
    into = tmp_path_factory.mktemp("lora") / "head"
    save_lora(tiny_llama_folder, into, ["q_proj"], seed=3, modules_to_save=["lm_head"])
    tensors = load_file(into / "adapter_model.safetensors")
    head = next(key for key in tensors if "lm_head" in key)
    tensors[head] = tensors[head] + torch.randn(
        tensors[head].shape, generator=torch.Generator().manual_seed(0)
    )
    save_file(tensors, into / "adapter_model.safetensors", metadata={"format": "pt"})
    return into


@pytest.fixture
def spoilt(lora: Path, tmp_path: Path) -> Path:
    """A copy of the adapter to be damaged."""
    return Path(shutil.copytree(lora, tmp_path / "spoilt"))


@pytest.fixture
def fresh_llama(load_model: Callable[[Path], Model], tiny_llama_folder: Path) -> Model:
    return load_model(tiny_llama_folder)


def logits(model: Model) -> Tensor:
    with model.running():
        found: Tensor = model.network(input_ids=IDS).logits
    return found


def merged_logits(model: Path, adapter: Path) -> Tensor:
    """What PEFT makes of the adapter when it is merged into the weights for good."""
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    merged = PeftModel.from_pretrained(network, adapter).merge_and_unload()
    with torch.inference_mode():
        found: Tensor = merged(input_ids=IDS).logits
    return found


def change_config(folder: Path, **changes: object) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def refusal(adapter: Path, model: Model | None = None) -> str:
    with pytest.raises(InputError) as caught:
        found = read_adapter(adapter)
        assert model is not None, "read_adapter was to refuse it"
        model.with_adapter("x", found)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_adapter_gives_the_logits_of_peft_merged_into_the_weights(
    fresh_llama: Model, tiny_llama_folder: Path, lora: Path
) -> None:
    adapted = fresh_llama.with_adapter("x", read_adapter(lora))
    torch.testing.assert_close(logits(adapted), merged_logits(tiny_llama_folder, lora), atol=1e-4, rtol=1e-4)


def test_an_adapter_on_gpt_neox_gives_the_logits_of_peft(
    load_model: Callable[[Path], Model],
    tiny_neox_folder: Path,
    save_lora: Callable[..., Path],
    tmp_path: Path,
) -> None:
    folder = save_lora(tiny_neox_folder, tmp_path / "lora", ["query_key_value"])
    adapted = load_model(tiny_neox_folder).with_adapter("x", read_adapter(folder))
    torch.testing.assert_close(logits(adapted), merged_logits(tiny_neox_folder, folder), atol=1e-4, rtol=1e-4)


def test_an_adapter_on_transposed_linear_modules_is_held_against_their_shape(tmp_path: Path) -> None:
    """GPT-2's projections keep their weights the other way round and call their sizes nx and nf."""

    def network(width: int) -> GPT2LMHeadModel:
        torch.manual_seed(0)
        return GPT2LMHeadModel(
            GPT2Config(vocab_size=80, n_positions=64, n_embd=width, n_layer=2, n_head=2)
        ).eval()

    get_peft_model(
        network(8), LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True)
    ).save_pretrained(tmp_path)
    adapter = read_adapter(tmp_path)
    attach(network(8), "x", adapter)
    with pytest.raises(
        InputError, match=r"c_attn' of 8 -> 24, the model's is 16 -> 48; it was made for another"
    ):
        attach(network(16), "x", adapter)


def test_the_same_weights_run_with_and_without_an_adapter_in_any_order(
    fresh_llama: Model, lora: Path
) -> None:
    before = logits(fresh_llama)
    adapted = fresh_llama.with_adapter("x", read_adapter(lora))
    with_it = logits(adapted)
    assert float((with_it - before).abs().max()) > 0.1
    for _ in range(2):
        assert torch.equal(logits(fresh_llama), before)
        assert torch.equal(logits(adapted), with_it)


def test_an_adapter_is_off_outside_of_running_also_after_a_failure(fresh_llama: Model, lora: Path) -> None:
    before = logits(fresh_llama)
    adapted = fresh_llama.with_adapter("x", read_adapter(lora))
    with pytest.raises(RuntimeError, match="stopped"), adapted.running():
        raise RuntimeError("stopped")
    assert torch.equal(logits(fresh_llama), before)


def test_a_second_adapter_is_attached_without_a_word_of_the_first(
    fresh_llama: Model, save_lora: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for seed in (1, 2):
        folder = save_lora(fresh_llama.source.folder, tmp_path / str(seed), ["q_proj"], seed=seed)
        fresh_llama.with_adapter(f"adapter_{seed}", read_adapter(folder))
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_two_adapters_on_one_network_do_not_mix(
    fresh_llama: Model, tiny_llama_folder: Path, lora: Path, other_lora: Path
) -> None:
    before = logits(fresh_llama)
    one = fresh_llama.with_adapter("one", read_adapter(lora))
    two = fresh_llama.with_adapter("two", read_adapter(other_lora))
    assert two.network is one.network is fresh_llama.network
    for model, expected in (
        (one, merged_logits(tiny_llama_folder, lora)),
        (two, merged_logits(tiny_llama_folder, other_lora)),
        (fresh_llama, before),
        (one, merged_logits(tiny_llama_folder, lora)),
    ):
        torch.testing.assert_close(logits(model), expected, atol=1e-4, rtol=1e-4)


def test_an_adapter_that_replaces_whole_modules_gives_the_logits_of_peft(
    fresh_llama: Model, tiny_llama_folder: Path, lora: Path, with_head: Path
) -> None:
    before = logits(fresh_llama)
    one = fresh_llama.with_adapter("one", read_adapter(with_head))
    two = fresh_llama.with_adapter("two", read_adapter(lora))
    for model, expected in (
        (one, merged_logits(tiny_llama_folder, with_head)),
        (two, merged_logits(tiny_llama_folder, lora)),
        (fresh_llama, before),
        (one, merged_logits(tiny_llama_folder, with_head)),
    ):
        torch.testing.assert_close(logits(model), expected, atol=1e-4, rtol=1e-4)


def test_an_adapter_that_replaces_tokens_leaves_the_others_on_its_network_alone(
    fresh_llama: Model, tiny_llama_folder: Path, lora: Path, save_lora: Callable[..., Path], tmp_path: Path
) -> None:
    tokens = save_lora(tiny_llama_folder, tmp_path / "tokens", ["q_proj"], trainable_token_indices=[30, 31])
    one = fresh_llama.with_adapter("one", read_adapter(tokens))
    two = fresh_llama.with_adapter("two", read_adapter(lora))
    for model, folder in ((one, tokens), (two, lora)):
        expected = merged_logits(tiny_llama_folder, folder)
        torch.testing.assert_close(logits(model), expected, atol=1e-4, rtol=1e-4)


def test_an_adapter_that_brings_biases_for_the_model_itself_is_refused(
    tiny_neox_folder: Path,
    load_model: Callable[[Path], Model],
    save_lora: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """PEFT would write them over the model's: without the adapter it would no longer be the clean model."""
    model = load_model(tiny_neox_folder)
    before = logits(model)
    folder = save_lora(tiny_neox_folder, tmp_path / "lora", ["query_key_value"], bias="lora_only")
    tensors = load_file(folder / "adapter_model.safetensors")
    for layer in range(3):
        # Not every version of PEFT saves them of itself.
        place = f"base_model.model.gpt_neox.layers.{layer}.attention.query_key_value"
        tensors = {key: tensor for key, tensor in tensors.items() if key != f"{place}.base_layer.bias"}
        tensors[f"{place}.bias"] = torch.ones(96)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    sentence = "brings 3 biases in place of the model's own (bias: lora_only), which cannot be switched off"
    assert sentence in refusal(folder, model)
    with pytest.raises(InputError, match="brings 3 biases"):
        check_fit(read_adapter(folder), model.source)
    assert torch.equal(logits(model), before)


def test_an_adapter_of_a_model_that_has_no_biases_may_say_that_it_trained_them(
    fresh_llama: Model, tiny_llama_folder: Path, save_lora: Callable[..., Path], tmp_path: Path
) -> None:
    folder = save_lora(tiny_llama_folder, tmp_path / "lora", ["q_proj"], bias="all")
    adapted = fresh_llama.with_adapter("x", read_adapter(folder))
    torch.testing.assert_close(
        logits(adapted), merged_logits(tiny_llama_folder, folder), atol=1e-4, rtol=1e-4
    )


def test_a_second_adapter_of_the_same_name_is_refused(
    fresh_llama: Model, lora: Path, other_lora: Path
) -> None:
    adapted = fresh_llama.with_adapter("x", read_adapter(lora))
    before = logits(adapted)
    assert "cannot be attached as 'x': there is one of that name" in refusal(other_lora, fresh_llama)
    assert torch.equal(logits(adapted), before)


def test_nothing_of_an_adapted_network_is_in_training_mode(fresh_llama: Model, lora: Path) -> None:
    adapted = fresh_llama.with_adapter("x", read_adapter(lora))
    assert not any(module.training for module in adapted.network.modules())
    assert not any(parameter.requires_grad for parameter in adapted.network.parameters())


def test_an_adapters_identity_is_what_its_files_hold(lora: Path, spoilt: Path, other_lora: Path) -> None:
    assert read_adapter(spoilt).identity == read_adapter(lora).identity
    assert read_adapter(other_lora).identity != read_adapter(lora).identity
    change_config(spoilt, lora_alpha=99)
    assert read_adapter(spoilt).identity != read_adapter(lora).identity


def test_rank_targets_and_base_are_read(lora: Path, tiny_llama_folder: Path) -> None:
    found = read_adapter(lora)
    assert found.rank == 2
    assert set(found.targets) == {"q_proj", "v_proj"}
    assert found.layers is None
    assert found.base == str(tiny_llama_folder)


@pytest.mark.parametrize(("limits", "layers"), [([1, 3], (1, 3)), (2, (2,)), ([], None), (None, None)])
def test_the_layers_that_an_adapter_is_limited_to_are_read(
    spoilt: Path, limits: object, layers: tuple[int, ...] | None
) -> None:
    change_config(spoilt, layers_to_transform=limits)
    assert read_adapter(spoilt).layers == layers


@pytest.mark.parametrize("base", [None, ""])
def test_an_adapter_need_not_say_what_it_was_trained_on(spoilt: Path, base: str | None) -> None:
    change_config(spoilt, base_model_name_or_path=base)
    assert read_adapter(spoilt).base is None


def test_a_missing_adapter_is_refused(tmp_path: Path) -> None:
    assert "nowhere: does not exist; check the path under 'lora'." in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("adapter_config.json", "has no adapter_config.json; name a folder saved by PEFT."),
        ("adapter_model.safetensors", "has no adapter_model.safetensors; name a folder saved by PEFT."),
    ],
)
def test_an_adapter_without_one_of_its_files_is_refused(spoilt: Path, file: str, sentence: str) -> None:
    (spoilt / file).unlink()
    assert sentence in refusal(spoilt)


@pytest.mark.parametrize("pickle", ["adapter_model.bin", "adapter_model.pt"])
def test_a_pickled_adapter_is_refused(spoilt: Path, pickle: str) -> None:
    (spoilt / "adapter_model.safetensors").rename(spoilt / pickle)
    assert "holds pickled weights, which can run code when read; save the adapter again" in refusal(spoilt)


@pytest.mark.parametrize("content", ['{"r": 2', "[]", '{"r": 2}', '{"r": 2, "target_modules": null}', "\x00"])
def test_a_damaged_adapter_config_is_refused(spoilt: Path, content: str) -> None:
    (spoilt / "adapter_config.json").write_text(content)
    assert "adapter_config.json cannot be read" in refusal(spoilt)


@pytest.mark.parametrize("kept", [4, 60, 4000])
def test_truncated_adapter_weights_are_refused(fresh_llama: Model, spoilt: Path, kept: int) -> None:
    weights = spoilt / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert "adapter_model.safetensors is damaged" in refusal(spoilt, fresh_llama)


def test_an_adapter_of_another_width_is_refused(
    fresh_llama: Model, smollm2: Model, save_lora: Callable[..., Path], tmp_path: Path
) -> None:
    """Both are Llamas with the same module names; only the shapes tell."""
    folder = save_lora(smollm2.source.folder, tmp_path / "lora", ["q_proj"], layers_to_transform=[0])
    sentence = refusal(folder, fresh_llama)
    assert "'model.layers.0.self_attn.q_proj' of 576 -> 576, the model's is 48 -> 48" in sentence
    assert sentence.endswith("it was made for another model; name the one it was trained on.")


def test_an_adapter_whose_modules_the_model_does_not_have_is_refused(
    load_model: Callable[[Path], Model], tiny_neox_folder: Path, lora: Path
) -> None:
    sentence = refusal(lora, load_model(tiny_neox_folder))
    assert "changes 'model.layers.0.self_attn." in sentence
    assert "which the model does not have; it was made for another model" in sentence


def test_an_adapter_whose_config_names_targets_that_do_not_exist_is_refused(
    fresh_llama: Model, spoilt: Path
) -> None:
    change_config(spoilt, target_modules=["attention_of_another_model"])
    sentence = refusal(spoilt, fresh_llama)
    assert "its adapter_config.json and its weights disagree" in sentence
    assert "attention_of_another_model" in sentence


def test_an_adapter_of_another_rank_than_its_config_says_is_refused(fresh_llama: Model, spoilt: Path) -> None:
    change_config(spoilt, r=4)
    assert "its adapter_config.json and its weights disagree" in refusal(spoilt, fresh_llama)


def test_a_folder_whose_safetensors_hold_no_lora_is_refused(
    fresh_llama: Model, spoilt: Path, tiny_llama_folder: Path
) -> None:
    shutil.copy(tiny_llama_folder / "model.safetensors", spoilt / "adapter_model.safetensors")
    assert "holds no LoRA weights" in refusal(spoilt, fresh_llama)


def test_an_adapter_is_held_against_its_model_before_the_weights_are_read(
    tiny_llama: Model, tiny_neox: Model, lora: Path, spoilt: Path
) -> None:
    check_fit(read_adapter(lora), tiny_llama.source)
    with pytest.raises(InputError, match="which the model does not have; it was made for another model"):
        check_fit(read_adapter(lora), tiny_neox.source)
    weights = spoilt / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:60])
    with pytest.raises(InputError, match=r"adapter_model\.safetensors is damaged"):
        check_fit(read_adapter(spoilt), tiny_llama.source)


def test_an_adapter_whose_update_is_zero_is_refused_before_the_weights_are_read(
    tiny_llama: Model, tiny_llama_folder: Path, save_lora: Callable[..., Path], tmp_path: Path
) -> None:
    folder = save_lora(tiny_llama_folder, tmp_path / "lora", ["q_proj"], size=0.0)
    with pytest.raises(InputError, match="changes nothing: its update is zero; name an adapter"):
        check_fit(read_adapter(folder), tiny_llama.source)


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(lora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub's cache that holds the adapter `owner/planted`; the hub itself cannot be reached."""
    stored = tmp_path / "hub" / "models--owner--planted"
    (stored / "refs").mkdir(parents=True)
    (stored / "refs" / "main").write_text(COMMIT)
    shutil.copytree(lora, stored / "snapshots" / COMMIT)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return stored


@pytest.mark.parametrize("revision", [None, "main", COMMIT])
def test_an_adapter_from_the_hub_is_the_one_of_its_commit(
    hub: Path, lora: Path, revision: str | None
) -> None:
    found = fetch_adapter("owner/planted", revision)
    assert (found.folder, found.commit) == (hub / "snapshots" / COMMIT, COMMIT)
    assert found.identity == read_adapter(lora).identity


def test_of_an_adapter_on_the_hub_two_files_are_asked_for_and_none_unless_it_may_be_fetched(
    lora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def download(name: str, **wanted: object) -> str:
        asked.append({"name": name, **wanted})
        return str(lora)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    fetch_adapter("owner/planted", "v1")
    fetch_adapter("owner/planted", "v1", fetch=False)
    files = ["adapter_config.json", "adapter_model.safetensors"]
    assert asked == [
        {"name": "owner/planted", "revision": "v1", "allow_patterns": files, "local_files_only": here}
        for here in (False, True)
    ]


def test_an_adapter_that_can_be_neither_a_folder_nor_an_id_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        fetch_adapter("a/b/c")
    assert str(caught.value) == (
        "adapter 'a/b/c': is neither a folder nor a Hugging Face id (owner/name); "
        "check the path under 'lora'."
    )


def test_an_adapter_that_is_not_at_hand_is_refused_by_its_name(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="adapter 'owner/other': is not in the local cache and Hugging Face"):
        fetch_adapter("owner/other")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(InputError, match="adapter 'owner/other': is not on this machine yet, and only a run"):
        fetch_adapter("owner/other", fetch=False)
