"""Start a trait: a folder with all its files, a few scenes to be replaced, and guidance by kind of trait.

The guidance is README.md, which nothing reads: a file of scenes has no comments, for every line is a scene.
"""

import json
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from traitscope.config.choices import Name
from traitscope.data.scenes import TRAIT_FILES
from traitscope.errors import InputError
from traitscope.experiment import SHIPPED
from traitscope.experiment.files import write_text, writing

Kind = Literal["mood", "style", "inner-state", "act", "blamed", "observed"]
KINDS: Mapping[Kind, str] = {
    "mood": "how the words feel",
    "style": "how something is said",
    "inner-state": "what somebody feels, wants or means",
    "act": "what somebody does or says",
    "blamed": "what people blame, told by whoever does it",
    "observed": "conduct seen from outside",
}
"""What each kind of trait is; its scenes and guidance are in the folder of that name."""
FILES = ("README.md", "positive.txt", "negative.txt", "definition.txt", "steering.json", "labelled.jsonl")
TRAITS = Path("traits")
_TEMPLATE = SHIPPED / "trait-template"


def start_trait(name: str, kind: Kind) -> Path:
    """Write the folder `traits/NAME` below the current one and return its path; NAME may be CATEGORY/NAME.

    Raises:
        InputError: the name cannot be a trait's, or there is something of that name.
        WorkError: the folder cannot be written; nothing of it is left then.
    """
    folder = _free_folder(name)
    with writing(folder):
        folder.mkdir(parents=True)
    try:
        for file in FILES:
            write_text(folder / file, _filled(_template(file, kind), folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


@cache
def example_texts() -> frozenset[str]:
    """Scenes, lines of definitions and labelled answers that new traits of any kind begin with."""
    found = set()
    for kind in KINDS:
        for file in ("positive.txt", "negative.txt", "definition.txt"):
            found |= set((_TEMPLATE / kind / file).read_text(encoding="utf-8").splitlines()) - {""}
        for line in (_TEMPLATE / kind / "labelled.jsonl").read_text(encoding="utf-8").splitlines():
            found.add(json.loads(line)["answer"])
    return frozenset(found)


def _free_folder(name: str) -> Path:
    category, _, rest = name.partition("/")
    if category == TRAITS.name and rest:
        what = "this would be a folder traits/ inside of traits/"
        raise InputError(f"trait '{name}'", what, f"write '{rest}'")
    for part in name.split("/"):
        _refuse_bad_name(part, f"trait '{name}'")
    folder = TRAITS / name
    if folder.exists() or folder.is_symlink():
        raise InputError(str(folder), "exists already", "choose another name, or remove it")
    for parent in folder.parents[:-2]:
        if any((parent / file).exists() for file in TRAIT_FILES[:4]):
            what = "this is a trait, and a trait inside of it would not be found"
            raise InputError(str(parent), what, "choose another category")
    return folder


def _refuse_bad_name(part: str, where: str) -> None:
    """By the rule for all names in an experiment file."""
    try:
        TypeAdapter[str](Name).validate_python(part)
    except ValidationError as error:
        found = error.errors()[0]["ctx"]
        raise InputError(where, found["what"], found["mend"]) from None


def _template(file: str, kind: Kind) -> str:
    """The text of a file; guidance is by kind first, then what all traits share."""
    places = {"README.md": [f"{kind}/README.md", "rules.md"], "steering.json": ["steering.json"]}
    parts = places.get(file, [f"{kind}/{file}"])
    return "".join((_TEMPLATE / part).read_text(encoding="utf-8") for part in parts)


def _filled(text: str, folder: Path) -> str:
    """With the trait in place of NAME, its folder of FOLDER, and its path in an experiment file of TRAIT."""
    said = {
        "NAME": folder.name,
        "FOLDER": folder.as_posix(),
        "TRAIT": folder.relative_to(TRAITS).as_posix(),
    }
    return re.sub(r"\b(?:NAME|FOLDER|TRAIT)\b", lambda word: said[word.group()], text)
