"""Start an experiment: write its file with a comment at every key."""

import json
from pathlib import Path

from traitscope.config import read_config_text
from traitscope.errors import InputError
from traitscope.experiment.files import write_text
from traitscope.experiment.layout import SHIPPED

TEMPLATE = SHIPPED / "template.yaml"


def write_template(name: str) -> Path:
    """Write `NAME.yaml` into the current folder and return its path.

    Raises:
        InputError: the name cannot be an experiment's, or the file exists.
    """
    path = Path(f"{name}.yaml")
    # In quotes: YAML would take '7' for a number, and 'a: b' for a key.
    text = TEMPLATE.read_text(encoding="utf-8").replace("name: NAME", f"name: {json.dumps(name)}")
    read_config_text(text, f"experiment '{name}'")
    if path.exists():
        raise InputError(str(path), "exists already", "choose another name, or remove it")
    write_text(path, text)
    return path
