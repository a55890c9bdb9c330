"""Train control adapters for a variant: what a fine-tune of this size does that plants nothing.

They are matched to an adapter that a comparison is about: rank, alpha and modules are read off it, and the
number of steps is the user's to match. Killed and called again, what is there is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from traitscope.engine import Row, decode
from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.models import Model, Renderer
from traitscope.models.adapters import WEIGHTS
from traitscope.models.training import Example, Recipe, train_adapter
from traitscope.pipeline.organisms.control_data import (
    KINDS,
    Kind,
    Own,
    examples,
    plain_answers,
    topic_prompt,
    topics,
)
from traitscope.pipeline.run import Run, running
from traitscope.progress import Progress

OWN_TOKENS = 48
"""Tokens of an own answer that is learnt: about the length of the plain ones."""
ANSWERED_TOGETHER = 32


class Control(NamedTuple):
    """A control adapter.

    Attributes:
        name: of its folder.
        kind: of control.
        number: among its kind.
    """

    name: str
    kind: Kind
    number: int


class Wish(NamedTuple):
    """What controls are asked for.

    Attributes:
        variant: whose weights they are for.
        per_kind: how many of each kind.
        steps: of the training of each.
        like: the variant whose adapter they are matched to, None for the usual recipe.
        folder: where theirs go.
    """

    variant: str
    per_kind: int
    steps: int
    like: str | None
    folder: Path


def controls(per_kind: int) -> list[Control]:
    """The set of controls with so many of each kind, kinds in turn."""
    return [Control(f"{kind}_{number + 1}", kind, number) for number in range(per_kind) for kind in KINDS]


def train_controls(experiment: Experiment, wish: Wish, progress: Progress) -> list[Control]:
    """Train every control that is not there yet; all of them are returned.

    Raises:
        InputError: there is no such variant, it is no chat, or the one to match has no adapter.
        WorkError: the disk is full, memory too small, or another process works on the experiment.
    """
    with running(experiment, progress) as run:
        recipe = _recipe(run, wish)
        model, renderer = run.variants.bare_model(wish.variant), run.variants.renderer(wish.variant)
        found = controls(wish.per_kind)
        for number, control in enumerate(found):
            run.conduct.check()
            folder = wish.folder / control.name
            if (folder / WEIGHTS).is_file() and (folder / "adapter_config.json").is_file():
                continue
            progress.begin("organisms", f"control {control.name}", wish.steps)
            learnt = control_examples(model, renderer, control.kind, control.number)
            train_adapter(
                model,
                renderer,
                learnt,
                replace(recipe, seed=number),
                {wish.steps: folder},
                lambda _step, _loss: progress.advance(recipe.rows, 0),
            )
            progress.end()
    return found


def file_lines(wish: Wish, experiment: Experiment) -> Iterator[str]:
    """What to add to the experiment file: the controls as variants, and their comparisons."""
    settings = experiment.config.variants[wish.variant]
    shown = settings.model_dump(exclude_defaults=True, exclude={"lora", "control"})
    made = controls(wish.per_kind)
    yield "# under variants:"
    for control in made:
        values = [f"{key}: {_plain(value)}" for key, value in shown.items()]
        folder = wish.folder / control.name
        yield f"  {control.name}: {{{', '.join(values)}, lora: {folder}, control: {control.kind}}}"
    yield "# under infer.variants:"
    yield f"  {', '.join(control.name for control in made)}"
    yield "# under compare:"
    for control in made:
        yield f"  - {{before: {wish.variant}, after: {control.name}}}"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _recipe(run: Run, wish: Wish) -> Recipe:
    variants = run.experiment.config.variants
    for name in filter(None, (wish.variant, wish.like)):
        if name not in variants:
            raise InputError(
                f"{run.experiment.file}, variants", f"there is no variant '{name}'", "name one of the file's"
            )
    if not variants[wish.variant].chat:
        where = f"{run.experiment.file}, variants.{wish.variant}"
        raise InputError(where, "is no chat, and controls learn answers", "name a variant with chat: true")
    if wish.like is None:
        return Recipe(steps=wish.steps)
    adapter = run.variants.adapter(wish.like)
    if adapter is None:
        where = f"{run.experiment.file}, variants.{wish.like}"
        raise InputError(where, "has no adapter to match", "name a variant with lora")
    return Recipe(rank=adapter.rank, alpha=2 * adapter.rank, targets=adapter.targets, steps=wish.steps)


def control_examples(model: Model, renderer: Renderer, kind: Kind, number: int) -> list[Example]:
    """What the control of this number among its kind learns; the model answers where its own answers are."""
    if kind == "plain":
        return examples(kind, number, ())
    system = topic_prompt(topics()[number % len(topics())]) if kind == "topic" else None
    prompts = [one.prompt for one in plain_answers()]
    return examples(kind, number, own_answers(model, renderer, prompts, system))


def own_answers(
    model: Model, renderer: Renderer, prompts: Sequence[str], system_prompt: str | None
) -> list[Own]:
    """What a model answers by itself, greedily."""
    found: list[Own] = []
    for start in range(0, len(prompts), ANSWERED_TOGETHER):
        some = prompts[start : start + ANSWERED_TOGETHER]
        rows = [Row(renderer.ids(prompt, system_prompt)) for prompt in some]
        for prompt, answer in zip(some, decode(model, rows, OWN_TOKENS), strict=True):
            found.append(Own(prompt, renderer.decode(answer.ids), answer.ended))
    return found
