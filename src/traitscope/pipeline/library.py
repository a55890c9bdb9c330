"""Single steps in memory, for use from Python: a trait's directions, a push along one.

They are what the stages do, without an experiment's folder: nothing is locked, recorded or written.
"""

import math
from dataclasses import replace

import torch

from traitscope.config import parse_position
from traitscope.data import Trait
from traitscope.engine import Push, Row, Words, by_length, check_component, decode
from traitscope.errors import InputError
from traitscope.models import Component, Model, Renderer
from traitscope.pipeline.extract.completing import Scenes
from traitscope.pipeline.extract.stage import kept_scenes, mean_length, scene_residuals
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
    component: Component = "residual",
) -> Directions:
    """A trait's directions at every layer: the model completes all scenes as raw text, as stage 1 does;
    chat prompts with system prompts of their own go through its chat template.

    Args:
        component: `residual` (the stream after each block), or what its attention (`attn_out`) or its MLP
            (`mlp_out`) adds to it.

    Raises:
        InputError: the position is none, the blocks have no such component, no scene has a token there, or
            the poles cannot be told apart.
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
    check_component(model, component)
    means = scene_residuals(model, words, parse_position(position, "position"), Silence(), component)
    kept = kept_scenes(means, scenes)
    if not all(kept):
        what = f"the model's completions of {trait.name}'s scenes have no token there"
        raise InputError(f"position {position}", what, "choose an earlier one, or raise new_tokens")
    positive, negative = (torch.stack([means[index] for index in pole]) for pole in kept)
    norms = mean_length(positive, negative)
    try:
        found = fit_directions(trait.name, positive, negative, norms, scenes.paired, method)
    except DegenerateContrast as error:
        raise InputError(
            str(trait.folder), f"its poles cannot be told apart ({error})", "write scenes that differ"
        ) from error
    return replace(found, component=component)


def push(directions: Directions, layer: int, strength: float) -> Push:
    """A push along a trait at one layer, where its direction was captured.

    Args:
        strength: relative to the layer's base norm, negative to suppress.

    Raises:
        InputError: the strength is no finite number, or there are no directions of such a layer.
    """
    if not math.isfinite(strength):
        raise InputError(f"strength {strength}", "is not finite", "give a number such as 0.5")
    last = len(directions.write) - 1
    if not 0 <= layer <= last:
        raise InputError(f"layer {layer}", "is not in the vectors", f"name one from 0 to {last}")
    vector = strength * directions.base_norm[layer] * directions.write[layer]
    return Push(layer, vector, directions.component)
