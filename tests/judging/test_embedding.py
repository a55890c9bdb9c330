"""Vectors of texts against a computation by hand, one text at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from cheer import minilm

from traitscope.judging.embedding import embed_layers

TEXTS = (
    "The cat sat on the warm stone wall and watched the rain come down over the harbour, hour after hour.",
    "Short.",
    "",
    "A cat was sitting on a wall by the sea while it rained.",
    "Interest rates were raised by a quarter of a point.",
)


def by_hand(text: str, limit: int = 256) -> np.ndarray:
    """Hidden states of one text, (layers + 1, tokens, width), read alone and without padding."""
    encoder = minilm()
    ids = encoder.tokenizer.convert_tokens_to_ids(encoder.tokenizer.tokenize(text))[: limit - 2]
    whole = [encoder.tokenizer.cls_token_id, *ids, encoder.tokenizer.sep_token_id]
    with torch.inference_mode():
        output = encoder.network(input_ids=torch.tensor([whole]), output_hidden_states=True)
    return np.stack([layer[0].numpy() for layer in output.hidden_states])


def test_texts_that_mean_the_same_lie_closer() -> None:
    last = embed_layers(minilm(), TEXTS)[:, -1, 0]
    found = last / np.linalg.norm(last, axis=1, keepdims=True)
    alike, unlike = found[0] @ found[3], found[0] @ found[4]
    assert alike > 0.5 > 0.2 > unlike


@pytest.mark.parametrize("limit", [256, 16])
def test_what_lies_past_the_limit_is_not_read(limit: int) -> None:
    long = " ".join(f"word{number}" for number in range(400))
    (found,) = embed_layers(replace(minilm(), limit=limit), [long])
    np.testing.assert_allclose(found[:, 0], by_hand(long, limit).mean(1), atol=2e-5)
    assert np.abs(found - embed_layers(replace(minilm(), limit=limit - 4), [long])[0]).max() > 1e-4


def test_a_text_is_set_in_lower_case_where_the_encoder_wants_it() -> None:
    cased = replace(minilm(), tokenizer=Spelled(), lower=True)
    small = embed_layers(cased, ["ab"])
    assert np.array_equal(embed_layers(cased, ["Ab"]), small)
    assert not np.array_equal(embed_layers(replace(cased, lower=False), ["Ab"]), small)


class Spelled:
    """A tokenizer that knows letters by their numbers, small and large ones apart."""

    def __call__(self, texts: list[str], **_: object) -> dict[str, list[list[int]]]:
        return {"input_ids": [[ord(letter) for letter in text] for text in texts]}

    def pad(self, rows: dict[str, list[list[int]]], **_: object) -> object:
        return minilm().tokenizer.pad(rows, return_tensors="pt")


def test_layers_hold_mean_and_spread_of_each_texts_own_tokens() -> None:
    found = embed_layers(minilm(), TEXTS)
    assert found.shape == (len(TEXTS), 7, 2, 384)
    for text, layers in zip(TEXTS, found, strict=True):
        hidden = by_hand(text).astype(np.float64)
        np.testing.assert_allclose(layers[:, 0], hidden.mean(1), atol=2e-5)
        np.testing.assert_allclose(layers[:, 1], hidden.std(1), atol=2e-5)


def test_no_texts_have_no_vectors() -> None:
    assert embed_layers(minilm(), []).shape == (0, 7, 2, 384)


def test_many_texts_keep_their_order_over_batches() -> None:
    texts = [f"{'long ' * (number % 7)}sentence number {number}" for number in range(70)]
    found = embed_layers(minilm(), texts)
    for number in (0, 33, 69):
        np.testing.assert_allclose(found[number], embed_layers(minilm(), [texts[number]])[0], atol=2e-5)
