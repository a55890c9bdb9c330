"""demo.yaml as it is shipped: what the README says of it holds of a run."""

import json
from pathlib import Path

import pytest

from traitscope.experiment import SHIPPED, open_experiment


@pytest.mark.slow
def test_the_shipped_demo_steers_three_traits_under_judges_that_pass_their_check(
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
    for name in traits:
        checked = json.loads((root / f"judges/{name}/likelihood-coherence/check.json").read_text())
        assert checked["failures"] == []
    assert traits["gloom"]["result"] == "shown"
    assert traits["formality"]["result"] in ("shown", "weak")
    # Twelve report questions are few for a lead as small as that of hedging; it has a reason either way.
    assert traits["hedging"]["result"] in ("shown", "weak", "not_shown")
    assert traits["hedging"]["result_reason"] or traits["hedging"]["result"] == "shown"
    planted, control = summary["comparisons"]
    assert planted["ranking"][0]["trait"] == "gloom"
    assert planted["ranking"][0]["verdict"] == "moved_up"
    assert {row["verdict"] for row in control["ranking"]} == {"not_shown"}
