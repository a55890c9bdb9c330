"""A tiny experiment as files, what was typed, and the form of a refusal."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

QUESTIONS, PROMPTS = 10, 8
PLACES = ["harbour", "kitchen", "garden", "station"]
PEOPLE = ["sailor", "teacher", "baker", "painter", "doctor"]
ENDS = {"positive": "wept and felt", "negative": "laughed and felt"}


@dataclass(frozen=True)
class Typed:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """The current folder: `tiny.yaml` as `settings` say, and the inputs that it names."""

    folder: Path
    settings: dict[str, Any]

    def write(self) -> None:
        """Write the experiment file as the settings stand."""
        self.file.write_text(yaml.safe_dump(self.settings, sort_keys=False))

    def change(self, key: str, value: Any) -> None:
        """Set one key of the experiment file, such as 'steer.layers'."""
        *path, last = key.split(".")
        group = self.settings
        for step in path:
            group = group[step]
        group[last] = value
        self.write()

    @property
    def file(self) -> Path:
        return self.folder / "tiny.yaml"

    @property
    def trait(self) -> Path:
        return self.folder / "traits/sombre"

    @property
    def lora(self) -> Path:
        return self.folder / "lora/moved"

    @property
    def made(self) -> Path:
        """What was made of the experiment."""
        return self.folder / "experiments/tiny"

    def copy_model(self) -> Path:
        """A copy of the model to be spoilt; the experiment uses it from now on."""
        model = Path(shutil.copytree(self.settings["variants"]["base"]["model"], self.folder / "model"))
        for variant in self.settings["variants"].values():
            variant["model"] = "model"
        self.write()
        return model


def type_in_process(folder: Path, *words: str) -> Typed:
    """Type `python -m traitscope ...` in a folder, in a process of its own."""
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "traitscope", *words],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    return Typed(ended.returncode, ended.stdout, ended.stderr)


def the_sentence(err: str) -> str:
    """What stands on standard error, held against the form of every refusal: where: what; the mend."""
    assert err.startswith("traitscope: ")
    assert err.count("\n") == 1
    assert err.endswith((".\n", "?\n"))
    sentence = err.removeprefix("traitscope: ").rstrip("\n")
    where, _, rest = sentence.partition(": ")
    what, _, mend = rest.partition("; ")
    assert where and what and mend, sentence
    return sentence


def make_place(folder: Path, model: Path, loras: Path) -> Place:
    """Write the tiny experiment's files into `folder`."""
    place = Place(folder, settings_of(model))
    place.trait.mkdir(parents=True)
    for pole, end in ENDS.items():
        lines = [f"By the {where} the {who} {end}" for where, who in product(PLACES, PEOPLE)]
        (place.trait / f"{pole}.txt").write_text("\n".join(lines) + "\n")
    (place.trait / "definition.txt").write_text("The answer is low in spirits.\n")
    questions = [f"How is the weather in town number {number}?" for number in range(QUESTIONS)]
    write_json(place.trait / "steering.json", {"questions": questions, "lexicon": "negative"})
    (folder / "prompts").mkdir()
    prompts = [{"id": f"p{number}", "text": f"What is {number} plus one?"} for number in range(PROMPTS)]
    write_json(folder / "prompts/asks.json", {"prompts": prompts})
    shutil.copytree(loras, folder / "lora")
    place.write()
    return place


def settings_of(model: Path) -> dict[str, Any]:
    """The tiny experiment's file, as a value."""
    chat = {"model": str(model), "chat": True, "system_prompt": "none"}
    return {
        "name": "tiny",
        "variants": {
            "base": {"model": str(model)},
            "chat": chat,
            "moved": {**chat, "lora": "lora/moved"},
            "plain": {**chat, "lora": "lora/plain", "control": True},
        },
        "traits": ["sombre"],
        "extract": {"variant": "base", "new_tokens": 4, "methods": ["mean_diff"]},
        "steer": {
            "variant": "chat",
            "layers": "1,2",
            "steps": 1,
            "questions": 4,
            "report_questions": 5,
            "new_tokens": 6,
        },
        "infer": {"variants": ["chat", "moved", "plain"], "prompts": "asks", "new_tokens": 10},
        "compare": [{"before": "chat", "after": "moved"}, {"before": "chat", "after": "plain"}],
        "run": {"threads": 1},
    }


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON."""
    path.write_text(json.dumps(value))
