"""`traitscope vectors import`: no experiment, a file and what it does not say."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny_place import Typed, the_sentence

from traitscope import Direction


@pytest.fixture(autouse=True)
def here(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a vector in it."""
    monkeypatch.chdir(tmp_path)
    torch.save(torch.ones(48), tmp_path / "calm.pt")
    return tmp_path


def test_a_file_and_two_flags_make_a_direction(typed: Callable[..., Typed], tiny_llama_folder: Path) -> None:
    told = typed("vectors", "import", "calm.pt", "--model", str(tiny_llama_folder), "--layer", "2")
    assert (told.code, told.err) == (0, "")
    assert told.out == (
        f"wrote calm.direction.safetensors: width 48, for {tiny_llama_folder}\n"
        "  layer 2, norm 6.928\n"
        "use it: traitscope.Direction.load('calm.direction.safetensors').steer(model)\n"
    )
    assert Direction.load("calm.direction.safetensors") == Direction({2: torch.ones(48)})


def test_a_model_elsewhere_is_said_to_be_unchecked(typed: Callable[..., Typed]) -> None:
    told = typed("vectors", "import", "calm.pt", "--model", "me/mine", "--layer", "2", "-o", "x.safetensors")
    assert "for me/mine, which is not on this machine: width and depth unchecked" in told.out
    assert Direction.load("x.safetensors").name == "calm"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("calm.pt", "--model", "me/mine"), "name the layer after which it is added, with --layer"),
        (("calm.pt", "--layer", "2"), "name it with --model"),
        (("gone.pt", "--model", "m", "--layer", "2"), "gone.pt: is no file"),
        (("calm.pt", "--model", "m", "--layer", "2", "-o", "calm.pt"), "calm.pt: exists already"),
    ],
)
def test_what_is_missing_is_asked_for(
    typed: Callable[..., Typed], words: tuple[str, ...], sentence: str
) -> None:
    told = typed("vectors", "import", *words)
    assert (told.code, told.out) == (2, "")
    assert sentence in the_sentence(told.err)
