"""From a model's name to a folder, or one sentence about why there is none."""

import shutil
from pathlib import Path

import huggingface_hub.constants
import pytest

from traitscope.errors import InputError
from traitscope.models import find_source

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def folder(tmp_path: Path, tiny_llama_folder: Path) -> Path:
    return Path(shutil.copytree(tiny_llama_folder, tmp_path / "my-model"))


def refusal(name: str, beside: Path = Path()) -> str:
    with pytest.raises(InputError) as caught:
        find_source(name, beside)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_folder_is_found_beside_the_experiment_file_and_by_its_whole_path(folder: Path) -> None:
    beside = find_source("my-model", folder.parent)
    absolute = find_source(str(folder), Path("/"))
    assert beside.folder == absolute.folder == folder
    assert beside.identity == absolute.identity
    assert beside.name == "my-model"


def test_a_folder_in_the_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert find_source("~/my-model", Path("/nowhere")).folder == folder


def test_a_models_identity_is_its_weights(folder: Path) -> None:
    before = find_source(str(folder), Path()).identity
    shutil.copytree(folder, folder.parent / "copy")
    assert find_source(str(folder.parent / "copy"), Path()).identity == before
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert find_source(str(folder), Path()).identity != before


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert refusal(str(folder)) == (
        f"{folder}: holds no weights (*.safetensors); copy the weights there, or name another folder."
    )


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "model.pt", "weights.pth", "last.ckpt"])
def test_a_folder_of_pickled_weights_is_refused(folder: Path, pickle: str) -> None:
    (folder / "model.safetensors").rename(folder / pickle)
    sentence = refusal(str(folder))
    assert f"holds pickled weights ({pickle}), which can run code when read" in sentence
    assert "save the model again as safetensors" in sentence


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    assert "has no config.json, so it is no model folder" in refusal(str(tmp_path))


@pytest.mark.parametrize(
    "name",
    ["/no/such/folder", "./model", "../model", "~/no-such-model", "~nobody/model", "a/b/c", "a b"],
)
def test_a_name_that_can_be_neither_a_folder_nor_an_id_is_refused(name: str, tmp_path: Path) -> None:
    assert refusal(name, tmp_path) == (
        f"model '{name}': is neither 'smollm2', a folder, nor a Hugging Face id (owner/name); "
        "check the spelling and the path."
    )


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model"])
def test_offline_and_not_cached_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert refusal(name) == (
        f"model '{name}': is not in the local cache and Hugging Face cannot be reached; "
        "go online once to fetch it, or name a local folder."
    )


@pytest.mark.parametrize("name", ["a..b", "owner/-name", "owner/" + "x" * 200])
def test_a_name_that_the_hub_forbids_is_refused(name: str) -> None:
    assert "is not on Hugging Face (or is private), and no folder of that name exists" in refusal(name)


def test_a_model_in_the_hubs_cache_is_found_offline_by_its_commit(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    stored = tmp_path / "hub" / "models--owner--name"
    (stored / "refs").mkdir(parents=True)
    (stored / "refs" / "main").write_text(commit)
    shutil.copytree(folder, stored / "snapshots" / commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    for revision in (None, "main", commit):
        source = find_source("owner/name", Path(), revision)
        assert (source.identity, source.folder) == (commit, stored / "snapshots" / commit)
    (stored / "snapshots" / commit / "model.safetensors").unlink()
    assert "holds no weights" in refusal("owner/name")
