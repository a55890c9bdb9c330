"""A new experiment's file."""

from pathlib import Path

import pytest

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.experiment.starting import write_template

pytestmark = pytest.mark.usefixtures("here")


def test_a_new_file_opens_under_its_name_and_finds_its_inputs() -> None:
    experiment = open_experiment(write_template("my-study"))
    assert experiment.config.name == "my-study"
    for trait in experiment.config.traits:
        assert experiment.input("traits", trait).is_dir()
    loras = [variant.lora for variant in experiment.config.variants.values() if variant.lora]
    assert loras
    assert all(experiment.adapter(lora).is_dir() for lora in loras)


def test_an_existing_file_is_not_written_over() -> None:
    Path("study.yaml").write_text("mine")
    with pytest.raises(InputError, match=r"study\.yaml: exists already; choose another name, or remove it"):
        write_template("study")
    assert Path("study.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["../study", "a/b", ".hidden", "two words", ""])
def test_a_name_that_cannot_be_a_folder_is_refused_and_nothing_written(name: str, here: Path) -> None:
    with pytest.raises(InputError):
        write_template(name)
    assert list(here.parent.rglob("*.yaml")) == []
