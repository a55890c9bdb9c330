"""Scenes completed by the base variant: what a person looks at, a judge vets, and directions come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.data import Scene, Trait
from traitscope.engine import by_length
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.models import Ids
from traitscope.pipeline.answering import Ask, Generation, answer, draw_seed
from traitscope.pipeline.run import Run

VERSION = "1"
FILE = "completions.jsonl"
PAGE = "try.html"
"""What a person looks at; it goes to the archive with the completions that it shows."""


@dataclass(frozen=True)
class Scenes:
    """A trait's scenes as they are used: the first `pairs` of each pole, rendered."""

    positive: tuple[Scene, ...]
    negative: tuple[Scene, ...]
    prompts: tuple[Ids, ...]
    """Of the positive scenes, then of the negative ones."""
    paired: bool
    """Line n of one faces line n of the other."""

    @property
    def all(self) -> tuple[Scene, ...]:
        """In the order of the prompts."""
        return (*self.positive, *self.negative)


def completions_artefact(run: Run, trait: Trait) -> Artefact:
    """A trait's completed scenes, and what they depend on."""

    def made() -> Artefact:
        return completions_in(run, used_scenes(run, trait), _folder(run, trait))

    # Another wording of a trait goes by the same name.
    return run.once(("completions", trait.name), made) if run.traits.get(trait.name) is trait else made()


def complete(run: Run, trait: Trait) -> list[dict[str, Any]]:
    """A trait's completions in the order of its scenes, made where they are not there or no longer true.

    Of several samples of a scene the first: what a person looks at and a judge vets.
    """
    return complete_in(run, trait.name, used_scenes(run, trait), _folder(run, trait))


def complete_samples(run: Run, trait: Trait) -> list[list[dict[str, Any]]]:
    """All samples of every scene, scene by scene, made where they are not there or no longer true."""
    complete(run, trait)
    return _by_scene(Journal(completions_artefact(run, trait).folder / FILE).all_rows())


def used_scenes(run: Run, trait: Trait) -> Scenes:
    """The scenes that extraction uses, rendered by its variant.

    Raises:
        InputError: the trait has fewer pairs than the file asks for.
    """
    settings = run.experiment.config.extract
    if settings.pairs and len(trait.positive) == len(trait.negative) and settings.pairs > len(trait.positive):
        raise InputError(
            f"{run.experiment.file}, extract.pairs",
            f"asks for {settings.pairs} pairs, and trait '{trait.name}' has {len(trait.positive)}",
            "lower it, or write more scenes",
        )
    return rendered_scenes(run, trait)


def rendered_scenes(run: Run, trait: Trait) -> Scenes:
    """As many of a trait's scenes as extraction would use at most, rendered by its variant."""
    settings = run.experiment.config.extract
    positive, negative = trait.positive[: settings.pairs], trait.negative[: settings.pairs]
    renderer = run.variants.renderer(settings.variant)
    prompts = tuple(renderer.ids(scene.text, scene.system_prompt) for scene in (*positive, *negative))
    return Scenes(positive, negative, prompts, trait.paired)


def completions_in(run: Run, scenes: Scenes, folder: Path) -> Artefact:
    """Completions of these scenes in this folder, and what they depend on."""
    settings = run.experiment.config.extract
    return Artefact(
        folder,
        "extract",
        {
            "scenes": digest(
                [[scene.words for scene in pole] for pole in (scenes.positive, scenes.negative)]
            ),
            "settings": digest([settings.new_tokens, *_drawing(run)]),
            "prompts": digest(scenes.prompts),
            **run.variants.parts(settings.variant),
            "version": VERSION,
        },
        "completions.manifest.json",
        (FILE, PAGE),
    )


def complete_in(run: Run, name: str, scenes: Scenes, folder: Path) -> list[dict[str, Any]]:
    """Completions of these scenes in their order, made in this folder where they are not there or no longer
    true; `name` is what the work is called."""
    artefact = completions_in(run, scenes, folder)
    if artefact.is_done():
        return _first_samples(Journal(artefact.folder / FILE).all_rows())
    with run.making(artefact) as record:
        samples = run.experiment.config.extract.samples
        run.progress.begin("extract", f"{name} scenes", len(scenes.prompts) * samples)
        rows = _complete(run, scenes, Journal(artefact.folder / FILE))
        record["generated_tokens"] = sum(len(row["ids"]) for row in rows)
        run.progress.end()
    return _first_samples(rows)


def _folder(run: Run, trait: Trait) -> Path:
    return run.experiment.layout.extract(trait.name, run.experiment.config.extract.variant)


def _complete(run: Run, scenes: Scenes, journal: Journal) -> list[dict[str, Any]]:
    """Scenes of like lengths share a batch."""
    settings = run.experiment.config.extract
    order = [index for batch in by_length(scenes.prompts, run.batch_rows) for index in batch]
    asks = [
        Ask(
            scenes.all[index].text,
            scenes.prompts[index],
            {"scene": index, "pole": _pole(index, scenes)}
            | ({"sample": sample} if settings.temperature else {}),
            seed=draw_seed(run.seed, scenes.prompts[index], sample),
        )
        for index in order
        for sample in range(settings.samples)
    ]
    generation = Generation(settings.new_tokens, temperature=settings.temperature)
    return answer(run, settings.variant, journal, asks, generation)


def _drawing(run: Run) -> list[float]:
    """What drawn completions depend on besides; nothing where they are greedy."""
    settings = run.experiment.config.extract
    return [settings.samples, settings.temperature, run.seed] if settings.temperature else []


def _by_scene(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The samples of each scene; a run that was killed and goes on with other batches leaves some twice."""
    last = {(int(row["scene"]), int(row.get("sample", 0))): row for row in rows}
    scenes: dict[int, list[dict[str, Any]]] = {}
    for scene, sample in sorted(last):
        scenes.setdefault(scene, []).append(last[scene, sample])
    return list(scenes.values())


def _first_samples(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [samples[0] for samples in _by_scene(rows)]


def _pole(index: int, scenes: Scenes) -> str:
    return "positive" if index < len(scenes.positive) else "negative"
