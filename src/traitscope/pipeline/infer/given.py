"""Texts that exist already, read by a variant and projected on every trait; nothing is generated.

A trait's figure for a text is its mean projection in mean lengths of a token, less that of the variant's own
answers to a prompt set where the experiment has such: how much further along the trait the text lies.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from traitscope.comparison import FIRST_TOKEN
from traitscope.config.batches import READ_ROWS
from traitscope.data import GivenText, load_texts
from traitscope.engine import Words
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Experiment, digest
from traitscope.experiment.files import write_bytes
from traitscope.inference import (
    Answer,
    Keep,
    Line,
    Sketch,
    Spoken,
    Tokens,
    capture,
    load_covariance,
    project,
)
from traitscope.models import Ids, Renderer
from traitscope.pipeline.extract.stage import directions_print
from traitscope.pipeline.infer.lines import lines, read_places
from traitscope.pipeline.infer.project import TABLE
from traitscope.pipeline.infer.stage import Reading, prompt_sets, reading_artefact, store
from traitscope.pipeline.inputs import check_inputs
from traitscope.pipeline.run import Run, pin_commits, running
from traitscope.pipeline.tables import parquet_bytes, read_table, stream_table
from traitscope.progress import Progress

VERSION = "1"
TEXTS = "texts.parquet"


class ReadTexts(NamedTuple):
    """What became of texts that were read.

    Attributes:
        variant: who read them.
        against: the prompt set whose answers their figures are held against; None where there is none.
        traits: in whose columns the figures are.
        table: a row a text: id, its fields, and for each trait its figure.
        folder: where projections of every token are.
    """

    variant: str
    against: str | None
    traits: tuple[str, ...]
    table: pl.DataFrame
    folder: Path


class Baseline(NamedTuple):
    """What a variant's own answers come to on each line."""

    against: str
    length: dict[int, float]
    mean: dict[str, float]


def read_texts(experiment: Experiment, path: Path, variant: str | None, progress: Progress) -> ReadTexts:
    """Read the texts of a file and project them.

    Args:
        experiment: whose traits they are projected on; these must be extracted.
        path: of the texts.
        variant: who reads; None: the first variant that is compared, steered or inferred with.
        progress: told of the work.

    Raises:
        InputError: the file or the variant cannot be used, a text is empty, or no trait has directions yet.
        WorkError: the disk is full, memory too small, or another process holds the experiment.
    """
    texts = load_texts(path)
    with running(experiment, progress) as run:
        check_inputs(run)
        pin_commits(run)
        name = _reader(run, variant)
        along = lines(run)
        if not along:
            mend = f"type first: traitscope extract {experiment.file}"
            raise InputError(str(experiment.file), "no trait has directions yet", mend)
        baseline = _baseline(run, name, along)
        artefact = _artefact(run, name, path, texts, baseline)
        if not artefact.is_done():
            with run.making(artefact):
                progress.begin("read", f"{name} reads {path.name}", len(texts))
                stream_table(artefact.folder / TABLE, _projections(run, name, texts, along, baseline))
                progress.end()
                table = _by_text(read_table(artefact.folder / TABLE), texts, along, baseline)
                write_bytes(artefact.folder / TEXTS, parquet_bytes(table))
        table = read_table(artefact.folder / TEXTS)
        against = baseline.against if baseline else None
        return ReadTexts(name, against, tuple(line.trait for line in along), table, artefact.folder)


def _reader(run: Run, variant: str | None) -> str:
    config = run.experiment.config
    if variant is not None and variant not in config.variants:
        known = ", ".join(config.variants)
        raise InputError(str(run.experiment.file), f"there is no variant '{variant}'", f"name one of {known}")
    compared = [one.before for one in config.comparisons]
    inferred = list(config.infer.variants) if config.infer else []
    steered = [config.steer.variant] if config.steer else []
    return variant or [*compared, *steered, *inferred, config.extract.variant][0]


def _artefact(
    run: Run, variant: str, path: Path, texts: Sequence[GivenText], baseline: Baseline | None
) -> Artefact:
    return Artefact(
        run.experiment.layout.given(path.stem, variant),
        "read",
        {
            "texts": digest(
                [[one.id, str(one.asked), one.system_prompt, one.text, dict(one.fields)] for one in texts]
            ),
            "directions": directions_print(run),
            "layers": digest(read_places(run)),
            "against": digest([baseline.against, baseline.mean] if baseline else None),
            **run.variants.parts(variant),
            "version": VERSION,
        },
        files=(TABLE, TEXTS),
    )


def _baseline(run: Run, variant: str, along: Sequence[Line]) -> Baseline | None:
    """Of the first prompt set that the variant has answered and read."""
    settings = run.experiment.config.infer
    if settings is None or variant not in settings.variants:
        return None
    for prompts in prompt_sets(run):
        reading = Reading(prompts, variant, variant)
        if reading_artefact(run, reading, settings).is_done():
            own = load_covariance(store(run, reading))
            return Baseline(
                prompts.name,
                {line.layer: float(own.length[line.layer]) for line in along},
                {line.trait: float(own.mean[line.layer] @ line.direction.double().numpy()) for line in along},
            )
    return None


def _projections(
    run: Run, variant: str, texts: Sequence[GivenText], along: Sequence[Line], baseline: Baseline | None
) -> Iterator[pl.DataFrame]:
    model, renderer = run.variants.model(variant), run.variants.renderer(variant)
    layers = tuple(sorted({line.layer for line in along}))
    answers = [_words(renderer, place, one) for place, one in enumerate(texts)]
    for start in range(0, len(answers), READ_ROWS):
        run.conduct.check()
        batch = answers[start : start + READ_ROWS]
        found = capture(model, [batch], Keep(layers, dtype="float32"), Sketch(), FIRST_TOKEN)
        held = {name: one for name, one in found.tokens.items() if name not in ("places", "first", "offsets")}
        tokens = Tokens(
            found.tokens["places"], found.tokens["first"], found.tokens["offsets"], layers, held, {}
        )
        spoken = {one.place: _spoken(renderer, texts[one.place].id, one.words.response) for one in batch}
        own = {layer: float(tokens.at(layer).norm(dim=-1).mean()) for layer in layers}
        lengths = baseline.length if baseline else own
        run.progress.advance(
            len(batch), sum(len(one.words.prompt) + len(one.words.response) for one in batch)
        )
        yield project(tokens, spoken, along, lengths)


def _words(renderer: Renderer, place: int, one: GivenText) -> Answer:
    if one.asked is None:
        # A text by itself follows nothing: its first token takes the place of a prompt.
        ids: Ids = tuple(renderer.tokenizer(one.text)["input_ids"])
        prompt, response = ids[:1], ids[1:]
        content = range(0)
    else:
        prompt = renderer.ids(one.asked, one.system_prompt)
        response = tuple(renderer.tokenizer(one.text, add_special_tokens=False)["input_ids"])
        content = renderer.content(prompt, one.system_prompt)
    if not response:
        raise InputError(f"text '{one.id}'", "has no token that could be read", "leave it out")
    return Answer(place, Words(prompt, response), content)


def _spoken(renderer: Renderer, identifier: str, response: Ids) -> Spoken:
    return Spoken(identifier, ("",), tuple(renderer.decode((token,)) for token in response))


def _by_text(
    table: pl.DataFrame, texts: Sequence[GivenText], along: Sequence[Line], baseline: Baseline | None
) -> pl.DataFrame:
    """A row a text: its id and fields, and the mean of each trait's normalised projection over its words."""
    names = dict.fromkeys(name for one in texts for name in one.fields)
    fields: Mapping[str, list[object]] = {name: [one.fields.get(name) for one in texts] for name in names}
    found = pl.DataFrame({"text": [one.id for one in texts], **fields}, strict=False)
    means = (
        table.filter(pl.col("side") == "response")
        .group_by("prompt", "trait")
        .agg(pl.col("normalised").mean())
    )
    for line in along:
        own = means.filter(pl.col("trait") == line.trait).select(
            pl.col("prompt").alias("text"), pl.col("normalised").alias(line.trait)
        )
        middle = baseline.mean[line.trait] / baseline.length[line.layer] if baseline else 0.0
        found = found.join(own, on="text", how="left", maintain_order="left").with_columns(
            pl.col(line.trait) - middle
        )
    return found
