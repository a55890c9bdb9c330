"""What is captured of many prompts goes to the disk: memory hardly grows with their number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from judged_run import rewrite
from tiny_run import Tiny

INFER = """
import re, sys
from pathlib import Path
from traitscope.experiment import open_experiment
from traitscope.pipeline import run_stages
run_stages(open_experiment(Path(sys.argv[1])), ("infer",))
# Not `ru_maxrss`, which begins with what the parent held.
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
FEW, MANY = 1000, 10_000
SUMS = 13_000
"""Bytes of one answer in the store, about: what would be held ten thousand times."""
TEXTS = 8_000
"""Bytes of a prompt and its answer, as ids and text, that may be held."""


@pytest.mark.slow
@pytest.mark.parametrize("store", ["mean", "none"])
def test_ten_times_the_prompts_take_no_more_memory_than_their_texts(
    tiny_experiment: Tiny, tmp_path: Path, store: str
) -> None:
    infer = {"variants": ["chat"], "prompts": "everyday", "new_tokens": 16, "store": store, "shard_mb": 4}
    rewrite(tiny_experiment, steer=None, compare=None, infer=infer, run={"batch_rows": 128, "threads": 1})
    tiny_experiment.run("extract")
    peaks = {}
    for count in (FEW, MANY):
        prompts = [{"id": f"p{number}", "text": f"What is {number}?"} for number in range(count)]
        path = tiny_experiment.folder / "prompts/everyday.json"
        path.write_text(json.dumps({"name": "everyday", "prompts": prompts}))
        peaks[count] = peak(tiny_experiment)
        folder = tiny_experiment.root / "infer/chat/everyday/own"
        stored = sum(file.stat().st_size for file in folder.glob("summaries/*"))
        assert stored > 0.8 * SUMS * count
    grown = peaks[MANY] - peaks[FEW]
    print(f"{store}: {peaks[FEW] / 1e6:.0f} MB, then {grown / 1e6:.0f} MB more")
    assert grown < TEXTS * (MANY - FEW)


def peak(tiny: Tiny) -> int:
    """The most bytes that a process held while it inferred."""
    done = subprocess.run(
        [sys.executable, "-c", INFER, str(tiny.file)],
        cwd=tiny.folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return 1024 * int(done.stdout.split()[-1])
