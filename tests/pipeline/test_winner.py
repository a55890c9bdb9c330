"""The winner of an experiment as a value: what best.json says of the vectors lying there, or a sentence."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_run import Tiny
from torch.testing import assert_close

from traitscope import InputError, load_direction, open_experiment
from traitscope.experiment.files import write_json


def test_the_winner_is_its_coefficient_times_its_direction(finished: Tiny) -> None:
    found = load_direction("experiments/tiny", "sombre")
    best = finished.json("steer/sombre/chat/best.json")["best"]
    tensors = load_file(finished.root / "extract/sombre/base/directions.safetensors")
    assert found.layers == (best["layer"],)
    expected = best["coefficient"] * tensors["mean_diff.write"][best["layer"]]
    assert_close(found.vectors[best["layer"]], expected)
    assert found.norm() == pytest.approx(abs(best["coefficient"]), rel=1e-5)
    part = found.parts[0]
    assert (part.name, part.method, part.layer) == ("sombre", "mean_diff", best["layer"])
    assert part.coefficient / part.base_norm == pytest.approx(best["relative_strength"])  # type: ignore[operator]
    assert found.model is not None
    assert (found.model.layers, found.positions) == (4, "all")
    for name in ("tiny", "tiny.yaml"):
        assert load_direction(name, "sombre") == found
    assert load_direction(open_experiment("tiny"), "sombre") == found


def test_a_copied_folder_is_enough(finished: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_direction("tiny", "sombre")
    elsewhere = tmp_path / "elsewhere"
    shutil.move(finished.root, elsewhere / "mine")
    shutil.rmtree(finished.folder / "traits")
    monkeypatch.chdir(elsewhere)
    assert load_direction("mine", "sombre") == expected


@pytest.mark.parametrize(
    ("trait", "told"),
    [
        ("sombr", r"there is no trait 'sombr'.*did you mean 'sombre'"),
        ("tidy", "leaves out 'tidy', so it has no winner"),
    ],
)
def test_a_trait_without_steering_is_a_sentence(finished: Tiny, trait: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_direction("tiny", trait)


def test_an_experiment_that_was_not_steered_is_a_sentence(tiny_experiment: Tiny) -> None:
    with pytest.raises(InputError, match=r"no winner yet \(its vectors .*; type: traitscope steer tiny.yaml"):
        load_direction("tiny.yaml", "sombre")


def test_a_search_without_winner_tells_its_reason(finished: Tiny) -> None:
    path = "steer/sombre/chat/best.json"
    write_json(finished.root / path, finished.json(path) | {"best": None, "reason": "nothing was coherent"})
    with pytest.raises(InputError, match="tiny, sombre: has no winner: nothing was coherent"):
        load_direction("tiny", "sombre")


def test_vectors_made_after_the_search_are_not_taken_for_its_own(finished: Tiny) -> None:
    before = load_direction("tiny", "sombre")
    finished.change('position: "response[:3]"', 'position: "response[1:3]"')
    finished.run("extract")
    with pytest.raises(InputError, match="its answers do not belong to the vectors lying there"):
        load_direction("tiny", "sombre")
    finished.run("steer")
    assert load_direction("tiny", "sombre") != before


def test_another_method_than_the_search_had_is_refused(finished: Tiny) -> None:
    finished.change("  variant: chat\n", "  variant: chat\n  method: probe\n")
    with pytest.raises(
        InputError, match=r"was steered along mean_diff of response\[:3\], which the file does not name now"
    ):
        load_direction("tiny.yaml", "sombre")
    assert torch.isfinite(load_direction("experiments/tiny", "sombre").vectors.popitem()[1]).all()  # type: ignore[attr-defined]
