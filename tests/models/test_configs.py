"""What is known of a model's config without the network, and without making anything."""

from pathlib import Path

import pytest

from traitscope.errors import InputError
from traitscope.models.configs import find_config, known_model_type


def test_a_models_type_is_read_from_its_config_on_this_machine_alone(tiny_neox_folder: Path) -> None:
    assert known_model_type(str(tiny_neox_folder), Path()) == "gpt_neox"
    assert known_model_type(tiny_neox_folder.name, tiny_neox_folder.parent) == "gpt_neox"
    for absent in ("nobody/has-this-model", "/no/such/folder", "../up", "~nobody/x"):
        assert known_model_type(absent, Path()) is None


def test_what_is_not_on_this_machine_is_known_from_the_shipped_table(own_cache: Path) -> None:
    assert known_model_type("smollm2", Path()) == "llama"
    assert known_model_type("Qwen/Qwen3-4B", Path()) == "qwen3"
    # Nothing was converted for it.
    assert not (own_cache / "models").exists()


def test_smollm2_is_read_where_it_was_converted(own_cache: Path) -> None:
    folder = own_cache / "models" / "smollm2-0123"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "converted"}')
    found = find_config("smollm2", Path())
    assert found is not None
    assert (found.values["model_type"], found.file) == ("converted", folder / "config.json")


@pytest.mark.parametrize("text", ["{", "[]", '"llama"', '{"model_type": 3}', "{}"])
def test_a_config_without_a_type_tells_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert known_model_type(str(tmp_path), Path()) is None


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(InputError, match=r"config.json: cannot be read \(it holds no object\)"):
        find_config(str(tmp_path), Path())
