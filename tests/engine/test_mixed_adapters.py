"""Rows with different adapters in one batch, against a batch for each adapter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from traitscope.engine import Row, Words, check_adapter, decode, mixing_obstacle, read, read_residual
from traitscope.errors import InputError, WorkError
from traitscope.models import Ids, Mixture, Model, is_merged, read_adapter, why_not_mixed

TOKENS = 8
IDS = torch.arange(20, 40)[None]
RESPONSES = [(40, 51, 62, 73), (44,), (60, 61, 62, 63, 64, 65, 66), (90, 80), (35, 45, 55)]
TARGETS = {
    "tiny_llama": (["q_proj", "v_proj"], ["v_proj", "down_proj", "lm_head"]),
    "tiny_neox": (["query_key_value"], ["query_key_value", "dense_4h_to_h"]),
}

pytestmark = pytest.mark.usefixtures("own_cache")


@dataclass(frozen=True)
class Trio:
    """One network's clean model, and the same with each of two adapters that share some modules."""

    clean: Model
    one: Model
    two: Model

    def of(self, name: str | None) -> Model:
        return {model.adapter: model for model in (self.clean, self.one, self.two)}[name]


@pytest.fixture(scope="module", params=["tiny_llama", "tiny_neox"])
def trio(
    request: pytest.FixtureRequest,
    load_model: Callable[[Path], Model],
    save_lora: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Trio:
    folder: Path = request.getfixturevalue(f"{request.param}_folder")
    clean = load_model(folder)
    adapted = [
        clean.with_adapter(
            f"number_{seed}",
            read_adapter(save_lora(folder, tmp_path_factory.mktemp("lora"), targets, seed=seed, size=0.3)),
        )
        for seed, targets in enumerate(TARGETS[request.param], start=1)
    ]
    return Trio(clean, *adapted)


@pytest.fixture
def ids(trio: Trio) -> list[Ids]:
    """Five prompts of unequal length."""
    texts = (
        "The cat sat on",
        "She opened the letter slowly and read it twice, because nothing in it was new, and then",
        "Write",
        "Nothing in the house had changed since the summer, except",
        "The long way home",
    )
    return [tuple(trio.clean.tokenizer(text)["input_ids"]) for text in texts]


@pytest.fixture
def adapters(trio: Trio) -> list[str | None]:
    """Whose rows the five are: clean, both adapters, and the first one again."""
    return [trio.one.adapter, None, trio.two.adapter, trio.one.adapter, None]


@pytest.fixture
def words(ids: list[Ids], adapters: list[str | None]) -> list[Words]:
    return [Words(*each) for each in zip(ids, RESPONSES, adapters, strict=True)]


def alone(trio: Trio, row: Row, **how: Any) -> Ids:
    """The answer in a batch of its own, of the adapter's own model."""
    return decode(trio.of(row.adapter), [replace(row, adapter=None)], TOKENS, **how)[0].ids


def logits(model: Model) -> Tensor:
    with model.running():
        found: Tensor = model.network(input_ids=IDS).logits
    return found


def test_the_adapters_of_these_tests_change_the_answers(
    trio: Trio, ids: list[Ids], adapters: list[str | None]
) -> None:
    """Else the comparisons below would compare clean answers with clean answers."""
    for prompt in ids:
        answers = {alone(trio, Row(prompt, adapter=name)) for name in set(adapters)}
        assert len(answers) == 3


def test_mixed_rows_decode_to_the_tokens_of_separate_batches(
    trio: Trio, ids: list[Ids], adapters: list[str | None]
) -> None:
    rows = [Row(prompt, adapter=name) for prompt, name in zip(ids, adapters, strict=True)]
    assert [one.ids for one in decode(trio.clean, rows, TOKENS)] == [alone(trio, row) for row in rows]


def test_drawn_tokens_of_mixed_rows_are_those_of_separate_batches(
    trio: Trio, ids: list[Ids], adapters: list[str | None]
) -> None:
    rows = [
        Row(prompt, seed=seed, adapter=name)
        for seed, (prompt, name) in enumerate(zip(ids, adapters, strict=True))
    ]
    found = decode(trio.clean, rows, TOKENS, temperature=1.0)
    assert [one.ids for one in found] == [alone(trio, row, temperature=1.0) for row in rows]


@pytest.mark.parametrize("positions", ["all", "response"])
def test_mixed_rows_are_steered_each_in_its_own_way(
    trio: Trio, ids: list[Ids], adapters: list[str | None], push_at: Any, positions: Any
) -> None:
    pushes = [push_at(trio.clean, seed % trio.clean.layers, 1.2, seed) for seed in range(4)]
    rows = [
        Row(prompt, push, adapter=name)
        for prompt, push, name in zip(ids, [*pushes, None], adapters, strict=True)
    ]
    found = [one.ids for one in decode(trio.clean, rows, TOKENS, positions)]
    assert found == [alone(trio, row, positions=positions) for row in rows]
    unsteered = [one.ids for one in decode(trio.clean, [replace(row, steered=None) for row in rows], TOKENS)]
    assert [one != other for one, other in zip(found, unsteered, strict=True)].count(True) >= 3


def test_the_order_of_mixed_rows_does_not_matter(
    trio: Trio, ids: list[Ids], adapters: list[str | None]
) -> None:
    rows = [Row(prompt, adapter=name) for prompt, name in zip(ids, adapters, strict=True)]
    expected = dict(zip(rows, decode(trio.clean, rows, TOKENS), strict=True))
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        shuffled = [rows[place] for place in order]
        assert decode(trio.clean, shuffled, TOKENS) == [expected[row] for row in shuffled]


def test_a_mixed_reading_is_that_of_separate_batches(trio: Trio, words: list[Words]) -> None:
    kept = [range(len(one.prompt) + len(one.response)) for one in words]
    for one, tokens, found in zip(words, kept, read(trio.clean, words, kept, logits_from=1), strict=True):
        reader = trio.of(one.adapter)
        expected = read(reader, [replace(one, adapter=None)], [tokens], logits_from=1)[0]
        torch.testing.assert_close(found.residual, expected.residual, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(found.log_probability, expected.log_probability, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(found.mean_logits, expected.mean_logits, atol=1e-4, rtol=1e-4)


def test_mixed_residuals_are_those_of_separate_batches(trio: Trio, words: list[Words]) -> None:
    kept = [range(len(one.prompt) - 1, len(one.prompt) + 1) for one in words]
    for one, tokens, found in zip(words, kept, read_residual(trio.clean, words, kept), strict=True):
        expected = read_residual(trio.of(one.adapter), [replace(one, adapter=None)], [tokens])[0]
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_rows_that_name_no_adapter_are_of_the_models_own(trio: Trio, ids: list[Ids]) -> None:
    found = decode(trio.one, [Row(ids[0]), Row(ids[1], adapter=trio.two.adapter)], TOKENS)
    assert found == decode(trio.one, [Row(ids[0])], TOKENS) + decode(trio.two, [Row(ids[1])], TOKENS)


def test_after_a_mixed_batch_the_network_is_as_before(trio: Trio, words: list[Words]) -> None:
    hooks = [len(module._forward_pre_hooks) for module in trio.clean.network.modules()]
    before = [logits(model) for model in (trio.clean, trio.one, trio.two)]
    with pytest.raises(RuntimeError, match="stopped"), trio.clean.running([None, "number_1"]):
        raise RuntimeError("stopped")
    read(trio.clean, words, [range(1)] * len(words), logits_from=0)
    plain: Any = trio.clean.network
    with torch.inference_mode():
        assert torch.equal(plain(input_ids=IDS).logits, before[0])
    for model, expected in zip((trio.clean, trio.one, trio.two), before, strict=True):
        assert torch.equal(logits(model), expected)
    assert [len(module._forward_pre_hooks) for module in plain.modules()] == hooks
    assert not any(parameter.requires_grad for parameter in plain.parameters())


def test_a_plain_adapter_can_share_a_batch(trio: Trio) -> None:
    assert [mixing_obstacle(model) for model in (trio.clean, trio.one, trio.two)] == [None] * 3


def test_an_adapter_whose_rows_are_mistaken_is_found_out(trio: Trio, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows as were asked for, and not the same ones."""
    plain = Mixture.handed

    def reversed_rows(mixture: Mixture, layer: str) -> Callable[..., Any]:
        mixture.passes[layer] = 1
        return plain(Mixture(mixture.rows[::-1]), layer)

    monkeypatch.setattr(Mixture, "handed", reversed_rows)
    assert mixing_obstacle(trio.one) == "row 1 of a batch of three is not what it is in a batch of one kind"


def test_an_adapter_whose_layers_are_not_given_whole_rows_is_found_out(trio: Trio) -> None:
    place = next(module for module in trio.clean.network.modules() if hasattr(module, "lora_A"))
    hooks = [
        place.register_forward_pre_hook(lambda _, inputs: (inputs[0].flatten(0, 1),)),
        place.register_forward_hook(lambda _, __, output: output.unflatten(0, (3, -1))),
    ]
    found = mixing_obstacle(trio.one)
    for hook in hooks:
        hook.remove()
    assert found is not None and "where (rows, tokens, width) of 3 rows were looked for" in found


def test_an_adapter_that_is_not_attached_is_refused(trio: Trio, ids: list[Ids]) -> None:
    for rows in ([Row(ids[0], adapter="other"), Row(ids[1])], [Row(ids[0], adapter="other")]):
        with pytest.raises(InputError, match="adapter 'other': is not attached to this model; attach it"):
            decode(trio.clean, rows, TOKENS)


def switched_off(_trio: Trio, layer: Any) -> Iterator[None]:
    layer.enable_adapters(False)
    yield


def deaf(_trio: Trio, layer: Any) -> Iterator[None]:
    """As where a compiled layer runs without its hooks."""
    plain = type(layer).forward
    layer.forward = lambda x, *_, **__: plain(layer, x, adapter_names=["number_1"] * len(x))
    yield
    del layer.forward


@pytest.mark.parametrize(
    ("breaking", "sentence"),
    [
        (switched_off, "adapter 'number_1': was given no rows in 0 forward passes by .*, and 1 in each of 1"),
        (deaf, "adapter 'number_1': was given 2 rows in 1 forward passes by .*, and 1 in each of 1 were"),
    ],
)
def test_an_adapter_that_does_not_reach_its_rows_and_no_others_is_an_error(
    trio: Trio, breaking: Callable[[Trio, Any], Iterator[None]], sentence: str
) -> None:
    place = next(module for module in trio.clean.network.modules() if hasattr(module, "lora_A"))
    with trio.clean.running([None, "number_1"]) as mixture:
        broken = breaking(trio, place)
        next(broken)
        trio.clean.network(input_ids=IDS.expand(2, -1))
        next(broken, None)
        with pytest.raises(WorkError, match=sentence):
            mixture.check(1)


def test_a_network_that_runs_past_its_adapters_is_an_error(trio: Trio) -> None:
    with (
        trio.clean.running([None, "number_1"]) as mixture,
        pytest.raises(WorkError, match="adapter 'number_1': was given no row at all"),
    ):
        mixture.check(1)


def test_rows_that_are_not_the_batchs_are_an_error(trio: Trio) -> None:
    """Experts, for one, are given those tokens that are meant for them."""
    place = next(module for module in trio.clean.network.modules() if hasattr(module, "lora_A"))
    with (
        trio.clean.running([None, "number_1"]),
        pytest.raises(WorkError, match=r"is given \(2, \d+\) where \(rows, tokens, width\) of 2 rows were"),
    ):
        place(torch.zeros(2, trio.clean.width))


@pytest.fixture
def adapted_llama(
    load_model: Callable[[Path], Model],
    save_lora: Callable[..., Path],
    tiny_llama_folder: Path,
    tmp_path: Path,
) -> Callable[..., Model]:
    """A fresh tiny Llama with an adapter of these settings, and a plain one called `plain`."""

    def adapted(targets: list[str], **settings: Any) -> Model:
        model = load_model(tiny_llama_folder)
        model.with_adapter(
            "plain", read_adapter(save_lora(tiny_llama_folder, tmp_path / "plain", ["q_proj"]))
        )
        folder = save_lora(tiny_llama_folder, tmp_path / "special", targets, seed=2, **settings)
        return model.with_adapter("special", read_adapter(folder))

    return adapted


@pytest.mark.parametrize(
    ("targets", "settings", "reason"),
    [
        (["q_proj"], {"use_dora": True}, "it is a DoRA adapter, which rescales the model's own weights"),
        (["q_proj"], {"modules_to_save": ["lm_head"]}, "it replaces whole modules (lm_head)"),
        (["q_proj"], {"trainable_token_indices": [30, 31]}, "it replaces tokens of the embedding"),
        (
            ["q_proj", "embed_tokens"],
            {},
            "it changes model.embed_tokens, whose rows PEFT does not tell apart (Embedding)",
        ),
    ],
)
def test_an_adapter_that_cannot_share_a_batch_is_named_with_its_reason(
    adapted_llama: Callable[..., Model], targets: list[str], settings: dict[str, Any], reason: str
) -> None:
    special = adapted_llama(targets, **settings)
    found = mixing_obstacle(special)
    assert found is not None and found.startswith(reason)
    bare = replace(special, adapter=None)
    prompt: Ids = (20, 30, 40)
    with pytest.raises(InputError) as caught:
        decode(bare, [Row(prompt), Row(prompt, adapter="special")], TOKENS)
    assert str(caught.value).startswith(f"adapter 'special': cannot share a batch with other rows: {reason}")
    assert str(caught.value).endswith("; give the rows of each adapter a batch of their own.")
    # In batches of its own it runs, and beside it the others still mix.
    assert decode(bare, [Row(prompt, adapter="special")] * 2, TOKENS) == decode(special, [Row(prompt)] * 2, 8)
    plain = replace(special, adapter="plain")
    found_plain = decode(bare, [Row(prompt), Row(prompt, adapter="plain")], TOKENS)
    assert found_plain == decode(bare, [Row(prompt)], TOKENS) + decode(plain, [Row(prompt)], TOKENS)


def test_an_adapter_that_is_merged_twice_is_refused(adapted_llama: Callable[..., Model]) -> None:
    """PEFT warns of the second time, and takes the first back when the adapter is next switched off."""
    model = adapted_llama(["q_proj", "v_proj"])
    layers: list[Any] = [module for module in model.network.modules() if hasattr(module, "lora_A")]
    assert not is_merged(model.network, "special")
    with pytest.warns(UserWarning, match="All adapters are already merged"):
        for _ in range(2):
            for layer in layers:
                layer.merge(adapter_names=["special"])
    assert is_merged(model.network, "special")
    with pytest.raises(InputError, match="adapter lora/x: is merged into the weights, so that there is no"):
        check_adapter(model, "lora/x")
    assert why_not_mixed(model.network, "special") == (
        "model.layers.0.self_attn.q_proj has an adapter merged into its weights"
    )
