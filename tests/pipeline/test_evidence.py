"""What comparisons are made of, where the stored residuals are unusual."""

import pytest
from tiny_run import Tiny

OWN = "infer/chat/everyday/own/residuals/00000.safetensors"


def test_a_token_that_is_a_sink_at_one_layer_only_is_left_out_at_all_of_them(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    from traitscope.pipeline import evidence

    monkeypatch.setattr(evidence, "deciding_layers", lambda _: (1, 2, 3))
    before = finished.json("summary.json")["comparisons"][0]["ranking"]
    stored = load_file(finished.root / OWN)
    # Response token 9 of the first answer, at layer 2; null directions mix the same tokens at every layer.
    stored["residual.0"][10, 2] *= 1000
    save_file(stored, finished.root / OWN)
    (finished.root / "compare/chat_vs_moved/everyday/effects.parquet").unlink()
    assert finished.run("compare")
    after = finished.json("summary.json")["comparisons"][0]["ranking"]
    assert {row["trait"] for row in after} == {row["trait"] for row in before}
    assert all(0 < row["tail_share"] <= 1 for row in after)
