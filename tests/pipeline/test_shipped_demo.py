"""demo.yaml as it is shipped: what the README says of it holds of a run."""

import json
from pathlib import Path

import pytest

from traitscope.experiment import SHIPPED, open_experiment


@pytest.mark.slow
def test_the_shipped_demo_finds_each_planted_trait_and_calls_no_control_moved_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline import run_stages

    monkeypatch.chdir(tmp_path)
    assert run_stages(open_experiment(SHIPPED / "demo.yaml"))
    root = tmp_path / "experiments/demo"
    summary = json.loads((root / "summary.json").read_text())
    traits = summary["traits"]
    assert {name: one["judge"]["name"] for name, one in traits.items()} == {
        "gloom": "lexicon",
        "formality": "classifier",
        "hedging": "classifier",
    }
    assert {one["judge"]["check"] for one in traits.values()} == {"passed"}
    for name in ("gloom", "formality"):
        checked = json.loads((root / f"judges/{name}/likelihood-coherence/check.json").read_text())
        assert checked["failures"] == []
    assert traits["gloom"]["result"] == "shown"
    assert traits["formality"]["result"] in ("shown", "weak")
    assert traits["hedging"]["result"] == "skipped"
    gloomy, formal, *controls = summary["comparisons"]
    for planted, trait in ((gloomy, "gloom"), (formal, "formality")):
        assert planted["ranking"][0]["trait"] == trait
        assert planted["ranking"][0]["verdict"] == "moved_up"
    assert [one["control"] for one in (gloomy, formal, *controls)] == [False, False, True, True]
    plain, topical = controls
    assert {row["verdict"] for row in plain["ranking"]} == {"not_shown"}
    for row in topical["ranking"]:
        # Its answers are a little plainer, which is true of them.
        assert row["verdict"] in ("not_shown", "behaviour_only") or abs(row["behaviour"]) < 5
