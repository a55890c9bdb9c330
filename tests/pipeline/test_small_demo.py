"""The shipped demo at small size: the real model, scenes and adapters, from one command to the page."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from traitscope.experiment import SHIPPED, open_experiment

PROMPTS = 12
AFTER = ("gloomy", "plain")
VARIANTS = ("base", "chat", *AFTER)
SMALLER: dict[str, dict[str, Any]] = {
    "extract": {"pairs": 20, "new_tokens": 6},
    "steer": {
        "layers": "16,20",
        "refine": "none",
        "questions": 4,
        "report_questions": 6,
        "new_tokens": 16,
        "random_arms": 2,
    },
    "infer": {"variants": ["chat", *AFTER], "prompts": "few", "new_tokens": 16},
    "run": {"batch_rows": 64},
}


@pytest.fixture
def small_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """demo.yaml with smaller numbers, and the first of its prompts."""
    content = yaml.safe_load((SHIPPED / "demo.yaml").read_text())
    content["traits"] = ["gloom", "formality"]
    content["steer"] |= {"traits": ["gloom"], "judge": "lexicon"}
    # One planted adapter and one control; no bank, whose scenes alone would take a minute.
    pairs = [one for one in content["compare"]["pairs"] if one["after"] in AFTER]
    content["compare"] = {"pairs": pairs, "against": "covariance"}
    content["variants"] = {name: one for name, one in content["variants"].items() if name in VARIANTS}
    for part, changes in SMALLER.items():
        content[part] = content.get(part, {}) | changes
    prompts = json.loads((SHIPPED / "prompts/neutral.json").read_text())["prompts"][:PROMPTS]
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/few.json").write_text(json.dumps({"name": "few", "prompts": prompts}))
    (tmp_path / "demo.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "demo.yaml"


def test_the_demo_runs_from_scenes_to_the_page(small_demo: Path) -> None:
    from traitscope.pipeline import run_stages

    assert run_stages(open_experiment(small_demo))
    root = small_demo.parent / "experiments/demo"
    summary = json.loads((root / "summary.json").read_text())
    assert {stage["state"] for stage in summary["stages"].values()} <= {"done", "skipped"}
    gloom = summary["traits"]["gloom"]
    assert gloom["best"]["layer"] in (16, 20)
    # 20 of 80 pairs find a direction that tells moods apart, which chance and shuffled labels do not.
    assert gloom["detection"]["auc"] > 0.8
    assert gloom["best"]["trait"] > gloom["baseline"]
    moved, plain = summary["comparisons"]
    assert (moved["after"], plain["after"]) == ("gloomy", "plain")
    assert moved["ranking"][0]["trait"] == "gloom"
    assert moved["ranking"][0]["verdict"] == "moved_up"
    assert moved["ranking"][1]["verdict"] == "cannot_tell"
    assert not {row["verdict"] for row in plain["ranking"]} & {"moved_up", "moved_down"}
    page = (root / "report/index.html").read_text()
    assert "gloom" in page
    assert len(page) < 5_000_000
    assert not run_stages(open_experiment(small_demo))
