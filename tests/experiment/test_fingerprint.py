"""What a digest sees, and when a file is read again."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.experiment import digest, file_digest, files_digest

NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), JSON, min_size=2, max_size=4))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert list(turned) != list(value)
    assert digest(turned) == digest(value)
    assert digest({"inside": [turned]}) == digest({"inside": [value]})


def test_the_order_of_a_list_and_every_value_matter() -> None:
    values = [[1, 2], [2, 1], [1, 2, None], ["1", "2"], {"a": 1}, {"a": 2}, {"b": 1}, [[1], [2]], "", None]
    assert len({digest(value) for value in values}) == len(values)


def test_a_tuple_counts_as_a_list() -> None:
    assert digest({"layers": (1, 2)}) == digest({"layers": [1, 2]})


def test_nan_has_no_digest() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"coefficient": math.nan})


def test_a_digest_is_the_same_in_every_process() -> None:
    """Hashes of strings differ from process to process, and with them the order of a set."""
    code = "from traitscope.experiment import digest; print(digest({'a': {'one', 'two', 'three', 'four'}}))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


@pytest.fixture
def weights(tmp_path: Path, own_cache: Path) -> Path:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"some weights")
    return file


def test_a_files_digest_is_its_sha256(weights: Path) -> None:
    # printf 'some weights' | sha256sum
    assert file_digest(weights) == "a0c76a31f14d6cbed530bfac73778a5bb84861b795e8bd5d4c8eee29784fb766"


def test_a_file_is_read_once_and_remembered_by_size_and_time(weights: Path, own_cache: Path) -> None:
    first = file_digest(weights)
    assert len(list((own_cache / "digests").iterdir())) == 1
    status = weights.stat()
    weights.write_bytes(b"SOME WEIGHTS")
    os.utime(weights, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file_digest(weights) == first


@pytest.mark.parametrize("change", ["time", "size"])
def test_a_changed_file_is_noticed(weights: Path, change: str) -> None:
    first = file_digest(weights)
    status = weights.stat()
    weights.write_bytes(b"SOME WEIGHTS" if change == "time" else b"some more weights")
    later = status.st_mtime_ns + (1 if change == "time" else 0)
    os.utime(weights, ns=(status.st_atime_ns, later))
    assert file_digest(weights) != first


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stamp": 3}', "null"])
def test_a_damaged_memory_of_a_digest_is_made_anew(weights: Path, own_cache: Path, content: str) -> None:
    first = file_digest(weights)
    for memory in (own_cache / "digests").iterdir():
        memory.write_text(content)
    assert file_digest(weights) == first


def test_several_files_count_by_name_and_content_and_not_by_order(tmp_path: Path, own_cache: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    together = files_digest([one, two])
    assert files_digest([two, one]) == together
    one.write_text("2")
    two.write_text("1")
    assert files_digest([one, two]) != together
