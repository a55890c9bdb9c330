"""Part of stage 1: the bank of neutral scenes, completed and read as a trait's are, for null contrasts."""

from typing import NamedTuple

import torch
from torch import Tensor

from traitscope.config import Position, parse_position
from traitscope.data import load_bank
from traitscope.engine import Words
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.tensors import read_tensors, write_tensors
from traitscope.pipeline.answering import Ask, Generation, answer
from traitscope.pipeline.extract.stage import scene_residuals
from traitscope.pipeline.run import Run

VERSION = "1"
ACTIVATIONS = "activations.safetensors"
COMPLETIONS = "completions.jsonl"


class ReadBank(NamedTuple):
    """The bank's scenes that have a token at the position, and their residuals."""

    residual: Tensor
    """(scenes, layers, width) float32."""
    topic_of: tuple[int, ...]
    texts: tuple[str, ...]


def is_bank_wanted(run: Run) -> bool:
    """Whether inside scores are held against foreign contrasts."""
    config = run.experiment.config
    return bool(config.comparisons) and config.compare.against == "foreign"


def bank_artefact(run: Run) -> Artefact:
    """The bank's residuals, and what they depend on: what those of a trait's scenes do."""
    settings = run.experiment.config.extract
    renderer = run.variants.renderer(settings.variant)
    return Artefact(
        run.experiment.layout.bank(settings.variant),
        "extract",
        {
            "prompts": digest([renderer.ids(scene.text) for scene in load_bank().scenes]),
            "settings": digest([_needed(run), settings.fitted_positions[0], settings.component]),
            **run.variants.parts(settings.variant),
            "version": VERSION,
        },
        files=(COMPLETIONS, ACTIVATIONS),
    )


def read_bank(run: Run) -> None:
    """Complete the bank's scenes and keep their residuals, where that is not done."""
    artefact = bank_artefact(run)
    if not is_bank_wanted(run) or artefact.is_done():
        return
    bank, settings = load_bank(), run.experiment.config.extract
    model, renderer = run.variants.model(settings.variant), run.variants.renderer(settings.variant)
    with run.making(artefact) as record:
        run.progress.begin("extract", "neutral scenes", 2 * len(bank.scenes))
        prompts = [renderer.ids(scene.text) for scene in bank.scenes]
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        asks = [Ask(bank.scenes[index].text, prompts[index], {"scene": index}) for index in order]
        rows = answer(
            run, settings.variant, Journal(artefact.folder / COMPLETIONS), asks, Generation(_needed(run))
        )
        record["generated_tokens"] = sum(len(row["ids"]) for row in rows)
        by_scene = {int(row["scene"]): row for row in rows}
        words = [Words(prompts[index], tuple(by_scene[index]["ids"])) for index in range(len(prompts))]
        found = scene_residuals(model, words, _position(run), run.progress, settings.component)
        kept = sorted(found)
        write_tensors(
            artefact.folder / ACTIVATIONS,
            {
                "residual": torch.stack([found[index] for index in kept]),
                "topic": torch.tensor([bank.topic_of[index] for index in kept]),
                "scene": torch.tensor(kept),
            },
        )
        run.progress.end()


def load_read_bank(run: Run) -> ReadBank:
    """The bank's residuals.

    Raises:
        WorkError: the file is missing or damaged.
    """
    tensors = read_tensors(bank_artefact(run).folder / ACTIVATIONS)
    scenes = load_bank().scenes
    texts = tuple(scenes[index].text for index in tensors["scene"].tolist())
    return ReadBank(tensors["residual"], tuple(tensors["topic"].tolist()), texts)


def _needed(run: Run) -> int:
    """Tokens of a completion that its position can reach."""
    return _position(run).reach(run.experiment.config.extract.new_tokens)


def _position(run: Run) -> Position:
    return parse_position(
        run.experiment.config.extract.fitted_positions[0], f"{run.experiment.file}, extract.position"
    )
