"""`traitscope vectors show`: as text, as JSON, and with tokens only when asked."""

import json
from collections.abc import Callable

import pytest
from tiny_place import Place, Typed, the_sentence


def test_a_trait_is_shown_layer_by_layer_without_loading_a_model(
    typed: Callable[..., Typed], winning: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.variants.load_weights", None)
    told = typed("vectors", "show", "tiny", "--trait", "sombre")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0] == "sombre: 4 layers, width 48"
    assert "winner: mean_diff at layer 1" in lines[1]
    starred = [line for line in lines if line.endswith("+1.00*")]
    assert len(starred) == 1 and starred[0].startswith("1 ")
    assert lines[-1].startswith("--tokens loads the model")
    assert "\x1b" not in told.out


def test_a_layer_is_shown_in_detail_and_tokens_when_asked(
    typed: Callable[..., Typed], finished: Place
) -> None:
    told = typed("vectors", "show", "tiny", "--layer", "3", "--tokens", "--quiet")
    assert told.code == 0
    assert "tiny, sombre: has no winner: unsteerable here" in " ".join(told.out.split())
    assert "layer 3" in told.out and "largest dimensions" in told.out
    assert "logit lens" in told.out and "nearest:" in told.out and "farthest:" in told.out


def test_json_holds_the_same(typed: Callable[..., Typed], finished: Place) -> None:
    found = json.loads(typed("vectors", "show", "tiny", "--layer", "3", "--json").out)
    assert [one["trait"] for one in found] == ["sombre"]
    assert found[0]["reference"] == {"method": "mean_diff", "layer": 3}
    assert found[0]["lens"] is None
    assert len(found[0]["layers"]) == 4


def test_bad_input_is_a_sentence(typed: Callable[..., Typed], finished: Place) -> None:
    for words, sentence in (
        (("tiny", "--layer", "9"), "is not in the vectors; name one from 0 to 3"),
        (("tiny", "--trait", "x"), "there is no trait 'x'"),
    ):
        told = typed("vectors", "show", *words)
        assert (told.code, told.out) == (2, "")
        assert sentence in the_sentence(told.err)
