"""Part of stage 3: readers read answers, and what is kept of it goes into their stores, shard by shard."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from traitscope.comparison import FIRST_TOKEN
from traitscope.config import InferSettings, resolve_layers
from traitscope.errors import WorkError
from traitscope.inference import (
    Answer,
    Keep,
    NotFiniteError,
    Sketch,
    Writer,
    capture,
    captured,
    covariance_name,
    load_sketch,
    read_index,
    summaries,
    summary_name,
    tokens_name,
    writing_shards,
)
from traitscope.inference.shards import INDEX, ShardFile, drop, listed, unlisted
from traitscope.inference.store import COVARIANCE, TOKENS
from traitscope.pipeline.infer.lines import lines, read_places
from traitscope.pipeline.run import Run
from traitscope.planning.store_sizes import divided


class Shard(NamedTuple):
    """Answers that share the files of one number, in batches that are read together."""

    number: int
    batches: tuple[tuple[int, ...], ...]
    """Places of the answers."""

    @property
    def places(self) -> tuple[int, ...]:
        """Of all its answers."""
        return tuple(place for batch in self.batches for place in batch)


def wanted_layers(run: Run, settings: InferSettings, layers: int) -> tuple[int, ...]:
    """Layers whose tokens are kept: those of the file, and those that traits are read at."""
    if settings.store != "tokens":
        return ()
    where = f"{run.experiment.file}, infer.layers"
    read = {place.at(layers) for place in read_places(run).values()}
    return tuple(sorted({*resolve_layers(settings.layers, layers, where), *read}))


def lacking(folder: Path, layers: Sequence[int], settings: InferSettings) -> str | None:
    """What a store that was whole lacks by now, as a clause; None if nothing.

    Args:
        folder: of the store.
        layers: whose tokens are kept.
        settings: with what else.
    """
    for name in unlisted(folder):
        return f"{folder.name}/{INDEX} is cut: it does not list {name}"
    for name in _gone(folder, layers, settings):
        return f"{folder.name}/{name} is gone, or cut"
    have = captured(folder)
    places = {place for one in read_index(folder).values() for place in one.places}
    short = [set(layers) - have.get(place, frozenset()) for place in places]
    if any(short):
        missing = ", ".join(map(str, sorted(set().union(*short))))
        return f"layers {missing} of {sum(map(bool, short))} answers were not captured"
    return None


def _gone(folder: Path, layers: Sequence[int], settings: InferSettings) -> list[str]:
    """Names of files that were whole, are not there any more, and are still needed."""
    there = read_index(folder)
    # A covariance makes way for the next one, and tokens at layers that nobody asks for are nobody's loss.
    ever = {one.file: one for one in listed(folder)}
    last = max((name for name in ever if name.startswith(f"{COVARIANCE}/")), default=None)
    have = captured(folder)

    def needed(one: ShardFile) -> bool:
        if one.file.startswith(f"{COVARIANCE}/"):
            return one.file == last
        if one.file.startswith(f"{TOKENS}/") and settings.store == "tokens":
            wanted = set(one.layers) & set(layers)
            return any(not wanted <= have.get(place, frozenset()) for place in one.places)
        return True

    return sorted(name for name, one in ever.items() if name not in there and needed(one))


def planned_shards(run: Run, reader: str, lengths: Mapping[int, int], settings: InferSettings) -> list[Shard]:
    """How answers, place -> response tokens, are divided: the same whatever is there already.

    A batch is never divided, and a shard holds batches until it has `infer.shard_mb` of what keeping all
    layers would take.
    """
    places, shape = sorted(lengths), run.variants.shape(reader)
    parts = divided([lengths[place] for place in places], shape.layers, shape.width, settings)
    return [
        Shard(number, tuple(tuple(places[one] for one in batch) for batch in batches))
        for number, batches in enumerate(parts)
    ]


def capture_reading(
    run: Run,
    reader: str,
    answers: Mapping[int, Answer],
    ids: Mapping[int, str],
    folder: Path,
    settings: InferSettings,
    written: Path | None,
) -> None:
    """Capture what of a reading is not stored yet.

    Args:
        reader: a variant.
        answers: what it reads, by place.
        ids: names of the prompts, by place.
        folder: of the store.
        written: the store of the writer's reading of its own words, None where the reader is the writer.

    Raises:
        WorkError: the disk is full, or a residual is no number.
    """
    lengths = {place: len(one.words.response) for place, one in answers.items()}
    shards = planned_shards(run, reader, lengths, settings)
    layers = wanted_layers(run, settings, run.variants.shape(reader).layers)
    for name in _gone(folder, layers, settings):
        run.progress.say(f"{folder / name} is gone or cut; what it held is captured anew")
    along = _lines_by_layer(run) if settings.store == "none" else None
    drop(folder, unlisted(folder))
    # Shards are captured one after the other, and none changes what is there of another.
    there, have = read_index(folder), captured(folder)
    with writing_shards(folder) as writer:
        sketch, through = _sketch(folder, shards) if written is None else (Sketch(), len(shards))
        for shard in shards:
            run.conduct.check()
            missing = tuple(
                layer for layer in layers if any(layer not in have.get(place, ()) for place in shard.places)
            )
            fresh = shard.number >= through or not _whole_names(shard, settings) <= there.keys()
            if fresh or missing:
                keep = Keep(
                    missing,
                    settings.components,
                    settings.sides,
                    settings.store_dtype,
                    along,
                    run.experiment.config.extract.component,
                    sketch=shard.number >= through,
                )
                later = bool(missing) and tokens_name(shard.number, (), later=False) in there
                part = _Part(shard, keep, sketch, _candidates(written, shard), fresh, later)
                _capture(run, reader, answers, ids, part, writer)
            run.progress.advance(
                len(shard.places), sum(answers[p].span.prompt + lengths[p] for p in shard.places)
            )


class _Part(NamedTuple):
    """What is captured of one shard."""

    shard: Shard
    keep: Keep
    sketch: Sketch
    candidates: Mapping[int, Tensor] | None
    fresh: bool
    """Its sums, too; else tokens at more layers alone."""
    later: bool
    """Tokens at other layers are there."""


def _capture(
    run: Run, reader: str, answers: Mapping[int, Answer], ids: Mapping[int, str], part: _Part, writer: Writer
) -> None:
    shard, keep = part.shard, part.keep
    model = run.variants.model(reader)
    batches = [[answers[place] for place in batch] for batch in shard.batches]
    try:
        found = capture(model, batches, keep, part.sketch, FIRST_TOKEN, part.candidates)
    except NotFiniteError as error:
        raise WorkError(
            f"variant '{reader}', prompt '{ids[error.place]}', layer {error.layer}",
            "the residual holds a value that is no number (NaN or infinity)",
            "set the variant's dtype to bfloat16 or float32, or check its weights and its adapter",
        ) from error
    files: dict[str, tuple[Mapping[str, Tensor], Sequence[int]]] = {}
    if found.tokens:
        files[tokens_name(shard.number, keep.layers, part.later)] = (found.tokens, keep.layers)
    if part.fresh:
        files[summary_name(shard.number)] = (found.summary, ())
    replaced = []
    if keep.sketch:
        files[covariance_name(shard.number)] = (part.sketch.tensors(), ())
        replaced = [covariance_name(number) for number in range(shard.number)]
    writer.write(shard.number, shard.places, files, replaced)


def _whole_names(shard: Shard, settings: InferSettings) -> set[str]:
    """Files without which a shard is captured anew: its sums, and, without tokens, its projections."""
    names = {summary_name(shard.number)}
    if settings.store == "none":
        names.add(tokens_name(shard.number, (), later=False))
    return names


def _sketch(folder: Path, shards: Sequence[Shard]) -> tuple[Sketch, int]:
    """The covariance so far, and the first shard that it lacks; those before it are dropped."""
    there = read_index(folder)
    through = 0
    for shard in shards:
        if covariance_name(shard.number) in there:
            through = shard.number + 1
    drop(folder, (covariance_name(number) for number in range(through - 1)))
    return (load_sketch(folder, through - 1), through) if through else (Sketch(), 0)


def _lines_by_layer(run: Run) -> dict[int, Tensor]:
    import torch

    by_layer: dict[int, list[Tensor]] = {}
    for line in lines(run):
        by_layer.setdefault(line.layer, []).append(line.direction)
    return {layer: torch.stack(directions) for layer, directions in by_layer.items()}


def _candidates(written: Path | None, shard: Shard) -> dict[int, Tensor] | None:
    """Place -> the writer's own likeliest tokens, whose probability the reader is asked for."""
    if written is None:
        return None
    found: dict[int, Tensor] = {}
    for part in summaries(written, frozenset(shard.places)):
        found |= dict(zip(part.places.tolist(), part.by_answer(part.candidates), strict=True))
    return {place: found[place] for place in shard.places}
