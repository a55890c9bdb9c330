"""What attention and MLP add to the stream: found, read and steered in many architectures."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

from traitscope.engine import (
    Ablate,
    Cap,
    Push,
    Row,
    Words,
    check_component,
    check_model,
    decode,
    read_residual,
)
from traitscope.engine.taps import tapped
from traitscope.errors import InputError, WorkError
from traitscope.models import Component, Ids, Model, Placement, Source, component_name
from traitscope.models.blocks import find_blocks

SIZES = {
    "vocab_size": 60,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "initializer_range": 0.3,
}
GPT2_SIZES = {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64}
FAMILIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "llama": ({}, "self_attn", "mlp"),
    "qwen3": ({"head_dim": 8}, "self_attn", "mlp"),
    "gemma3_text": ({"head_dim": 8}, "post_attention_layernorm", "post_feedforward_layernorm"),
    "mistral": ({}, "self_attn", "mlp"),
    "gpt_neox": ({}, "attention", "mlp"),
    "gpt2": (GPT2_SIZES, "attn", "mlp"),
    "olmo2": ({}, "post_attention_layernorm", "post_feedforward_layernorm"),
    "glm4": ({"head_dim": 8}, "post_self_attn_layernorm", "post_mlp_layernorm"),
    "mixtral": ({"num_local_experts": 4}, "self_attn", "mlp"),
    "qwen3_moe": (
        {"head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16},
        "self_attn",
        "mlp",
    ),
}
IDS = torch.tensor([[30, 41, 52, 13, 24], [35, 46, 57, 18, 29]])
PARTS: tuple[Component, ...] = ("attn_out", "mlp_out")


def tiny(kind: str, **settings: Any) -> Model:
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **{**SIZES, **settings})
    network = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "norm" in name:
                parameter.add_(0.3 * torch.randn_like(parameter))  # a norm's output is not its input's shape
    tokenizer: Any = type("NoTokenizer", (), {"eos_token_id": 2, "pad_token_id": 0, "all_special_ids": []})
    return Model(
        network, tokenizer, find_blocks(network), Source(kind, Path(), ""), Placement("float32", "cpu")
    )


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def one(family: str) -> Model:
    return tiny(family, **FAMILIES[family][0])


def outputs(model: Model, component: Component) -> list[Tensor]:
    """By layer, read through the taps."""
    found: list[Tensor] = []
    with (
        torch.inference_mode(),
        tapped(model, range(model.layers), lambda _, part: found.append(part), component),
    ):
        model.network(input_ids=IDS, use_cache=False)
    return found


def test_the_parts_are_found_and_add_up_to_what_each_block_does(one: Model, family: str) -> None:
    assert [component_name(one.blocks[0], part) for part in PARTS] == list(FAMILIES[family][1:])
    entering: list[Tensor] = []
    hooks = [
        block.register_forward_pre_hook(lambda _module, inputs: entering.append(inputs[0]))
        for block in one.blocks
    ]
    residual = outputs(one, "residual")
    for hook in hooks:
        hook.remove()
    attention, mlp = (outputs(one, part) for part in PARTS)
    for layer in range(one.layers):
        torch.testing.assert_close(entering[layer] + attention[layer] + mlp[layer], residual[layer])
        assert all(float(part[layer].norm()) > 0.1 for part in (attention, mlp))


def test_the_self_checks_pass_and_leave_the_network_as_it_was(one: Model) -> None:
    modules = list(one.network.modules())
    check_model(one)
    for part in PARTS:
        check_component(one, part)
    assert all(a is b for a, b in zip(modules, one.network.modules(), strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_what_is_added_to_a_part_reaches_the_stream_as_if_a_hook_had_added_it(
    one: Model, part: Component
) -> None:
    vector = torch.randn(one.width, generator=torch.Generator().manual_seed(1))
    prompt: Ids = (30, 41, 52, 13, 24)
    steered = decode(one, [Row(prompt, Push(1, vector, part)), Row(prompt)], 5)

    def add(_module: Any, _inputs: Any, output: Any) -> Any:
        return (output[0] + vector, *output[1:]) if isinstance(output, tuple) else output + vector

    hook = one.blocks[1].get_submodule(component_name(one.blocks[1], part)).register_forward_hook(add)  # type: ignore[arg-type]
    expected: list[int] = []
    with torch.inference_mode():
        for _ in range(5):
            logits = one.network(input_ids=torch.tensor([(*prompt, *expected)]), use_cache=False).logits
            expected.append(int(logits[0, -1].argmax()))
            if expected[-1] == 2:
                break
    hook.remove()
    assert steered[0].ids == tuple(token for token in expected if token != 2)
    assert steered[1] == decode(one, [Row(prompt)], 5)[0]


def test_a_part_is_steered_beside_the_stream_of_the_same_layer(tiny_llama: Model) -> None:
    """One row at both, another at one: the counters of both must agree, or decoding would fail."""
    width, prompt = tiny_llama.width, (30, 41, 52)
    direction = torch.zeros(width)
    direction[3] = 1.0
    rows = [
        Row(
            prompt,
            [
                Push(1, 2 * direction, "attn_out"),
                Ablate(1, direction),
                Cap(1, direction, 0.0, 0.0, "mlp_out"),
            ],
        ),
        Row(prompt, Push(1, direction, "mlp_out")),
        Row(prompt),
    ]
    assert decode(tiny_llama, rows, 4)[2] == decode(tiny_llama, [Row(prompt)], 4)[0]


@pytest.mark.parametrize("part", PARTS)
def test_parts_of_padded_rows_are_those_of_each_row_alone(one: Model, part: Component) -> None:
    words = [Words((30, 41, 52), (13, 24)), Words((35,), (46, 57))]
    found = read_residual(one, words, [range(1, 5), range(3)], part)
    for given, kept, residual in zip(words, (range(1, 5), range(3)), found, strict=True):
        alone: list[Tensor] = []
        with (
            torch.inference_mode(),
            tapped(one, range(one.layers), lambda _, x, a=alone: a.append(x[0]), part),
        ):
            one.network(input_ids=torch.tensor([(*given.prompt, *given.response)]), use_cache=False)
        expected = torch.stack(alone)[:, kept.start : kept.stop]
        torch.testing.assert_close(residual, expected, atol=1e-4, rtol=1e-4)


def test_a_block_without_such_a_module_is_refused_with_what_was_looked_for() -> None:
    opt = tiny("opt", ffn_dim=32, word_embed_proj_dim=16)
    sentence = r"OPTDecoderLayer has no module called mlp, feed_forward, .*; it has self_attn, .*, fc1, fc2"
    with pytest.raises(InputError, match=sentence):
        check_component(opt, "mlp_out")
    check_component(opt, "residual")


@pytest.mark.parametrize("kind", ["bloom", "granite"])
def test_a_part_that_is_not_what_is_added_is_refused(kind: str) -> None:
    """Bloom adds the stream inside its attention; Granite scales a part before adding it."""
    settings = {"bloom": {"n_head": 2, "n_layer": 3}, "granite": {"residual_multiplier": 0.5}}[kind]
    with pytest.raises(
        WorkError, match="adds something else to the residual stream than the outputs of self_att"
    ):
        check_component(tiny(kind, **settings), "attn_out")
