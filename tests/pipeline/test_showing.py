"""What is shown of directions is what lies in their file, computed again with numpy."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.pipeline.vectors.showing import Wanted, show_vectors
from traitscope.progress import Silence
from traitscope.report.vectors_view import At, VectorsView


def shown(name: str = "tiny", **wanted: object) -> list[VectorsView]:
    return show_vectors(open_experiment(name), Wanted(**wanted), Silence())  # type: ignore[arg-type]


def test_norms_masses_and_cosines_are_those_of_the_file(finished: Tiny, engine: Engine) -> None:
    engine.broken = True
    view = shown(trait="sombre", layer=1)[0]
    tensors = load_file(finished.root / "extract/sombre/base/directions.safetensors")
    rows = {method: tensors[f"{method}.write"] for method in ("mean_diff", "probe")}
    assert view.methods == ("mean_diff", "probe")
    assert view.reference == At("mean_diff", 1)
    for layer in view.layers:
        assert layer.base_norm == pytest.approx(float(tensors["base_norm"][layer.layer]))
        for place, method in enumerate(view.methods):
            row = rows[method][layer.layer]
            assert layer.cosines[place] == pytest.approx(float(row @ rows["mean_diff"][1]), abs=1e-5)
            assert layer.top5[place] == pytest.approx(float(np.sort(row**2)[-5:].sum()), abs=1e-5)
    detail = view.detail
    assert detail is not None
    assert detail.between[0][1] == pytest.approx(float(rows["mean_diff"][1] @ rows["probe"][1]), abs=1e-5)
    assert detail.read_write[0] == pytest.approx(1, abs=1e-5)
    assert detail.read_write[1] == pytest.approx(float(tensors["probe.read"][1] @ rows["probe"][1]), abs=1e-5)
    assert detail.largest[0] == tuple(np.argsort(-np.abs(rows["mean_diff"][1]))[:5])


def test_all_traits_are_compared_with_their_winners(finished: Tiny) -> None:
    sombre, tidy = shown()
    best = finished.json("steer/sombre/chat/best.json")["best"]
    assert sombre.winner == (At("mean_diff", best["layer"]), pytest.approx(best["coefficient"]))
    assert sombre.reference == At("mean_diff", best["layer"])
    assert (tidy.trait, tidy.winner, tidy.reference) == ("tidy", None, At("mean_diff", 2))
    assert "leaves out 'tidy'" in tidy.no_winner
    assert sombre.detail is sombre.lens is None
    json.dumps([sombre.as_json(), tidy.as_json()], allow_nan=False)


def test_tokens_load_the_model_and_are_ranked(finished: Tiny, engine: Engine) -> None:
    lens = shown(trait="sombre", tokens=True)[0].lens
    assert engine.loads == 1
    assert lens is not None
    nearest, farthest = ([token.logit for token in tokens] for tokens in (lens.nearest, lens.farthest))
    assert nearest == sorted(nearest, reverse=True) and farthest == sorted(farthest)
    assert nearest[0] > nearest[-1] > farthest[-1] > farthest[0]
    assert not {"</s>", "<s>", "<pad>", "<|turn|>"} & {token.text for token in lens.nearest + lens.farthest}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"layer": 4}, "layer 4: is not in the vectors; name one from 0 to 3"),
        ({"layer": -1}, "layer -1: is not in the vectors"),
        ({"trait": "sombr"}, "did you mean 'sombre'"),
    ],
)
def test_what_is_not_there_is_a_sentence(finished: Tiny, wanted: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        shown(**wanted)  # type: ignore[arg-type]


def test_nothing_extracted_is_a_sentence(tiny_experiment: Tiny) -> None:
    with pytest.raises(InputError, match=r"there are no directions yet; type: traitscope extract tiny\.yaml"):
        shown("tiny.yaml")
