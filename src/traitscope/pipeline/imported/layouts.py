"""What a folder of the predecessor holds, in either of its layouts, before any file is read whole.

    trait-interp    inference/raw/residual/SET[_SUFFIX]/ID.pt
                    inference/responses/SET[_SUFFIX]/ID.json
                    extraction/CATEGORY/TRAIT/vectors/METHOD_layerN.pt
                    steering/CATEGORY/TRAIT/results.json
                    config.json: extraction_model, application_model
    traitinterp     inference/VARIANT/raw/residual/SET[_replay_WRITER]/ID.pt
                    inference/VARIANT/responses/SET/ID.json
                    extraction/CATEGORY/TRAIT/VARIANT/vectors/POSITION/COMPONENT/METHOD/layerN.pt
                    steering/CATEGORY/TRAIT/VARIANT/POSITION/SET/results.jsonl
                    config.json: model_variants, defaults

Parts of the second came into the first repository before it was succeeded, so that files are known by their
own form and not by the layout alone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from traitscope.errors import InputError

LayoutName = Literal["trait-interp", "traitinterp"]
CLEAN = "clean"
"""What the variant without a name is called in the first layout."""
EXTRACTION = "extraction"
_ONE_FILE = re.compile(r"(?P<component>attn_out_|mlp_out_)?(?P<method>\w+?)_layer(?P<layer>\d+)\.pt")
_LAYER = re.compile(r"layer(\d+)\.pt")
_REPLAY = "_replay_"


class Named(NamedTuple):
    """A variant as far as its name goes: the predecessor records no more."""

    model: str | None
    lora: str | None


class Captures(NamedTuple):
    """A folder of captured answers.

    Attributes:
        reader: the variant whose folder it is; in the first layout, what the folder's name ends with.
        prompts: the prompt set.
        folder: of the `.pt` files.
        writer: whose answers are read, where the folder's name says so.
    """

    reader: str
    prompts: str
    folder: Path
    writer: str | None

    @property
    def files(self) -> dict[str, Path]:
        """Prompt -> its file, in the order of the numbers that prompts are named by."""
        return {path.stem: path for path in sorted(self.folder.glob("*.pt"), key=in_order)}


class VectorFile(NamedTuple):
    """One vector on the disk."""

    trait: str
    variant: str
    position: str
    component: str
    method: str
    layer: int
    path: Path


class SteeringFile(NamedTuple):
    """What steering found of a trait."""

    trait: str
    variant: str
    path: Path


@dataclass
class Holdings:
    """What a folder holds.

    Attributes:
        layout: which of the two it is.
        folder: the experiment's.
        variants: by name.
        application, extraction: who answers and who is steered by default, and whose vectors there are.
        captures: folders of captured answers.
        responses: (variant, prompt set) -> folder of the answers as text.
        vectors, steering: files.
        depth: the model's layers, where a file says it.
    """

    layout: LayoutName
    folder: Path
    variants: dict[str, Named] = field(default_factory=dict)
    application: str = CLEAN
    extraction: str = CLEAN
    captures: list[Captures] = field(default_factory=list)
    responses: dict[tuple[str, str], Path] = field(default_factory=dict)
    vectors: list[VectorFile] = field(default_factory=list)
    steering: list[SteeringFile] = field(default_factory=list)


def in_order(path: Path) -> tuple[int, int, str]:
    """Numbers as numbers, then names."""
    number = path.stem.isdigit()
    return (0 if number else 1, int(path.stem) if number else 0, path.stem)


def find_holdings(folder: Path, layout: LayoutName | None = None) -> Holdings:
    """What the folder of a predecessor's experiment holds.

    Raises:
        InputError: there is no such folder, or it is in neither layout, or in both and none was named.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "is no folder", "name an experiment's folder of the predecessor")
    chosen = layout or _detected(folder)
    config = _config(folder)
    found = Holdings(chosen, folder)
    (_fill_first if chosen == "trait-interp" else _fill_second)(found, config)
    for with_variant in (True, False):
        found.vectors += _in_folders(found, with_variant)
    found.vectors += _in_files(found)
    found.steering += _steering(found)
    if not found.captures:
        where = "raw/residual" if chosen == "trait-interp" else "VARIANT/raw/residual"
        raise InputError(
            str(folder),
            f"holds no captured answers in the layout of {chosen} (inference/{where}/SET/ID.pt)",
            "name the folder of one experiment, or the other layout with --layout",
        )
    for name in sorted({one.reader for one in found.captures} | {one.variant for one in found.vectors}):
        found.variants.setdefault(name, Named(None, None))
    return found


def read_config_json(path: Path) -> dict[str, Any]:
    """A JSON file of the predecessor that holds an object.

    Raises:
        InputError: it is not JSON, or something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read as JSON ({error})", "copy it again") from None
    if not isinstance(content, dict):
        raise InputError(str(path), "holds no JSON object", "copy it again")
    return content


def _detected(folder: Path) -> LayoutName:
    inference = folder / "inference"
    first = (inference / "raw" / "residual").is_dir()
    second = any(one.is_dir() for one in inference.glob("*/raw/residual")) if inference.is_dir() else False
    if first and second:
        what = "holds captures in both layouts of the predecessor"
        raise InputError(str(folder), what, "choose one with --layout trait-interp or --layout traitinterp")
    if not first and not second:
        raise InputError(
            str(folder),
            "is in neither layout of the predecessor: no inference/raw/residual nor "
            "inference/VARIANT/raw/residual",
            "name the folder of one experiment (experiments/NAME), with its raw activations",
        )
    return "trait-interp" if first else "traitinterp"


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    return read_config_json(path) if path.is_file() else {}


def _sets(residual: Path) -> dict[str, Path]:
    """Prompt set -> folder with captures; sets may lie in folders."""
    folders = sorted({path.parent for path in residual.rglob("*.pt")}) if residual.is_dir() else []
    return {folder.relative_to(residual).as_posix(): folder for folder in folders}


def _fill_second(found: Holdings, config: Mapping[str, Any]) -> None:
    variants, defaults = config.get("model_variants") or {}, config.get("defaults") or {}
    if not isinstance(variants, dict) or not isinstance(defaults, dict):
        what = "says nothing usable under 'model_variants' and 'defaults'"
        raise InputError(str(found.folder / "config.json"), what, "write an object under each")
    for name, said in variants.items():
        model = said.get("model") if isinstance(said, dict) else str(said)
        found.variants[name] = Named(model, said.get("lora") if isinstance(said, dict) else None)
    inference = found.folder / "inference"
    readers = sorted(one.name for one in inference.iterdir() if one.is_dir()) if inference.is_dir() else []
    found.application = defaults.get("application") or (readers[0] if readers else CLEAN)
    found.extraction = defaults.get("extraction") or found.application
    for reader in readers:
        for prompts, folder in _sets(inference / reader / "raw" / "residual").items():
            name, _, writer = prompts.partition(_REPLAY)
            found.captures.append(Captures(reader, name, folder, writer or None))
        for answer in sorted((inference / reader / "responses").rglob("*.json")):
            prompts = answer.parent.relative_to(inference / reader / "responses").as_posix()
            found.responses[reader, prompts] = answer.parent


def _fill_first(found: Holdings, config: Mapping[str, Any]) -> None:
    model, base = config.get("application_model"), config.get("extraction_model")
    found.variants[CLEAN] = Named(model, None)
    if base and base != model:
        found.variants[EXTRACTION], found.extraction = Named(base, None), EXTRACTION
    inference = found.folder / "inference"
    residual, answers = inference / "raw" / "residual", inference / "responses"
    sets = _sets(residual)
    for prompts, folder in sets.items():
        if (answers / prompts).is_dir():
            found.responses[CLEAN, prompts] = answers / prompts
        # `SET_SUFFIX` beside `SET` may be another model's answers to it; its prompts decide.
        found.captures.append(Captures(CLEAN, prompts, folder, None))


def _steering(found: Holdings) -> Iterator[SteeringFile]:
    """CATEGORY/TRAIT/[POSITION/]results.json, or CATEGORY/TRAIT/VARIANT/POSITION/SET/results.jsonl."""
    root = found.folder / "steering"
    for path in sorted([*root.rglob("results.json"), *root.rglob("results.jsonl")]):
        category, trait, *rest = path.relative_to(root).parts[:-1] or ("", "")
        if category and trait:
            yield SteeringFile(f"{category}/{trait}", rest[0] if len(rest) > 1 else found.application, path)


def _in_folders(found: Holdings, with_variant: bool) -> Iterator[VectorFile]:
    """vectors/POSITION/COMPONENT/METHOD/layerN.pt."""
    root = found.folder / "extraction"
    pattern = "*/*/*/vectors/*/*/*/layer*.pt" if with_variant else "*/*/vectors/*/*/*/layer*.pt"
    for path in sorted(root.glob(pattern)):
        layer = _LAYER.fullmatch(path.name)
        if layer is None:
            continue
        parts = path.relative_to(root).parts
        position, component, method = parts[-4:-1]
        variant = parts[2] if with_variant else found.extraction
        yield VectorFile(
            "/".join(parts[:2]), variant, _position(position), component, method, int(layer[1]), path
        )


def _in_files(found: Holdings) -> Iterator[VectorFile]:
    """vectors/METHOD_layerN.pt, of traits in extraction/CATEGORY/, or, earlier still, beside it."""
    places = {
        found.folder / "extraction": ("*/*/vectors",),
        found.folder: ("*/vectors", "*/extraction/vectors"),
    }
    for root, patterns in places.items():
        for vectors in sorted(one for pattern in patterns for one in root.glob(pattern)):
            trait = "/".join(part for part in vectors.relative_to(root).parts[:-1] if part != "extraction")
            for path in sorted(vectors.glob("*.pt")):
                said = _ONE_FILE.fullmatch(path.name)
                if said and trait:
                    component = (said["component"] or "residual_")[:-1]
                    yield VectorFile(
                        trait,
                        found.extraction,
                        "response[:]",
                        component,
                        said["method"],
                        int(said["layer"]),
                        path,
                    )


def _position(folder: str) -> str:
    """`response[:5]` of `response__5`: brackets and colons were taken out of folder names."""
    frame, _, rest = folder.partition("_")
    if rest == "all":
        return f"{frame}[:]"
    return f"{frame}[{rest.replace('_', ':')}]"
