"""The benchmark of verdicts at its smallest: two planted adapters, two controls, four traits."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "organisms" / "run.py"


@pytest.mark.slow
def test_the_small_benchmark_trains_compares_and_counts_and_goes_on_where_it_was(
    tmp_path: Path, smollm2: object
) -> None:
    results = tmp_path / "organisms.json"
    command = [sys.executable, str(RUN), "tune", "--small", "--out", str(tmp_path), "--results", str(results)]
    subprocess.run(command, check=True)
    found = json.loads(results.read_text())
    assert (found["organisms"], found["controls"]) == (2, 2)
    assert found["rules"]["shipped"]["detected"]["n"] == 4  # two doses of each
    assert found["rules"]["behaviour"]["detected"]["rate"] >= 0.5
    assert found["rules"]["spread_late_foreign"]["rank1"]["rate"] >= 0.5
    assert found["rules"]["reference"]["false_alarms"]["n"] == 2
    decided = found["decisions"]["shipped"]["gloom_s0 full"]
    assert list(decided) == ["gloom", "formality", "hedging", "flattery"]
    # Trained and compared already: only the counting is done again.
    adapters = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("adapter_model.safetensors")}
    assert len(adapters) == 6
    subprocess.run(command, check=True)
    assert {path: path.stat().st_mtime_ns for path in adapters} == adapters
    assert json.loads(results.read_text())["rules"] == found["rules"]
