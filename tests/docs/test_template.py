"""The file that `traitscope new` writes: what it leaves commented out is allowed as well."""

import re

from traitscope.config import Config, read_config_text
from traitscope.experiment import SHIPPED

TEMPLATE = (SHIPPED / "template.yaml").read_text(encoding="utf-8")


def test_sections_that_are_commented_out_can_be_switched_on() -> None:
    lines = [re.sub(r"^# ?(?=(judges|vet):|  )", "", line) for line in TEMPLATE.splitlines()]
    config = _read(lines)
    assert {judge.kind for judge in config.judges.values()} == {"openai", "local"}
    assert config.vet is not None
    assert config.vet == type(config.vet)(judge=config.vet.judge)  # every value shown is the default


def test_choices_for_each_trait_can_take_the_place_of_one_for_all() -> None:
    lines = TEMPLATE.splitlines()
    for key in ("layers", "judge"):
        assert sum(line.startswith(f"  {key}:") for line in lines) == 1
        lines = [line for line in lines if not line.startswith(f"  {key}:")]
        lines = [line.replace(f"  # {key}: {{", f"  {key}: {{") for line in lines]
    config = _read(lines)
    assert config.steer is not None
    assert isinstance(config.steer.layers, dict)
    assert isinstance(config.steer.judge, dict)
    assert set(config.steer.judge) == set(config.steer.layers) == set(config.traits)


def _read(lines: list[str]) -> Config:
    return read_config_text("\n".join(lines), "template.yaml")
