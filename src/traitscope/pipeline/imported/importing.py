"""`traitscope import`: a folder of the predecessor becomes one under `experiments/`, whole or not at all."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml

from traitscope.config import read_config_text
from traitscope.config.choices import trait_name
from traitscope.errors import InputError
from traitscope.experiment import Journal, Layout
from traitscope.experiment.artefact import now, versions
from traitscope.experiment.files import write_json, write_text
from traitscope.experiment.layout import EXPERIMENTS
from traitscope.experiment.tensors import write_tensors
from traitscope.pipeline.extract.stage import DIRECTIONS
from traitscope.pipeline.imported.captured import read_captured
from traitscope.pipeline.imported.directions import Counting, TraitVectors, load_vectors, sort_vectors
from traitscope.pipeline.imported.layouts import Holdings, LayoutName, Named, find_holdings, in_order
from traitscope.pipeline.imported.record import FORMAT, UNKNOWN, Cell, listed
from traitscope.pipeline.imported.resolving import Resolved, common, resolve
from traitscope.pipeline.imported.steered import Best, best_of
from traitscope.pipeline.imported.storing import Form, ToStore, store_reading
from traitscope.progress import Progress, Silence

BEST = "best.json"
NEW_TOKENS = 64
"""Of scenes, in the file that is written: nothing is completed, but positions must hold a token."""


class Told(NamedTuple):
    """What the user says of a folder."""

    name: str | None = None
    layout: LayoutName | None = None
    depth: int | None = None
    """Layers of the model, where captures do not hold all of them."""
    vectors: Counting | None = None
    """How vector files count layers, where it cannot be seen."""


def import_experiment(folder: Path, told: Told, progress: Progress | None = None) -> Path:
    """The folder that was made of a predecessor's experiment.

    Raises:
        InputError: the folder cannot be used, or there is such an experiment already.
        WorkError: the disk is full.
    """
    progress = progress or Silence()
    name = told.name or _clean(folder.resolve().name)
    target = EXPERIMENTS / name
    if target.exists():
        raise InputError(str(target), "exists already", "choose another name with --name, or remove it")
    _read_back(name, {"variants": {"a": {"model": "unknown"}}, "traits": ["a"], "extract": {"variant": "a"}})
    found = find_holdings(folder, told.layout)
    readings = [_renamed(one) for one in resolve(found, read_captured)]
    plan = _plan(found, readings, told)
    with _whole(target) as layout:
        _write(layout, name, plan, progress)
    return target


@dataclass(frozen=True)
class _Plan:
    """All that an import writes."""

    found: Holdings
    readings: Sequence[Resolved]
    prompts: Mapping[str, Mapping[str, str]]
    """Set -> prompt -> its text, in order."""
    depth: int
    known_depth: bool
    width: int
    exact_store: bool
    """bfloat16 keeps the residuals as they are."""
    traits: Mapping[str, TraitVectors]
    best: Mapping[str, tuple[str, Best]]
    """Trait -> the variant that was steered, and what won."""

    def rows(self, reading: Resolved, prompt: str) -> int:
        """Tokens of an answer that all its readers have."""
        mine = [
            one.answers[prompt]
            for one in self.readings
            if (one.writer, one.prompts) == (reading.writer, reading.prompts) and prompt in one.answers
        ]
        return min(min(one.rows, common(mine[0], one)) for one in mine)


def _plan(found: Holdings, readings: Sequence[Resolved], told: Told) -> _Plan:
    peeked = [one for reading in readings for one in reading.answers.values()]
    widths = {one.width for one in peeked}
    if len(widths) > 1:
        what = f"holds residuals of {len(widths)} widths ({listed(sorted(widths))})"
        raise InputError(str(found.folder), what, "import captures of one model at a time")
    layers = sorted({layer for one in peeked for layer in one.layers})
    whole = layers == list(range(len(layers)))
    depth = told.depth or layers[-1] + 1
    if depth <= layers[-1]:
        what = f"holds residuals of layer {layers[-1]}, which a model of {depth} layers has not"
        raise InputError(str(found.folder), what, "check --depth")
    if not found.vectors:
        raise InputError(
            str(found.folder),
            "holds no vectors, so that nothing could be projected or compared",
            "put the extraction/ folder that belongs to it beside its inference/",
        )
    traits = {
        _unique(one, found): replace(one, variant=_clean(one.variant))
        for one in sort_vectors(found, depth, told.vectors)
        if one.files
    }
    if not traits:
        what = "holds no vectors of the residual stream by a method that traitscope has"
        raise InputError(str(found.folder), what, "put the extraction/ folder that belongs to it there")
    return _Plan(
        found,
        readings,
        _prompts(readings),
        depth,
        told.depth is not None or whole,
        widths.pop(),
        all(one.is_bfloat16 for one in peeked),
        traits,
        dict(_best(found, traits)),
    )


def _write(layout: Layout, name: str, plan: _Plan, progress: Progress) -> None:
    for prompts, texts in plan.prompts.items():
        entries = [{"id": one, "text": text} for one, text in texts.items()]
        write_json(layout.root / "prompts" / f"{prompts}.json", {"name": prompts, "prompts": entries})
    for trait, vectors in plan.traits.items():
        folder = layout.extract(trait, vectors.variant)
        write_tensors(folder / DIRECTIONS, load_vectors(vectors, plan.depth, plan.width))
    for trait, (variant, best) in plan.best.items():
        write_json(layout.steer(trait, variant) / BEST, _best_row(best))
    for key in dict.fromkeys((one.writer, one.prompts) for one in plan.readings):
        _write_answers(layout, plan, *key)
    progress.begin("import", name, sum(len(one.answers) for one in plan.readings))
    cells = []
    for reading in plan.readings:
        cells.append(_write_reading(layout, plan, reading))
        progress.advance(len(reading.answers), 0)
    progress.end()
    write_json(layout.imported, _record(plan, cells))
    # Last: a folder without it is no experiment.
    write_text(layout.config, _read_back(name, _config(plan)))


def _write_answers(layout: Layout, plan: _Plan, writer: str, prompts: str) -> None:
    """A writer's answers, from its own capture, else from whoever read them."""
    sources = [one for one in plan.readings if (one.writer, one.prompts) == (writer, prompts)]
    order = list(plan.prompts[prompts])
    rows = []
    for place, prompt in enumerate(order):
        taken = next((one.answers[prompt] for one in sources if prompt in one.answers), None)
        if taken is not None:
            rows.append(
                {
                    "place": place,
                    "id": prompt,
                    "prompt": list(taken.prompt_ids),
                    "ids": list(taken.ids),
                    "text": taken.text,
                    "tokens": list(taken.tokens),
                }
            )
    Journal(layout.answers(writer, prompts) / "responses.jsonl").add("imported", rows)


def _write_reading(layout: Layout, plan: _Plan, reading: Resolved) -> dict[str, Any]:
    order = list(plan.prompts[reading.prompts])
    answers = []
    for place, prompt in enumerate(order):
        one = reading.answers.get(prompt)
        rows = plan.rows(reading, prompt) if one else 0
        if one and rows:
            answers.append(ToStore(place, one.path, rows, one.layers))
    layers = tuple(sorted({layer for one in answers for layer in one.layers}))
    cell = Cell(reading.reader, reading.writer, reading.prompts, len(answers), layers)
    if answers:
        dtype = torch.bfloat16 if plan.exact_store else torch.float32
        form = Form(plan.depth, plan.width, dtype)
        own = reading.reader == reading.writer
        store_reading(cell.folder(layout), answers, form, own, read_captured)
    return cell._asdict()


def _record(plan: _Plan, cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`imported.json`."""
    found = plan.found
    peeked = [one for reading in plan.readings for one in reading.answers.values()]
    return {
        "format": FORMAT,
        "provenance": "imported",
        "layout": found.layout,
        "source": str(found.folder.resolve()),
        "imported": now(),
        "versions": versions(),
        "variants": {
            name: {"model": one.model, "lora": one.lora, "identity": None, "identity_reason": UNKNOWN}
            for name, one in _used(plan).items()
        },
        "depth": plan.depth,
        "depth_known": plan.known_depth,
        "width": plan.width,
        "prompts": list(plan.prompts),
        "cells": [one for one in cells if one["answers"]],
        "pairs": _pairs(plan),
        "tokens_exact": all(one.exact for one in peeked),
        "rows_moved": any(one.moved for one in peeked),
        "traits": {
            name: {
                "was": one.trait,
                "variant": one.variant,
                "vector_layers": one.counting,
                "positions": list(one.positions),
                "methods": {position: list(one.methods(position)) for position in one.positions},
                "layers": {
                    f"{position} {method}": sorted(files) for (position, method), files in one.files.items()
                },
                "steered": plan.best[name][0] if name in plan.best else None,
                "left_out": list(one.left_out),
            }
            for name, one in plan.traits.items()
        },
    }


def _config(plan: _Plan) -> dict[str, Any]:
    """The experiment file, as far as what was imported can be said in it."""
    methods = [one for each in plan.traits.values() for at in each.positions for one in each.methods(at)]
    positions = list(dict.fromkeys(at for each in plan.traits.values() for at in each.positions))
    used = _used(plan)
    variants: dict[str, dict[str, Any]] = {
        name: {"model": one.model or "unknown", **({"lora": one.lora} if one.lora else {})}
        for name, one in used.items()
    }
    answering = list(dict.fromkeys(name for one in plan.readings for name in (one.reader, one.writer)))
    content: dict[str, Any] = {
        "variants": variants,
        "traits": list(plan.traits),
        "extract": {
            "variant": next(iter(plan.traits.values())).variant,
            "new_tokens": NEW_TOKENS,
            "positions": positions,
            "methods": list(dict.fromkeys(methods)),
        },
        "infer": {
            "variants": answering,
            "prompts": list(plan.prompts),
            "store_dtype": "bfloat16" if plan.exact_store else "float32",
        },
    }
    pairs = _pairs(plan)
    # Files say `compare` only of mean differences; what is imported is compared along what there is.
    if "mean_diff" in methods and pairs:
        content["compare"] = {
            "pairs": [{"before": before, "after": after} for before, after in pairs],
            "against": "covariance",
        }
    return content


def _pairs(plan: _Plan) -> list[list[str]]:
    """The default variant before each other one that reads the same prompts."""
    before = _clean(plan.found.application)
    sets = {one.prompts for one in plan.readings if before in (one.reader, one.writer)}
    others = dict.fromkeys(
        name
        for one in plan.readings
        if one.prompts in sets
        for name in (one.reader, one.writer)
        if name != before
    )
    return [[before, other] for other in others] if sets else []


def _used(plan: _Plan) -> dict[str, Named]:
    """Variants that anything imported is of."""
    names = {name for one in plan.readings for name in (one.reader, one.writer)}
    names |= {one.variant for one in plan.traits.values()} | {one for one, _ in plan.best.values()}
    known = {_clean(name): one for name, one in plan.found.variants.items()}
    return {name: known.get(name, Named(None, None)) for name in sorted(names)}


def _best(found: Holdings, traits: Mapping[str, TraitVectors]) -> Iterator[tuple[str, tuple[str, Best]]]:
    """What won for each trait: of the default variant's results, else of the first there are."""
    for name, one in traits.items():
        files = [file for file in found.steering if file.trait == one.trait]
        variants = sorted({file.variant for file in files}, key=lambda who: (who != found.application, who))
        for variant in variants:
            won = [best for file in files if file.variant == variant if (best := best_of(file.path))]
            if won:
                yield name, (_clean(variant), max(won, key=lambda best: abs(best.delta)))
                break


def _best_row(best: Best) -> dict[str, Any]:
    reason = "imported: the predecessor ran no controls"
    row = best._asdict()
    baseline = row.pop("baseline")
    return {
        "result": None,
        "result_reason": reason,
        "baseline": baseline,
        "best": row | {"relative_strength": None, "relative_strength_reason": "imported: base norm unknown"},
    }


def _prompts(readings: Sequence[Resolved]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for reading in readings:
        texts = found.setdefault(reading.prompts, {})
        for prompt, one in reading.answers.items():
            texts.setdefault(
                prompt, one.prompt if one.prompt.strip() else f"({prompt}: its text was not kept)"
            )
    return {
        name: dict(sorted(texts.items(), key=lambda one: in_order(Path(one[0]))))
        for name, texts in found.items()
    }


def _renamed(one: Resolved) -> Resolved:
    """With names that folders may have."""
    return Resolved(_clean(one.reader), _clean(one.writer), _clean(one.prompts), one.answers)


def _unique(one: TraitVectors, found: Holdings) -> str:
    """A trait's own name; with its category where another category has one of that name."""
    names = [trait_name(trait) for trait in {file.trait for file in found.vectors}]
    short = trait_name(one.trait)
    return _clean(short if names.count(short) == 1 else one.trait)


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:100] or "imported"


def _read_back(name: str, content: Mapping[str, Any]) -> str:
    """The text of an experiment file, which is read once as a user's is."""
    text = "# Written by traitscope import; only what imported.json speaks of can be made of it.\n"
    text += yaml.safe_dump({"name": name, **content}, sort_keys=False, allow_unicode=True, width=120)
    read_config_text(text, f"experiment '{name}'")
    return text


@contextmanager
def _whole(target: Path) -> Iterator[Layout]:
    """A folder that gets its name when all of it is written, and is gone if that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.importing-"))
    try:
        yield Layout(place)
        place.chmod(0o755)
        place.rename(target)
    finally:
        shutil.rmtree(place, ignore_errors=True)
