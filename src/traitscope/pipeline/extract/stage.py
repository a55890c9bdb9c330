"""Stage 1, extract: scenes completed by the base variant, residuals averaged, directions fitted and tried."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import polars as pl
import torch
from torch import Tensor

from traitscope.config import (
    LENGTH,
    Position,
    fitting_order,
    orthogonal_to,
    parse_position,
)
from traitscope.config.batches import READ_ROWS
from traitscope.data import FEWEST_SCENES, Trait, near_duplicate_groups, near_duplicate_pair_groups
from traitscope.engine import Words, by_length, read_residual
from traitscope.errors import InputError
from traitscope.experiment import Artefact, digest
from traitscope.experiment.files import write_bytes
from traitscope.experiment.tensors import read_tensors, write_tensors
from traitscope.inference import sinks
from traitscope.models import Component, Model
from traitscope.pipeline.extract.completing import Scenes, complete_samples, completions_artefact, used_scenes
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import parquet_bytes
from traitscope.pipeline.vet.stage import filter_parts, passing
from traitscope.progress import Progress
from traitscope.vectors import (
    Contrast,
    DegenerateContrast,
    Directions,
    LayerDetection,
    LayerTreatment,
    Method,
    NothingLeft,
    ReadWrite,
    Treatment,
    evaluate_directions,
    fit_directions,
    massive_dimensions,
    top_share,
)

VERSION = "1"
ELSEWHERE = {"variant", "pairs", "orthogonal_to"}
"""Keys of `extract` that other parts of the fingerprint hold."""
LATER = ("component", "massive_dimensions", "samples", "temperature", "positions")
"""Keys of `extract` that the first version did not know."""
Completions: TypeAlias = Sequence[Sequence[dict[str, Any]]]
"""The rows of each scene's samples."""
FEWEST_KEPT = 10
"""Scenes a pole with a residual: half of the fewest that a trait may have."""
DIRECTIONS = "directions.safetensors"
METRICS = "metrics.parquet"
ACTIVATIONS = "activations.safetensors"
FILES = (ACTIVATIONS, DIRECTIONS, METRICS)


class Fitted(NamedTuple):
    """What a direction at one layer was fitted on, and how."""

    contrast: Contrast
    treatment: LayerTreatment


def extraction(run: Run, trait: Trait) -> Artefact:
    """A trait's extraction, and what it depends on."""
    settings = run.experiment.config.extract
    completions = completions_artefact(run, trait)
    return Artefact(
        completions.folder,
        "extract",
        {
            **completions.parts,
            "settings": digest(settings.model_dump(exclude=ELSEWHERE | settings.at_default(LATER))),
            **_orthogonal_parts(run, trait),
            **filter_parts(run, trait),
            "seed": str(run.seed),
            "version": f"{VERSION}, completions {completions.parts['version']}",
        },
        files=FILES,
    )


def _orthogonal_parts(run: Run, trait: Trait) -> dict[str, str]:
    """What a direction is made orthogonal to: other traits' directions as they are, and length."""
    names = orthogonal_to(run.experiment.config, trait.name)
    if not names:
        return {}
    # Of lengths extraction keeps what they were, for whatever is fitted later as the directions were.
    others = {
        name: "kept" if name == LENGTH else extraction(run, run.traits[name]).fingerprint for name in names
    }
    return {"orthogonal to": digest(others)}


def extract_traits(run: Run) -> None:
    """Make every trait's directions that are not there or no longer true."""
    for name in filter(run.works_on, fitting_order(run.experiment.config)):
        run.conduct.check()
        with run.conduct.attempt(f"extract {name}"):
            _extract_one(run, run.traits[name])


def _extract_one(run: Run, trait: Trait) -> None:
    artefact = extraction(run, trait)
    if artefact.is_done() and completions_artefact(run, trait).is_done():
        return
    completions = complete_samples(run, trait)
    with run.making(artefact) as record:
        record.update(_extract(run, trait, artefact.folder, completions))
        run.progress.end()


def extracted_traits(run: Run) -> dict[str, Trait]:
    """The traits that have directions, by name: later stages go on with these where others failed."""
    return {name: trait for name, trait in run.traits.items() if extraction(run, trait).is_done()}


def directions_print(run: Run) -> str:
    """What changes with any of the directions that there are."""
    return digest([extraction(run, trait).fingerprint for trait in extracted_traits(run).values()])


def load_directions(run: Run, trait: Trait, method: str, position: str = "") -> Directions:
    """A trait's directions by one method at one position (empty: the first), from its extraction."""
    component = run.experiment.config.extract.component
    return read_directions(extraction(run, trait).folder, trait.name, method, component, position)


class Kept(NamedTuple):
    """A trait's scenes as its directions were drawn from them, at the first position.

    Attributes:
        positive, negative: (scenes, layers, width) float32.
        groups: (scenes of both poles,) near-duplicates, and the two scenes of a pair, share a number.
        paired: line n of one pole faces line n of the other.
    """

    positive: Tensor
    negative: Tensor
    groups: Tensor
    paired: bool


def load_kept(run: Run, trait: Trait) -> Kept:
    """A trait's scenes' residuals.

    Raises:
        WorkError: the file is missing or damaged.
    """
    tensors = at_position(read_tensors(extraction(run, trait).folder / ACTIVATIONS))
    positive, negative = tensors["positive"], tensors["negative"]
    # Files from before groups were kept: every scene, or pair, for itself.
    alone = (
        torch.arange(len(positive)).repeat(2) if trait.paired else torch.arange(len(positive) + len(negative))
    )
    return Kept(positive, negative, tensors.get("groups", alone), trait.paired)


def read_directions(
    folder: Path, trait: str, method: str, component: Component = "residual", position: str = ""
) -> Directions:
    """A trait's directions by one method at one position (empty: the first), from its extraction's folder.

    Raises:
        WorkError: the file is missing or damaged.
    """
    tensors = at_position(read_tensors(folder / DIRECTIONS), position)
    return Directions(
        trait,
        method,
        tensors[f"{method}.read"],
        tensors[f"{method}.write"],
        tensors["base_norm"],
        top_share(tensors[f"{method}.read"]),
        component,
    )


def at_position(tensors: Mapping[str, Tensor], position: str = "") -> dict[str, Tensor]:
    """The tensors of one position under the names that they have where there is only one: those of the first
    have no position in their names, and are given where none is found for `position`."""
    prefix = f"{position}/"
    found = {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}
    return found or {name: one for name, one in tensors.items() if "/" not in name}


def load_fitted(run: Run, trait: Trait, layer: int, method: Method, position: str = "") -> Fitted:
    """What a trait's direction at a layer was fitted on, and how; position as for `load_directions`.

    Raises:
        WorkError: the file is missing or damaged.
    """
    tensors = at_position(read_tensors(extraction(run, trait).folder / ACTIVATIONS), position)
    positive, negative = tensors["positive"][:, layer], tensors["negative"][:, layer]
    # Files from before lengths were kept have none: their directions were fitted without.
    treatment = _treatment(run, trait, _Source(method, position), tensors.get("lengths", torch.zeros(0)))
    return Fitted(Contrast(positive, negative, trait.paired), treatment.at(layer))


def _extract(run: Run, trait: Trait, folder: Path, completions: Completions) -> dict[str, object]:
    """Fit and try the directions of every position; what is recorded of the scenes of the first."""
    settings, scenes = run.experiment.config.extract, used_scenes(run, trait)
    positions = settings.fitted_positions
    run.progress.begin("extract", trait.name, len(scenes.prompts) * settings.samples * len(positions))
    activations, directions = dict[str, Tensor](), dict[str, Tensor]()
    rows: list[dict[str, Any]] = []
    records = []
    for position in positions:
        found = _at_position(run, trait, scenes, completions, position)
        # Where there is one position its name says nothing.
        prefix = "" if position == positions[0] else f"{position}/"
        activations |= {prefix + name: one for name, one in found.activations.items()}
        directions |= {prefix + name: one for name, one in found.directions.items()}
        rows.extend(found.metrics)
        records.append(found.record)
    write_tensors(folder / ACTIVATIONS, activations)
    write_tensors(folder / DIRECTIONS, directions)
    write_bytes(folder / METRICS, parquet_bytes(pl.DataFrame(rows)))
    return records[0]


class _AtPosition(NamedTuple):
    """What one position gives."""

    activations: dict[str, Tensor]
    directions: dict[str, Tensor]
    metrics: list[dict[str, Any]]
    record: dict[str, object]


def _at_position(
    run: Run, trait: Trait, scenes: Scenes, completions: Completions, position: str
) -> _AtPosition:
    settings = run.experiment.config.extract
    rows_read = [(scene, row) for scene, samples in enumerate(completions) for row in samples]
    words = [Words(tuple(row["prompt"]), tuple(row["ids"])) for _, row in rows_read]
    model = run.variants.model(settings.variant)
    parsed = parse_position(position, f"{run.experiment.file}, extract.position")
    read = scene_residuals(model, words, parsed, run.progress, settings.component)
    means = _over_samples(read, [scene for scene, _ in rows_read])
    kept = kept_scenes(means, scenes)
    _check_kept(run, trait, scenes, kept, position)
    kept, record = _filtered(run, trait, scenes, means, kept)
    positive, negative = (torch.stack([means[index] for index in pole]) for pole in kept)
    base_norm = mean_length(positive, negative)
    lengths = torch.tensor([_length(completions[index]) for pole in kept for index in pole])
    groups = _groups(scenes, kept)
    massive = massive_dimensions(torch.cat([positive, negative]).transpose(0, 1)).sum(-1)  # (layers,)
    tensors, rows = {"base_norm": base_norm}, list[dict[str, Any]]()
    for method in settings.methods:
        try:
            treatment = _treatment(run, trait, _Source(method, position), lengths)
            directions = fit_directions(
                trait.name, positive, negative, base_norm, scenes.paired, method, treatment
            )
            found = evaluate_directions(
                positive, negative, scenes.paired, method, run.seed, groups, treatment
            )
        except NothingLeft as error:
            raise InputError(
                f"{run.experiment.file}, extract.orthogonal_to",
                f"the {method} direction of '{trait.name}' is nearly what is taken out of it ({error})",
                "take out less, or leave the method out",
            ) from error
        except DegenerateContrast as error:
            raise InputError(
                str(trait.folder), f"its poles cannot be told apart ({error})", "write scenes that differ"
            ) from error
        tensors |= {f"{method}.read": directions.read, f"{method}.write": directions.write}
        rows.extend(_metric_row(one, directions, int(massive[one.layer]), position) for one in found)
    activations = {
        "positive": positive,
        "negative": negative,
        "base_norm": base_norm,
        "lengths": lengths,
        # Of pairs the second scene belongs to the group of the first.
        "groups": torch.from_numpy(groups).repeat(2 if scenes.paired else 1),
    }
    return _AtPosition(activations, tensors, rows, {"kept": [len(pole) for pole in kept], **record})


class _Source(NamedTuple):
    method: Method
    position: str


def _treatment(run: Run, trait: Trait, source: _Source, lengths: Tensor) -> Treatment:
    """What the file asks for beside the method: massive dimensions, and what directions are orthogonal to."""
    names = orthogonal_to(run.experiment.config, trait.name)
    others = [load_directions(run, run.traits[name], *source) for name in names if name != LENGTH]
    return Treatment(
        run.experiment.config.extract.massive_dimensions,
        tuple(ReadWrite(one.read, one.write) for one in others),
        lengths if LENGTH in names else None,
    )


def scene_residuals(
    model: Model,
    words: Sequence[Words],
    position: Position,
    progress: Progress,
    component: Component = "residual",
) -> dict[int, Tensor]:
    """Scene -> residual (or output of a sub-block) averaged over the position, (layers, width) float32.

    Special tokens do not count, and scenes without another one there are left out.
    """
    special = set(model.tokenizer.all_special_ids)
    tokens = [
        [
            index
            for index in position.tokens(len(one.prompt), len(one.response))
            if (*one.prompt, *one.response)[index] not in special
        ]
        for one in words
    ]
    usable = [index for index, indexes in enumerate(tokens) if len(indexes)]
    means: dict[int, Tensor] = {}
    for batch in by_length([range(tokens[index][-1] + 1) for index in usable], READ_ROWS):
        chosen = [usable[place] for place in batch]
        chosen_words, kept = [words[i] for i in chosen], [tokens[i] for i in chosen]
        residuals = read_residual(model, chosen_words, kept, component)
        means |= {index: _mean(residual) for index, residual in zip(chosen, residuals, strict=True)}
        progress.advance(len(chosen), sum(tokens[i][-1] + 1 for i in chosen))
    progress.advance(len(words) - len(usable), 0)
    return means


def _over_samples(means: Mapping[int, Tensor], scene_of: Sequence[int]) -> dict[int, Tensor]:
    """Scene -> mean over those of its samples that have a residual."""
    found: dict[int, list[Tensor]] = {}
    for row in sorted(means):
        found.setdefault(scene_of[row], []).append(means[row])
    return {scene: torch.stack(some).mean(0) if len(some) > 1 else some[0] for scene, some in found.items()}


def _length(samples: Sequence[Mapping[str, Any]]) -> float:
    """Characters of a scene's completion, averaged over its samples."""
    return sum(len(row["text"]) for row in samples) / len(samples)


def mean_length(positive: Tensor, negative: Tensor) -> Tensor:
    """Base norm of each layer, (layers,): mean length of the scenes' averaged residuals, of both poles."""
    lengths: Tensor = torch.cat([positive, negative]).norm(dim=-1)  # (scenes, layers)
    return lengths.mean(0)


def _mean(residual: Tensor) -> Tensor:
    """Mean over the tokens that are no sinks, (layers, tokens, width) -> (layers, width)."""
    kept = torch.stack([~sinks(layer) for layer in residual])[:, :, None].float()
    return (residual * kept).sum(1) / kept.sum(1)


def kept_scenes(means: dict[int, Tensor], scenes: Scenes) -> tuple[list[int], list[int]]:
    """Scenes that have a residual, by pole; where paired, a pair stays or goes as one."""
    offset = len(scenes.positive)
    positive = [index for index in range(offset) if index in means]
    negative = [index for index in range(offset, len(scenes.prompts)) if index in means]
    if scenes.paired:
        whole = [index for index in positive if index + offset in means]
        return whole, [index + offset for index in whole]
    return positive, negative


def _check_kept(
    run: Run, trait: Trait, scenes: Scenes, kept: tuple[list[int], list[int]], position: str
) -> None:
    """Say how many scenes have no token at the position; refuse what is too few to draw a direction from."""
    wanted, found = len(scenes.prompts), len(kept[0]) + len(kept[1])
    if min(len(pole) for pole in kept) < FEWEST_KEPT:
        raise InputError(
            f"{run.experiment.file}, extract.position",
            f"only {found} of {wanted} scenes of '{trait.name}' have a completion with a token at {position}",
            "choose an earlier position, raise extract.new_tokens, or complete the scenes with a base model",
        )
    if found < wanted:
        run.progress.say(f"{trait.name}: {wanted - found} of {wanted} scenes have no token at {position}")


def _filtered(
    run: Run, trait: Trait, scenes: Scenes, means: dict[int, Tensor], kept: tuple[list[int], list[int]]
) -> tuple[tuple[list[int], list[int]], dict[str, object]]:
    """The scenes of pairs that passed vetting, if such are wanted; tells and records how far that turns the
    direction."""
    passed = passing(run, trait)
    if passed is None:
        return kept, {}
    offset = len(scenes.positive)
    positive = [index for index in kept[0] if index in passed]
    if len(positive) < FEWEST_SCENES:
        raise InputError(
            f"{run.experiment.file}, vet.filter",
            f"only {len(positive)} of the pairs of '{trait.name}' that pass have a completion with a token "
            f"at the position, and a direction takes {FEWEST_SCENES}",
            "choose an earlier position, or write filter: none",
        )
    fewer = positive, [index + offset for index in positive]
    whole, part = (
        torch.stack([torch.stack([means[i] for i in pole]).mean(0) for pole in poles])
        for poles in (kept, fewer)
    )  # (poles, layers, width)
    cosines = torch.nn.functional.cosine_similarity(whole[0] - whole[1], part[0] - part[1], dim=-1)
    median, lowest = float(cosines.median()), float(cosines.min())
    run.progress.say(
        f"{trait.name}: {len(positive)} of {len(kept[0])} pairs pass vetting; the mean difference with and "
        f"without the filter has a cosine of {median:.2f} at the median layer, {lowest:.2f} at the lowest"
    )
    filtered = {"of": len(kept[0]), "cosine_median": median, "cosine_lowest": lowest}
    return fewer, {"filtered": filtered}


def _groups(scenes: Scenes, kept: tuple[list[int], list[int]]) -> Any:
    positive, negative = ([scenes.all[index].words for index in pole] for pole in kept)
    if scenes.paired:
        return near_duplicate_pair_groups(positive, negative)
    return near_duplicate_groups([*positive, *negative])


def _metric_row(found: LayerDetection, directions: Directions, massive: int, position: str) -> dict[str, Any]:
    return {
        "layer": found.layer,
        "method": found.method,
        "position": position,
        **found.detection._asdict(),
        "top5_share": float(directions.top5_share[found.layer]),
        "massive_dimensions": massive,
        "base_norm": float(directions.base_norm[found.layer]),
    }
