"""Memory that tensors give back is kept, so that the next step finds its pages there."""

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, torch
from traitscope.engine.allocator import keep_freed_memory
kept = sys.argv[1] == "kept" and keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step():
    return torch.ones(16 * 2**20)
step()
before = faults()
for _ in range(10):
    step()
print(int(kept), faults() - before)
"""


def counted(how: str) -> tuple[bool, int]:
    """Whether memory is kept, and the page faults of ten steps of 64 MB each."""
    ran = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    kept, found = map(int, ran.stdout.split())
    return bool(kept), found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone is asked")
def test_a_step_finds_the_pages_of_the_one_before() -> None:
    kept, found = counted("kept")
    if not kept:
        pytest.skip("the C library is not glibc")
    _, without = counted("not")
    assert found < without / 10
