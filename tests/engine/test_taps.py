"""Blocks read and steered in place, whatever they return."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from traitscope.engine import Push
from traitscope.engine.taps import TappedBlock, Taps, tapped
from traitscope.errors import WorkError
from traitscope.models import Model

IDS = torch.tensor([[30, 41, 52, 63, 74], [35, 46, 57, 68, 79]])


def captured(model: Model, ids: Tensor) -> list[Tensor]:
    shown: list[Tensor] = []
    with torch.inference_mode(), tapped(model, range(model.layers), lambda _, one: shown.append(one.clone())):
        model.network(input_ids=ids, use_cache=False)
    return shown


def test_captured_residuals_are_transformers_hidden_states_below_the_last_block(model: Model) -> None:
    with torch.inference_mode():
        states = model.network(input_ids=IDS, output_hidden_states=True, use_cache=False).hidden_states
    shown = captured(model, IDS)
    assert len(shown) == model.layers == len(states) - 1
    for layer in range(model.layers - 1):
        torch.testing.assert_close(shown[layer], states[layer + 1])


def test_the_last_residual_is_before_the_final_norm(model: Model) -> None:
    before_norm: list[Tensor] = []

    def keep(_module: Any, _inputs: Any, output: Any) -> None:
        before_norm.append(output[0] if isinstance(output, tuple) else output)

    hook = model.blocks[-1].register_forward_hook(keep)
    with torch.inference_mode():
        states = model.network(input_ids=IDS, output_hidden_states=True, use_cache=False).hidden_states
    hook.remove()
    last = captured(model, IDS)[-1]
    torch.testing.assert_close(last, before_norm[0])
    assert not torch.allclose(last, states[-1], rtol=0.1, atol=0.1)


class TupleBlock(nn.Module):
    """A block of transformers 4: a tuple that starts with the residual."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.attention_type = "full_attention"

    def forward(self, residual: Tensor) -> tuple[Tensor, str]:
        return self.scale * residual, "attention weights"


class TensorBlock(TupleBlock):
    """A block of transformers 5: the residual itself."""

    def forward(self, residual: Tensor) -> Tensor:  # type: ignore[override]
        return self.scale * residual


def pushes(layers: list[int | None], vectors: Tensor) -> list[list[Push]]:
    """One push a row, none where its layer is none."""
    return [
        [] if layer is None else [Push(layer, vector)] for layer, vector in zip(layers, vectors, strict=True)
    ]


def steered_block(block: nn.Module, layers: list[int | None], vectors: Tensor) -> TappedBlock:
    wrapped = TappedBlock(block, layer=3)
    Taps({3: wrapped}).steer(pushes(layers, vectors), vectors.shape[1])
    return wrapped


@pytest.mark.parametrize("kind", [TupleBlock, TensorBlock])
def test_every_row_is_steered_whether_a_block_returns_a_tuple_or_a_tensor(kind: type[nn.Module]) -> None:
    residual = torch.arange(3 * 2 * 4, dtype=torch.float32).reshape(3, 2, 4)  # (rows, tokens, width)
    vectors = torch.tensor([[1.0, 0, 0, 0], [0, 10.0, 0, 0], [0, 0, 100.0, 0]])
    shown: list[Tensor] = []
    block = steered_block(kind(), [3, 3, 3], vectors)
    block.show = lambda _, one: shown.append(one)
    output = block(residual)
    expected = 2 * residual + vectors[:, None, :]
    torch.testing.assert_close(output[0] if kind is TupleBlock else output, expected)
    torch.testing.assert_close(shown[0], expected)
    if kind is TupleBlock:
        assert output[1] == "attention weights"


def test_only_the_rows_of_this_layer_are_steered() -> None:
    residual = torch.ones(3, 2, 4)
    vectors = torch.full((3, 4), 5.0)
    output = steered_block(TensorBlock(), [3, 7, None], vectors)(residual)
    torch.testing.assert_close(output[0], torch.full((2, 4), 7.0))
    assert torch.equal(output[1:], torch.full((2, 2, 4), 2.0))


def test_only_unmasked_tokens_are_steered() -> None:
    block = TappedBlock(TensorBlock(), layer=3)
    taps = Taps({3: block})
    taps.steer(pushes([3, 3], torch.ones(2, 4)), 4)
    taps.mask(torch.tensor([[0, 1, 1], [0, 0, 1]]))
    output = block(torch.zeros(2, 3, 4))
    assert output[:, :, 0].tolist() == [[0, 1, 1], [0, 0, 1]]


def test_a_tapped_block_answers_for_the_attributes_of_its_block() -> None:
    block = TappedBlock(TupleBlock(), layer=0)
    assert block.attention_type == "full_attention"
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = block.no_such_thing


def test_the_blocks_are_put_back_also_after_a_failure(tiny_llama: Model) -> None:
    before = list(tiny_llama.blocks)
    with pytest.raises(RuntimeError, match="stopped"), tapped(tiny_llama, [0, 2]):
        assert isinstance(tiny_llama.network.model.layers[2], TappedBlock)
        raise RuntimeError("stopped")
    assert all(one is other for one, other in zip(tiny_llama.blocks, before, strict=True))


def test_a_bypassed_block_is_noticed(tiny_llama: Model) -> None:
    """The network runs blocks of its own: what is added to ours never reaches it."""
    decoy = replace(tiny_llama, blocks=nn.ModuleList(tiny_llama.blocks))
    with torch.inference_mode(), tapped(decoy, [1]) as taps:
        taps.steer(pushes([1, None], torch.ones(2, decoy.width)), decoy.width)
        decoy.network(input_ids=IDS, use_cache=False)
        with pytest.raises(WorkError, match=r"layer 1: was steered in \[0, 0\] forward passes"):
            taps.check(passes=1)


def test_a_pass_that_skipped_the_steering_is_noticed(tiny_llama: Model) -> None:
    with torch.inference_mode(), tapped(tiny_llama, [1]) as taps:
        taps.steer(pushes([1, None], torch.ones(2, tiny_llama.width)), tiny_llama.width)
        tiny_llama.network(input_ids=IDS, use_cache=False)
        taps.check(passes=1)
        with pytest.raises(WorkError, match=r"\[1, 0\] forward passes a row instead of 2"):
            taps.check(passes=2)
