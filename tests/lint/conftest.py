"""A small trait folder in which there is nothing to mend, and copies of it to spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from small_set import Copy

# The first example pays for imports and a busy machine: a deadline would fail it for no reason of ours.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def good(tmp_path: Path) -> Copy:
    """24 pairs about curiosity: nothing to mend."""
    folder = tmp_path / "curiosity"
    shutil.copytree(Path(__file__).parent / "curiosity", folder)
    return Copy(folder)


@pytest.fixture
def scenes_of(good: Copy) -> Callable[[list[str], list[str]], Copy]:
    """The good folder with other scenes."""

    def written(positive: list[str], negative: list[str]) -> Copy:
        good.write("positive.txt", positive)
        good.write("negative.txt", negative)
        return good

    return written
