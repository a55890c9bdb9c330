"""Single steps in memory, for use from Python: a trait's directions, a push along one.

They are what the stages do, without an experiment's folder: nothing is locked, recorded or written.
"""

import torch

from traitscope.config import parse_position
from traitscope.data import Trait
from traitscope.engine import Push, Row, Words, by_length, decode
from traitscope.errors import InputError
from traitscope.models import Model, Renderer
from traitscope.pipeline.completing import Scenes
from traitscope.pipeline.extract import kept_scenes, mean_length, scene_residuals
from traitscope.progress import Silence
from traitscope.vectors import DegenerateContrast, Directions, Method, fit_directions

DECODED_ROWS = 64
"""Scenes completed together."""


def extract_directions(
    model: Model,
    trait: Trait,
    method: Method = "mean_diff",
    new_tokens: int = 16,
    position: str = "response[:5]",
) -> Directions:
    """A trait's directions at every layer: the model completes all scenes as raw text, as stage 1 does;
    chat prompts with system prompts of their own go through its chat template.

    Raises:
        InputError: the position is none, no scene has a token there, or the poles cannot be told apart.
    """
    where = f"model '{model.source.name}'"
    chat = any(scene.system_prompt is not None for scene in trait.scenes)
    renderer = Renderer(model.tokenizer, chat=chat, system_prompt="default", where=where)
    prompts = tuple(renderer.ids(scene.text, scene.system_prompt) for scene in trait.scenes)
    scenes = Scenes(trait.positive, trait.negative, prompts, trait.paired)
    completed: dict[int, Words] = {}
    for batch in by_length(prompts, DECODED_ROWS):
        answers = decode(model, [Row(prompts[index]) for index in batch], new_tokens)
        completed |= {
            index: Words(prompts[index], one.ids) for index, one in zip(batch, answers, strict=True)
        }
    words = [completed[index] for index in range(len(prompts))]
    means = scene_residuals(model, words, parse_position(position, "position"), Silence())
    kept = kept_scenes(means, scenes)
    if not all(kept):
        what = f"the model's completions of {trait.name}'s scenes have no token there"
        raise InputError(f"position {position}", what, "choose an earlier one, or raise new_tokens")
    positive, negative = (torch.stack([means[index] for index in pole]) for pole in kept)
    norms = mean_length(positive, negative)
    try:
        return fit_directions(trait.name, positive, negative, norms, scenes.paired, method)
    except DegenerateContrast as error:
        raise InputError(
            str(trait.folder), f"its poles cannot be told apart ({error})", "write scenes that differ"
        ) from error


def push(directions: Directions, layer: int, strength: float) -> Push:
    """A push along a trait at one layer; `strength` is relative to the layer's base norm, negative to
    suppress."""
    return Push(layer, strength * directions.base_norm[layer] * directions.write[layer])
