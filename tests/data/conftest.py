"""A trait folder that is in order, to be spoilt one file at a time."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from traitscope.data import load_trait
from traitscope.errors import InputError

THINGS = (
    "lamp",
    "bridge",
    "orchard",
    "kettle",
    "harbour",
    "violin",
    "ladder",
    "meadow",
    "engine",
    "candle",
    "mirror",
)
THINGS += (
    "tunnel",
    "basket",
    "glacier",
    "parrot",
    "anchor",
    "cellar",
    "compass",
    "blanket",
    "quarry",
    "hammer",
    "saddle",
)


@pytest.fixture
def trait_folder(tmp_path) -> Path:
    """22 pairs, 30 questions."""
    folder = tmp_path / "traits" / "gloom"
    folder.mkdir(parents=True)
    (folder / "positive.txt").write_text(
        "".join(f"He looked at the {thing} and sighed that\n" for thing in THINGS)
    )
    (folder / "negative.txt").write_text(
        "".join(f"He looked at the {thing} and beamed that\n" for thing in THINGS)
    )
    (folder / "definition.txt").write_text("A gloomy speaker expects the worst.\n")
    steering = {
        "questions": [f"What about {number}?" for number in range(30)],
        "trait_prompt": "Be gloomy.",
        "lexicon": "negative",
    }
    (folder / "steering.json").write_text(json.dumps(steering))
    return folder


@pytest.fixture
def steering(trait_folder) -> Callable[..., Path]:
    """Writes keys into steering.json; None takes a key out."""
    path = trait_folder / "steering.json"

    def write(**changes: object) -> Path:
        keys = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({key: value for key, value in keys.items() if value is not None}))
        return trait_folder

    return write


@pytest.fixture
def refusal() -> Callable[[Path], str]:
    """The sentence that refuses a trait."""

    def told(folder: Path) -> str:
        with pytest.raises(InputError) as caught:
            load_trait(folder)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return told
