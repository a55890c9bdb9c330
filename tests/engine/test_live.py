"""A loaded model steered inside a `with`: held against plain hooks and traitscope's decoding."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from torch import Tensor, nn
from torch.testing import assert_close
from transformers import AutoModelForCausalLM

from traitscope.engine import Push, Row, Words, answer, decode, read_residual, steered
from traitscope.engine.live import SteeredBlock
from traitscope.errors import InputError, WorkError
from traitscope.models import Ids, Model

IDS = torch.arange(20, 30)[None]


@pytest.fixture
def own_network(tiny_llama_folder: Path) -> Any:
    """A network as its user loads it, without traitscope."""
    return AutoModelForCausalLM.from_pretrained(tiny_llama_folder, dtype=torch.float32)


def logits_of(network: Any, ids: Tensor = IDS) -> Tensor:
    with torch.inference_mode():
        found: Tensor = network(input_ids=ids).logits
    return found


def hooked_logits(network: Any, vectors: dict[int, Tensor], first: int = 0) -> Tensor:
    """Logits with plain forward hooks that add each vector from token `first` on."""

    def adding(vector: Tensor) -> Callable[..., Tensor]:
        def add(_module: Any, _inputs: Any, output: Tensor) -> Tensor:
            changed = output.clone()
            changed[:, first:] += vector
            return changed

        return add

    hooks = [
        network.model.layers[layer].register_forward_hook(adding(vector)) for layer, vector in vectors.items()
    ]
    try:
        return logits_of(network)
    finally:
        for hook in hooks:
            hook.remove()


def vector(seed: int, width: int = 48) -> Tensor:
    return 3 * torch.randn(width, generator=torch.Generator().manual_seed(seed))


def test_a_network_of_ones_own_is_steered_as_by_plain_hooks(own_network: Any) -> None:
    vectors = {1: vector(0), 3: vector(1)}
    expected, plain = hooked_logits(own_network, vectors), logits_of(own_network)
    with steered(own_network, vectors):
        assert_close(logits_of(own_network), expected)
    assert not torch.allclose(expected, plain, atol=0.1)
    assert torch.equal(logits_of(own_network), plain)


def test_generate_and_traitscopes_decoding_give_the_same_steered_tokens(
    tiny_model: Model,
    push_at: Callable[..., Push],
    prompts: list[Ids],
    assert_same_tokens: Callable[..., None],
) -> None:
    push = push_at(tiny_model, 1, 0.6)
    for positions in ("all", "response"):
        expected = decode(tiny_model, [Row(prompts[0], push)], 12, positions)[0].ids  # type: ignore[arg-type]
        with steered(tiny_model.network, {1: push.vector}, positions):  # type: ignore[arg-type]
            output: Any = tiny_model.network.generate(  # type: ignore[operator]
                input_ids=torch.tensor([prompts[0]]),
                attention_mask=torch.ones(1, len(prompts[0]), dtype=torch.long),
                max_new_tokens=12,
                do_sample=False,
                pad_token_id=tiny_model.pad_id,
                eos_token_id=sorted(tiny_model.end_ids),
            )
            within = decode(tiny_model, [Row(prompts[0])], 12)[0].ids
        tokens = output[0, len(prompts[0]) :].tolist()
        ends = [place for place, token in enumerate(tokens) if token in tiny_model.end_ids]
        found = tuple(tokens[: ends[0]] if ends else tokens)
        assert_same_tokens(tiny_model, prompts[0], found, expected, push, positions)
        assert_same_tokens(tiny_model, prompts[0], within, expected, push, positions)


def test_a_push_of_zero_changes_nothing(own_network: Any) -> None:
    plain = logits_of(own_network)
    for positions in ("all", "response"):
        with steered(own_network, {2: torch.zeros(48)}, positions):  # type: ignore[arg-type]
            assert torch.equal(logits_of(own_network), plain)


def test_nested_blocks_add_up_in_whatever_order_they_end(own_network: Any) -> None:
    plain = logits_of(own_network)
    one, other = (steered(own_network, {1: vector(seed)}) for seed in (0, 1))
    one.__enter__()
    other.__enter__()
    both = hooked_logits_of_sum(own_network)
    assert_close(logits_of(own_network), both)
    one.__exit__(None, None, None)
    assert not torch.allclose(logits_of(own_network), both)
    other.__exit__(None, None, None)
    assert torch.equal(logits_of(own_network), plain)
    assert not any(isinstance(module, SteeredBlock) for module in own_network.modules())


def hooked_logits_of_sum(network: Any) -> Tensor:
    """Logits of a fresh copy with both vectors of the nesting test in one hook."""
    import copy

    fresh = copy.deepcopy(network)
    fresh.model.layers[1] = fresh.model.layers[1].block
    return hooked_logits(fresh, {1: vector(0) + vector(1)})


def test_the_response_begins_at_the_last_token_of_a_pass(own_network: Any) -> None:
    expected = hooked_logits(own_network, {1: vector(0)}, first=IDS.shape[1] - 1)
    with steered(own_network, {1: vector(0)}, "response"):
        assert_close(logits_of(own_network), expected)


def test_rows_of_one_pass_are_steered_alike(own_network: Any) -> None:
    ids = torch.stack([torch.arange(20, 30), torch.arange(60, 70)])
    with steered(own_network, {1: vector(0)}):
        together = logits_of(own_network, ids)
        apart = torch.cat([logits_of(own_network, row[None]) for row in ids])
    assert_close(together, apart, rtol=1e-4, atol=1e-4)


def test_a_question_is_answered_as_steered_at_the_moment(
    tiny_llama: Model, push_at: Callable[..., Push]
) -> None:
    push = push_at(tiny_llama, 1, 1.0)
    expected = answer(tiny_llama, "Write a note.", push, 12)
    with steered(tiny_llama, {1: push.vector}):
        found = answer(tiny_llama, "Write a note.", new_tokens=12)
    assert found == expected != answer(tiny_llama, "Write a note.", new_tokens=12)


def test_what_is_read_inside_holds_the_push(tiny_llama: Model) -> None:
    words = [Words(tuple(range(20, 26)), (30, 31))]
    before = read_residual(tiny_llama, words, [range(8)])[0]
    with steered(tiny_llama, {1: vector(0)}):
        after = read_residual(tiny_llama, words, [range(8)])[0]
    moved = after - before  # (layers, tokens, width)
    assert not moved[0].any()
    assert_close(moved[1], vector(0).expand(8, -1), rtol=1e-4, atol=1e-4)


def test_gradients_pass_through(own_network: Any) -> None:
    with steered(own_network, {1: vector(0)}):
        own_network(input_ids=IDS).logits.sum().backward()
    assert own_network.model.layers[0].mlp.up_proj.weight.grad.abs().sum() > 0


def test_an_error_inside_leaves_the_network_as_it_was(own_network: Any) -> None:
    plain = logits_of(own_network)
    with pytest.raises(KeyError), steered(own_network, {1: vector(0)}):
        raise KeyError
    assert torch.equal(logits_of(own_network), plain)


def test_a_peft_model_is_steered_with_its_adapter(
    own_network: Any, tiny_llama_folder: Path, save_lora: Callable[..., Path], tmp_path: Path
) -> None:
    lora = save_lora(tiny_llama_folder, tmp_path / "lora", ["q_proj"], size=0.3)
    adapted = PeftModel.from_pretrained(own_network, lora).eval()
    expected = hooked_logits(adapted.base_model.model, {1: vector(0)})
    with steered(adapted, {1: vector(0)}):  # type: ignore[arg-type]
        assert_close(logits_of(adapted), expected)


def test_transformers_shows_a_steered_block_before_the_push_and_the_next_after(own_network: Any) -> None:
    plain = own_network(input_ids=IDS, output_hidden_states=True).hidden_states
    with steered(own_network, {1: vector(0)}):
        found = own_network(input_ids=IDS, output_hidden_states=True).hidden_states
    assert torch.equal(found[2], plain[2])
    assert not torch.allclose(found[3], plain[3], atol=0.1)


def test_bfloat16_stays_bfloat16(tiny_llama_folder: Path) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny_llama_folder, dtype=torch.bfloat16)
    with steered(network, {1: vector(0)}):
        assert logits_of(network).dtype == torch.bfloat16


def test_a_model_that_never_ran_is_warned_of(own_network: Any) -> None:
    with pytest.warns(RuntimeWarning, match="nothing was steered"), steered(own_network, {1: vector(0)}):
        pass


def test_passes_that_go_past_a_steered_block_are_an_error(own_network: Any) -> None:
    with pytest.raises(WorkError, match="1 at layer 1, 0 at layer 2"):  # noqa: SIM117 (what raises is inside)
        with steered(own_network, {1: vector(0), 2: vector(1)}):
            own_network.model.layers[1](torch.zeros(1, 3, 48), **_rotation(own_network))


def _rotation(network: Any) -> dict[str, Any]:
    places = torch.arange(3)[None]
    return {"position_embeddings": network.model.rotary_emb(torch.zeros(1, 3, 48), places)}


@pytest.mark.parametrize(
    ("vectors", "told"),
    [
        ({1: torch.zeros(32)}, "is 32 wide, and the residual stream of LlamaForCausalLM is 48"),
        ({4: torch.zeros(48)}, "is not in LlamaForCausalLM, which has layers 0 to 3"),
        ({-1: torch.zeros(48)}, "is not in LlamaForCausalLM"),
    ],
)
def test_vectors_of_another_model_are_refused(
    own_network: Any, vectors: dict[int, Tensor], told: str
) -> None:
    with pytest.raises(InputError, match=told), steered(own_network, vectors):
        pass


def test_what_is_no_network_is_refused(own_network: Any) -> None:
    for strange in ("smollm2", nn.Linear(3, 3), None):
        with pytest.raises(InputError, match="is no network of transformers"), steered(strange, {}):  # type: ignore[arg-type]
            pass


def test_a_network_in_training_is_refused_before_it_is_checked(own_network: Any) -> None:
    with pytest.raises(InputError, match="training mode"), steered(own_network.train(), {1: vector(0)}):
        pass


def test_a_network_of_ones_own_is_checked_once(own_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with steered(own_network, {1: vector(0)}):
        logits_of(own_network)
    monkeypatch.setattr("traitscope.engine.live.check_stream", None)
    with steered(own_network, {1: vector(0)}):
        logits_of(own_network)
