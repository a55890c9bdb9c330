"""Taking directions out and keeping projections within limits, against sums done by hand."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from traitscope.engine import Ablate, Cap, Intervention, Push, Row, decode
from traitscope.engine.taps import tapped
from traitscope.errors import WorkError
from traitscope.models import Ids, Model

TOKENS = 6
BEYOND = 1e-4


def unit(width: int, seed: int) -> Tensor:
    direction = torch.randn(width, generator=torch.Generator().manual_seed(seed))
    return direction / direction.norm()


def seen(model: Model, rows: list[Row], positions: Any = "all", passes: int = 2) -> list[dict[int, Tensor]]:
    """Of each forward pass: layer -> what the block returned before steering, and (negative) after it."""
    found: list[dict[int, Tensor]] = [{} for _ in range(passes)]

    def keep(layer: int, place: int) -> Any:
        calls = iter(range(passes))

        def take(_module: Any, inputs: Any, output: Any = None) -> None:
            value = inputs[0] if output is None else output[0] if isinstance(output, tuple) else output
            found[next(calls)][place if output is None else layer] = value.clone()

        return take

    hooks = []
    for layer, block in enumerate(model.blocks):
        hooks.append(block.register_forward_hook(keep(layer, layer)))
        if layer:
            # The next block's input is the last one's output, steered: -1 is that of layer 0, and so on.
            hooks.append(block.register_forward_pre_hook(keep(layer, -layer)))
    try:
        decode(model, rows, passes, positions)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def after(one: dict[int, Tensor], layer: int) -> Tensor:
    """The residual that leaves a layer, steered; of all but the last."""
    return one[-layer - 1]


@pytest.mark.parametrize("positions", ["all", "response"])
def test_an_ablated_direction_is_gone_right_after_the_block(
    tiny_model: Model, prompts: list[Ids], positions: Any
) -> None:
    direction = unit(tiny_model.width, 1)
    prompt, answer = seen(tiny_model, [Row(prompts[0], Ablate(1, direction))], positions)
    first = 0 if positions == "all" else len(prompts[0]) - 1
    for one, start in ((prompt, first), (answer, 0)):
        assert float((one[1][:, start:] @ direction).abs().min()) > BEYOND
        assert float((after(one, 1)[:, start:] @ direction).abs().max()) < 1e-5
        expected = one[1] - (one[1] @ direction)[..., None] * direction
        torch.testing.assert_close(after(one, 1)[:, start:], expected[:, start:])
        assert torch.equal(after(one, 1)[:, :start], one[1][:, :start])


def test_a_direction_ablated_everywhere_is_gone_after_every_block(
    tiny_llama: Model, prompts: list[Ids]
) -> None:
    direction = unit(tiny_llama.width, 2)
    rows = [Row(prompts[0], Ablate(None, direction)), Row(prompts[1])]
    for one in seen(tiny_llama, rows):
        for layer in range(tiny_llama.layers - 1):
            steered = after(one, layer) @ direction
            assert float(steered[0, -len(prompts[0]) :].abs().max()) < 1e-5
            assert torch.equal(after(one, layer)[1], one[layer][1])


def test_a_capped_projection_lies_within_its_limits_and_the_rest_is_left_alone(
    tiny_model: Model, prompts: list[Ids]
) -> None:
    direction = unit(tiny_model.width, 3)
    prompt, _ = seen(tiny_model, [Row(prompts[1])])
    projections = (prompt[0] @ direction)[0]
    low, high = (float(projections.quantile(share)) for share in (0.3, 0.6))
    prompt, answer = seen(tiny_model, [Row(prompts[1], Cap(0, direction, low, high))])
    for one in (prompt, answer):
        expected = (
            one[0] + ((one[0] @ direction).clamp(low, high) - one[0] @ direction)[..., None] * direction
        )
        torch.testing.assert_close(after(one, 0), expected)
    within = ((projections >= low) & (projections <= high)).nonzero()[:, 0]
    assert 0 < len(within) < len(projections)
    assert torch.equal(after(prompt, 0)[0, within], prompt[0][0, within])


def test_a_cap_that_is_wide_enough_gives_the_unsteered_tokens(model: Model, prompts: list[Ids]) -> None:
    caps = [
        Cap(0, unit(model.width, 1)),
        Cap(None, unit(model.width, 2), -1e6, 1e6),
        Cap(model.layers - 1, unit(model.width, 3), high=1e6),
    ]
    rows = [Row(prompt, cap) for prompt, cap in zip(prompts, caps, strict=False)]
    assert decode(model, rows, TOKENS) == decode(model, [replace(row, steered=None) for row in rows], TOKENS)


def test_a_cap_to_nothing_is_an_ablation(tiny_model: Model, prompts: list[Ids]) -> None:
    direction = unit(tiny_model.width, 4)
    capped = seen(tiny_model, [Row(prompts[0], Cap(0, direction, 0.0, 0.0))])
    ablated = seen(tiny_model, [Row(prompts[0], Ablate(0, direction))])
    assert torch.equal(after(capped[0], 0), after(ablated[0], 0))


def test_a_pad_is_neither_ablated_nor_capped(tiny_llama: Model, prompts: list[Ids]) -> None:
    direction = unit(tiny_llama.width, 5)
    short, long = prompts[2], prompts[1]
    rows = [Row(short, Ablate(0, direction)), Row(long, Cap(0, direction, 5.0, 5.0))]
    one = seen(tiny_llama, rows)[0]
    moved = (after(one, 0) - one[0]).norm(dim=-1) > 0
    assert moved.sum(1).tolist() == [len(short), len(long)]
    assert moved[0, -len(short) :].all()


def test_rows_of_one_batch_have_interventions_of_their_own_at_layers_of_their_own(
    tiny_model: Model, prompts: list[Ids], push_at: Any
) -> None:
    """Together as alone: a push, an ablation, a cap, several at several layers, nothing."""
    width = tiny_model.width
    push = push_at(tiny_model, 0, 0.9, seed=5)
    done: list[Intervention | list[Intervention] | None] = [
        push,
        Ablate(1, unit(width, 6)),
        Cap(0, unit(width, 7), 0.5, 0.6),
        [push, Push(1, push.vector / 2), Ablate(None, unit(width, 8))],
        None,
    ]
    rows = [Row(prompts[0], one) for one in done]
    together = seen(tiny_model, rows)
    for index, row in enumerate(rows):
        alone = seen(tiny_model, [row])
        for layer in range(tiny_model.layers - 1):
            for step in (0, 1):
                torch.testing.assert_close(
                    after(together[step], layer)[index], after(alone[step], layer)[0], atol=1e-4, rtol=1e-4
                )


def test_what_is_done_after_one_block_is_done_in_its_order(tiny_llama: Model, prompts: list[Ids]) -> None:
    direction = unit(tiny_llama.width, 9)
    push, ablate = Push(1, 3 * direction), Ablate(1, direction)
    first = seen(tiny_llama, [Row(prompts[0], (push, ablate))])[0]
    then = seen(tiny_llama, [Row(prompts[0], (ablate, push))])[0]
    torch.testing.assert_close(
        after(first, 1) @ direction, torch.zeros(1, len(prompts[0])), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(after(then, 1) @ direction, torch.full((1, len(prompts[0])), 3.0))


def test_a_bfloat16_block_is_ablated_to_within_its_rounding(tiny_llama_folder: Any, tmp_path: Any) -> None:
    """Projected in bfloat16 the error would be that of a sum of 48 rounded terms."""
    from traitscope.engine import load_model

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path))
        model = load_model(str(tiny_llama_folder), dtype="bfloat16", device="cpu")
    direction = unit(model.width, 1)
    one = seen(model, [Row((5, 9, 30, 41), Ablate(1, direction))])[0]
    before = one[1].float()
    expected = before - (before @ direction)[..., None] * direction
    assert torch.equal(after(one, 1), expected.bfloat16())


def test_an_intervention_that_does_not_reach_the_network_is_an_error(
    tiny_llama: Model, prompts: list[Ids]
) -> None:
    decoy = replace(tiny_llama, blocks=nn.ModuleList(tiny_llama.blocks))
    direction = unit(tiny_llama.width, 1)
    for one in (Ablate(2, direction), Cap(2, direction, high=1.0)):
        with pytest.raises(WorkError, match="layer 2: was steered in"):
            decode(decoy, [Row(prompts[0], one)], 3)


def test_each_of_several_interventions_is_counted(tiny_llama: Model) -> None:
    direction = unit(tiny_llama.width, 1)
    ids = torch.tensor([[30, 41, 52], [30, 41, 52]])
    rows = [[Push(1, direction), Ablate(1, direction)], [Cap(2, direction)]]
    with torch.inference_mode(), tapped(tiny_llama, [1, 2]) as taps:
        taps.steer(rows, tiny_llama.width)
        tiny_llama.network(input_ids=ids, use_cache=False)
        taps.check(passes=1)
        taps.blocks[1].touched[1] -= 1
        with pytest.raises(WorkError, match=r"layer 1: was steered in \[0, -1\] forward passes a row"):
            taps.check(passes=1)


@pytest.mark.parametrize("length", [0.0, 0.5, math.nan])
def test_a_direction_that_is_no_unit_vector_is_refused(length: float) -> None:
    direction = length * unit(8, 1)
    for refused in (lambda: Ablate(0, direction), lambda: Cap(0, direction, 0.0, 1.0)):
        with pytest.raises(ValueError, match="is no unit vector"):
            refused()


@pytest.mark.parametrize("limits", [(1.0, 0.0), (math.nan, 0.0)])
def test_limits_the_wrong_way_round_are_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="cannot be kept between"):
        Cap(0, unit(8, 1), *limits)
