"""`traitscope vectors export`: the winner of a finished experiment, given to other programs."""

from collections.abc import Callable

import pytest
from gguf import GGUFReader
from tiny_place import Place, Typed, the_sentence

from traitscope import Direction, load_direction


def test_a_winner_is_written_with_its_layer_and_coefficient(
    typed: Callable[..., Typed], winning: Place
) -> None:
    told = typed("vectors", "export", "tiny", "--trait", "sombre")
    winner = load_direction("tiny", "sombre")
    part = winner.parts[0]
    assert told.code == 0
    assert told.out == (
        f"wrote sombre.safetensors: sombre by mean_diff, layer {part.layer}, "
        f"coefficient {part.coefficient:.4g}\n"
    )
    assert Direction.load("sombre.safetensors") == winner


def test_a_gguf_says_how_llama_cpp_counts(typed: Callable[..., Typed], winning: Place) -> None:
    told = typed("vectors", "export", "tiny", "--trait", "sombre", "--format", "gguf", "-o", "out/v.gguf")
    layer = load_direction("tiny", "sombre").layers[0]
    assert (told.code, told.err) == (0, "")
    assert f"llama.cpp adds direction.{layer} after block {layer}, counted from 0" in told.out
    assert "what it found after block i is its direction.{i+1}" in " ".join(told.out.split())
    assert "--control-vector out/v.gguf" in told.out
    reader = GGUFReader("out/v.gguf")
    assert [tensor.name for tensor in reader.tensors] == [f"direction.{layer}"]
    hint = reader.get_field("controlvector.model_hint")
    assert hint is not None and hint.contents() == "llama"


def test_a_model_that_is_gone_is_asked_for_by_its_architecture(
    typed: Callable[..., Typed], winning: Place
) -> None:
    file = winning.made / "experiment.yaml"
    file.write_text(file.read_text().replace("tiny-llama", "gone"))
    asked = ("vectors", "export", "tiny", "--trait", "sombre", "--format", "gguf")
    told = typed(*asked)
    assert told.code == 2
    assert "--model-hint" in the_sentence(told.err)
    assert typed(*asked, "--model-hint", "qwen2").code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nothing", "--trait", "sombre"), "is neither a file, a folder"),
        (("tiny", "--trait", "sombr"), "did you mean 'sombre'?"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    typed: Callable[..., Typed], finished: Place, words: tuple[str, ...], sentence: str
) -> None:
    told = typed("vectors", "export", *words)
    assert (told.code, told.out) == (2, "")
    assert sentence in the_sentence(told.err)


def test_nothing_is_written_over(typed: Callable[..., Typed], winning: Place) -> None:
    (winning.folder / "sombre.npz").write_text("mine")
    told = typed("vectors", "export", "tiny", "--trait", "sombre", "--format", "npz")
    assert told.code == 2
    assert the_sentence(told.err).startswith("sombre.npz: exists already")


def test_a_search_that_found_nothing_is_a_sentence(typed: Callable[..., Typed], finished: Place) -> None:
    told = typed("vectors", "export", "tiny", "--trait", "sombre")
    assert (told.code, told.out) == (2, "")
    assert "tiny, sombre: has no winner: unsteerable here" in the_sentence(told.err)


def test_an_experiment_without_a_winner_is_a_sentence(typed: Callable[..., Typed], place: Place) -> None:
    told = typed("vectors", "export", "tiny.yaml", "--trait", "sombre")
    assert (told.code, told.out) == (2, "")
    assert "has no winner yet" in the_sentence(told.err)
