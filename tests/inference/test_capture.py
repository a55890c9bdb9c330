"""What is kept of answers, against transformers' own hidden states and sums by numpy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from answers_alone import Alone
from numpy.typing import NDArray
from torch import Tensor

from traitscope.config.groups import borders
from traitscope.inference import Answer, Captured, Keep, NotFiniteError, Sketch, capture
from traitscope.models import Component, Model

Read = Callable[..., Captured]
WIDTH, LAYERS = 48, 4


def close(found: Tensor, expected: Any, rtol: float = 1e-4, atol: float = 1e-3) -> None:
    np.testing.assert_allclose(found.numpy(), expected, rtol=rtol, atol=atol)


def words_of(answer: Answer, one: Alone) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Residuals (layers, tokens, width) of the response, and of the prompt's own words."""
    prompt = len(answer.words.prompt)
    residual = one.residual.astype(np.float64)
    return residual[:, prompt:], residual[:, answer.content.start : answer.content.stop]


def test_sums_squares_and_counts_are_those_of_the_hidden_states(
    read_by: Read, answers: list[Answer], alone: list[Alone]
) -> None:
    found = read_by(Keep()).summary
    assert found["places"].tolist() == [answer.place for answer in answers]
    assert found["responses"].tolist() == [len(answer.words.response) for answer in answers]
    for row, (answer, one) in enumerate(zip(answers, alone, strict=True)):
        response, content = words_of(answer, one)
        ends = borders(response.shape[1])
        for group in range(found["sums"].shape[1]):
            part = response[:, ends[group] : ends[group + 1]] if group + 1 < len(ends) else response[:, :0]
            close(found["sums"][row, group], part.sum(1))
            assert found["counts"][row, group].tolist() == [part.shape[1]] * LAYERS
        close(found["squares"][row], (response**2).sum(1))
        close(found["lengths"][row], np.linalg.norm(response, axis=2).sum(1))
        close(found["prompt_sum"][row], content.sum(1))
        close(found["prompt_squares"][row], (content**2).sum(1))
        assert found["prompt_count"][row].tolist() == [len(answer.content)] * LAYERS
        close(found["last_prompt"][row], one.residual[:, len(answer.words.prompt) - 1])


def test_sinks_and_template_tokens_enter_no_sum(answers: list[Answer]) -> None:
    from traitscope.inference.reduction import Reduction, Span, Wanted

    rng = np.random.default_rng(1)
    # Two rows: prompts of 6 and 4 tokens, whose own words are 2..4 and 1..2; responses of 10 and 5.
    spans = [Span(range(2, 5), 6, 10), Span(range(1, 3), 4, 5)]
    residual = rng.normal(size=(2, 16, 7)).astype(np.float32)
    residual[0, [0, 5]] *= 1000  # the template's: they make no median
    residual[0, 12] *= 100  # a sink in the response, seventh token
    residual[1, 1] *= 0.01  # so that the other word is a sink beside it
    residual[1, 9:] = 1e6  # padding
    nothing = Wanted(frozenset(), torch.zeros(0, 2, dtype=torch.long), torch.float32, {}, None)
    reduction = Reduction(spans, nothing)
    reduction.take(0, torch.from_numpy(residual))
    (sums,) = reduction.sums
    kept = np.delete(residual[0, 6:16], 6, axis=0)
    close(sums.sums[0, 0], np.delete(residual[0, 6:14], 6, axis=0).sum(0))
    close(sums.sums[0, 1], residual[0, 14:16].sum(0))
    assert sums.counts.tolist() == [[7, 2], [5, 0]]
    close(sums.squares[0], (kept**2).sum(0))
    close(sums.lengths[0], np.linalg.norm(kept, axis=1).sum())
    close(sums.prompt_sum[0], residual[0, 2:5].sum(0))
    close(sums.prompt_sum[1], residual[1, 1])
    assert sums.prompt_count.tolist() == [3, 1]
    close(sums.sums[1, 0], residual[1, 4:9].sum(0))
    close(sums.last_prompt, residual[[0, 1], [5, 3]])


@pytest.mark.parametrize("sides", ["response", "prompt", "all"])
def test_stored_tokens_are_those_of_the_sides_asked_for(
    read_by: Read, answers: list[Answer], alone: list[Alone], sides: str
) -> None:
    found = read_by(Keep((0, 2), sides=sides, dtype="float32")).tokens
    for row, (answer, one) in enumerate(zip(answers, alone, strict=True)):
        prompt, whole = len(answer.words.prompt), one.residual.shape[1]
        first, end = {
            "response": (prompt - 1, whole),
            "prompt": (answer.content.start, prompt),
            "all": (answer.content.start, whole),
        }[sides]
        assert found["first"][row] == first - prompt
        part = found["residual"][int(found["offsets"][row]) : int(found["offsets"][row + 1])]
        close(part, one.residual[[0, 2], first:end].transpose(1, 0, 2))
    assert found["offsets"][-1] == len(found["residual"])
    assert found["places"].tolist() == [answer.place for answer in answers]


def test_bfloat16_costs_a_stored_token_at_most_a_256th_of_each_value_and_the_sums_nothing(
    read_by: Read,
) -> None:
    short, exact = (read_by(Keep((1, 3), dtype=dtype)) for dtype in ("bfloat16", "float32"))
    assert short.tokens["residual"].dtype == torch.bfloat16
    error = (short.tokens["residual"].float() - exact.tokens["residual"]).abs()
    assert torch.all(error <= exact.tokens["residual"].abs() / 256)
    assert all(
        torch.equal(short.summary[name].nan_to_num(), one.nan_to_num()) for name, one in exact.summary.items()
    )


@pytest.mark.parametrize("component", ["attn_out", "mlp_out"])
def test_components_are_what_attention_and_mlp_add(
    read_by: Read, answers: list[Answer], tiny_llama: Model, component: Component
) -> None:
    found = read_by(Keep((1, 2), ("residual", component), dtype="float32")).tokens
    added: list[Tensor] = []
    name = {"attn_out": "self_attn", "mlp_out": "mlp"}[component]

    def keep(_module: Any, _inputs: Any, output: Any) -> None:
        added.append(output[0] if isinstance(output, tuple) else output)

    hook = getattr(tiny_llama.network.model.layers[2], name).register_forward_hook(keep)
    for row, answer in enumerate(answers):
        ids = torch.tensor([[*answer.words.prompt, *answer.words.response]])
        with torch.inference_mode():
            tiny_llama.network(input_ids=ids, use_cache=False)
        expected = added.pop().reshape(ids.shape[1], -1)[len(answer.words.prompt) - 1 :]
        part = found[component][int(found["offsets"][row]) : int(found["offsets"][row + 1]), 1]
        close(part, expected.numpy())
    hook.remove()
    assert found.keys() == {"places", "first", "offsets", "residual", component}


def test_projections_made_while_reading_are_those_of_the_stored_tokens(read_by: Read) -> None:
    directions = torch.nn.functional.normalize(torch.randn(3, WIDTH), dim=1)
    lines = {1: directions[:2], 3: directions[2:]}
    made = read_by(Keep(lines=lines)).tokens
    stored = read_by(Keep((1, 3), dtype="float32")).tokens["residual"]
    assert {"residual", "projected.0"}.isdisjoint(made)
    for index, layer in enumerate((1, 3)):
        expected = stored[:, index] @ lines[layer].T
        close(made[f"projected.{layer}"][:, :-1], expected.numpy())
        close(made[f"projected.{layer}"][:, -1], stored[:, index].norm(dim=1).numpy())


def test_projections_on_directions_of_attention_are_of_what_attention_adds(read_by: Read) -> None:
    lines = {2: torch.nn.functional.normalize(torch.randn(1, WIDTH), dim=1)}
    made = read_by(Keep(lines=lines, along="attn_out")).tokens["projected.2"]
    stored = read_by(Keep((2,), ("attn_out",), dtype="float32")).tokens
    assert "residual" not in stored
    close(made[:, 0], (stored["attn_out"][:, 0] @ lines[2][0]).numpy())


def test_log_probabilities_of_words_and_candidates_are_a_softmax_by_hand(
    read_by: Read, answers: list[Answer], alone: list[Alone], tiny_llama: Model
) -> None:
    own = read_by(Keep()).summary
    asked = {answer.place: torch.arange(64).repeat(len(answer.words.response), 1) for answer in answers}
    told = capture(tiny_llama, [answers], Keep(), Sketch(), 8, asked).summary
    at = 0
    for row, (answer, one) in enumerate(zip(answers, alone, strict=True)):
        start, response = len(answer.words.prompt), answer.words.response
        logits = one.logits[start - 1 : start - 1 + len(response)].astype(np.float64)
        chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        here = slice(at, at + len(response))
        close(own["log_probability"][here].exp(), chances[range(len(response)), response], atol=1e-5)
        likeliest = -np.sort(-chances, axis=1)[:, :64]
        close(own["candidate_log_probability"][here].exp(), likeliest, atol=1e-5)
        named = np.take_along_axis(chances, own["candidates"][here].numpy().astype(int), axis=1)
        close(own["candidate_log_probability"][here].exp(), named, atol=1e-5)
        close(told["candidate_log_probability"][here].exp(), chances[:, :64], atol=1e-5)
        if len(response) > 8:
            close(own["mean_logits"][row], one.logits[start + 8 :].mean(0))
        else:
            assert own["mean_logits"][row].isnan().all()
        at += len(response)
    assert at == len(own["log_probability"])


def test_what_is_no_number_is_named_by_answer_and_layer(
    load_model: Callable[..., Model], tiny_llama_folder: Any, answers: list[Answer]
) -> None:
    model = load_model(tiny_llama_folder)
    with torch.no_grad():
        model.network.model.layers[1].mlp.down_proj.weight[:, 3] = torch.nan
    with pytest.raises(NotFiniteError) as caught:
        capture(model, [answers[:2], answers[2:]], Keep(sketch=True), Sketch(), 8)
    assert (caught.value.place, caught.value.layer) == (answers[0].place, 1)


def test_an_infinite_embedding_names_the_answer_that_holds_its_token(
    load_model: Callable[..., Model], tiny_llama_folder: Any, answers: list[Answer]
) -> None:
    model = load_model(tiny_llama_folder)
    (token,) = set(answers[3].words.response[:1])
    assert not any(
        token in (*one.words.prompt, *one.words.response) for one in answers if one is not answers[3]
    )
    with torch.no_grad():
        model.network.model.embed_tokens.weight[token, 5] = torch.inf
    with pytest.raises(NotFiniteError) as caught:
        capture(model, [answers[:2], answers[2:]], Keep(sketch=True), Sketch(), 8)
    assert (caught.value.place, caught.value.layer) == (answers[3].place, 0)
