"""The self-check passes on real architectures and names the module where one breaks what it relies on."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from transformers import LlamaConfig

from traitscope.engine import check_adapter, check_model
from traitscope.errors import InputError, WorkError
from traitscope.models import Model, Placement, Source, read_adapter
from traitscope.models.blocks import find_blocks

WIDTH, VOCABULARY = 8, 50


def test_the_self_check_passes(model: Model) -> None:
    check_model(model)


class AddingBlock(nn.Module):
    """Returns the residual stream, as blocks should."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, WIDTH)

    def forward(self, residual: Tensor) -> Any:
        return residual + self.linear(residual)


class TupleBlock(AddingBlock):
    def forward(self, residual: Tensor) -> Any:
        return super().forward(residual), None


class UpdateBlock(AddingBlock):
    """Returns its update alone; the network adds it."""

    def forward(self, residual: Tensor) -> Any:
        return self.linear(residual)


class RestlessBlock(AddingBlock):
    """Never returns the same twice, as with dropout left on."""

    def forward(self, residual: Tensor) -> Any:
        return super().forward(residual) + torch.rand(())


class ToyNetwork(nn.Module):
    """Three blocks in a network that treats what they return as `kind` says."""

    config: ClassVar = LlamaConfig(num_hidden_layers=3, hidden_size=WIDTH, num_attention_heads=2)
    generation_config: ClassVar = None

    def __init__(self, block: type[nn.Module], kind: str = "plain") -> None:
        super().__init__()
        self.kind = kind
        self.embedding = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.ModuleList(block() for _ in range(3))
        self.head = nn.Linear(WIDTH, VOCABULARY)

    def get_input_embeddings(self) -> nn.Module:
        return self.embedding

    def forward(self, input_ids: Tensor, **_: Any) -> Any:
        residual = self.embedding(input_ids)
        states = [residual]
        for layer, block in enumerate(self.blocks):
            output = block(residual)
            output = output[0] if isinstance(output, tuple) else output
            if self.kind == "adds the update":
                residual = residual + output
            elif self.kind == "scales the second" and layer == 1:
                residual = 2 * output
            elif self.kind == "drops the last" and layer == 2:
                pass
            elif self.kind == "skips the first" and layer == 0:
                residual = self.embedding(input_ids)
            else:
                residual = output
            states.append(residual)
        return SimpleNamespace(logits=self.head(residual), hidden_states=tuple(states))


def toy(block: type[nn.Module] = AddingBlock, kind: str = "plain") -> Model:
    torch.manual_seed(0)
    network: Any = ToyNetwork(block, kind)
    tokenizer: Any = SimpleNamespace(pad_token_id=0, eos_token_id=1)
    return Model(
        network, tokenizer, find_blocks(network), Source("toy", Path(), ""), Placement("float32", "cpu")
    )


@pytest.mark.parametrize("block", [AddingBlock, TupleBlock])
def test_a_network_of_tensors_or_of_tuples_passes(block: type[nn.Module]) -> None:
    check_model(toy(block))


@pytest.mark.parametrize(
    ("block", "kind", "sentence"),
    [
        (
            UpdateBlock,
            "adds the update",
            r"ToyNetwork.blocks.0 \(UpdateBlock\): does not return the residual",
        ),
        (
            AddingBlock,
            "scales the second",
            r"ToyNetwork.blocks.1 \(AddingBlock\): does not return the residual",
        ),
        (
            AddingBlock,
            "skips the first",
            r"ToyNetwork.blocks.0 \(AddingBlock\): does not return the residual",
        ),
        (AddingBlock, "drops the last", r"ToyNetwork.blocks.2 \(AddingBlock\): can be added to without"),
        (RestlessBlock, "plain", r"ToyNetwork.blocks.0 \(RestlessBlock\): does not return the residual"),
    ],
)
def test_a_network_that_does_otherwise_with_its_blocks_is_refused_by_the_modules_name(
    block: type[nn.Module], kind: str, sentence: str
) -> None:
    with pytest.raises(WorkError, match=sentence):
        check_model(toy(block, kind))


class WideBlock(AddingBlock):
    """Keeps several streams in one, as Gemma 3n does."""

    def forward(self, residual: Tensor) -> Any:
        streams = residual if residual.dim() == 4 else residual.expand(2, *residual.shape)
        return super().forward(streams)


class LookingBackBlock(AddingBlock):
    """Every token sees the mean of all tokens it is given, later ones too."""

    def forward(self, residual: Tensor) -> Any:
        return super().forward(residual) + residual.mean(1, keepdim=True)


class ForgetfulBlock(AddingBlock):
    """Every token sees those before it in this pass, and keeps none of them for the next pass."""

    def forward(self, residual: Tensor) -> Any:
        return super().forward(residual) + residual.cumsum(1)


class StubbornNetwork(ToyNetwork):
    """Takes nothing but ids."""

    def forward(self, input_ids: Tensor, **others: Any) -> Any:
        if "past_key_values" in others:
            raise TypeError("forward() got an unexpected keyword argument 'past_key_values'")
        return super().forward(input_ids, **others)


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (
            WideBlock,
            r"ToyNetwork.blocks.0 \(WideBlock\): returns \(2, 1, 6, 8\) where \(rows, tokens, width\) = "
            r"\(1, 6, 8\) was looked for; name a decoder-only",
        ),
        (LookingBackBlock, "ToyNetwork: lets a token see the one after it, and a decoder was looked for"),
        (ForgetfulBlock, "ToyNetwork: finds answers otherwise likely after kept keys and values than in one"),
    ],
)
def test_what_the_engine_relies_on_is_looked_for(block: type[nn.Module], sentence: str) -> None:
    with pytest.raises(WorkError, match=sentence):
        check_model(toy(block))


def test_a_network_that_cannot_be_run_the_engines_way_is_refused_in_one_sentence() -> None:
    model = toy()
    stubborn: Any = StubbornNetwork(AddingBlock)
    other = Model(stubborn, model.tokenizer, stubborn.blocks, model.source, model.placement)
    with pytest.raises(WorkError, match=r"StubbornNetwork: cannot be run .*'past_key_values'\); name"):
        check_model(other)


def test_blocks_that_the_network_does_not_run_are_refused() -> None:
    model = toy()
    others = nn.ModuleList(AddingBlock() for _ in range(3))
    decoy = Model(model.network, model.tokenizer, others, model.source, model.placement)
    with pytest.raises(WorkError, match="0 of 3 blocks ran"):
        check_model(decoy)


def test_the_check_leaves_the_network_as_it_was(tiny_llama: Model) -> None:
    before = list(tiny_llama.blocks)
    check_model(tiny_llama)
    assert all(one is other for one, other in zip(tiny_llama.blocks, before, strict=True))


def test_a_network_without_a_list_of_blocks_is_refused() -> None:
    network: Any = ToyNetwork(AddingBlock)
    network.blocks = network.blocks[:2]
    with pytest.raises(InputError, match="ToyNetwork: has no list of 3 decoder blocks"):
        find_blocks(network)


@pytest.mark.parametrize(("size", "moves"), [(0.1, True), (0.0, False)])
def test_an_adapter_must_move_the_logits(
    size: float,
    moves: bool,
    tmp_path: Path,
    own_cache: Path,
    load_model: Callable[[Path], Model],
    tiny_llama_folder: Path,
    save_lora: Callable[..., Path],
) -> None:
    folder = save_lora(tiny_llama_folder, tmp_path / "lora", ["q_proj"], size=size)
    adapted = load_model(tiny_llama_folder).with_adapter("planted", read_adapter(folder))
    if moves:
        check_adapter(adapted, "lora/planted")
    else:
        with pytest.raises(
            InputError, match=r"adapter lora/planted: changes nothing in LlamaForCausalLM.*name an adapter"
        ):
            check_adapter(adapted, "lora/planted")
