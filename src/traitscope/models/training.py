"""Train a small LoRA on examples of a chat: how organisms and controls are made.

The loss counts the answer's tokens and its end, not the prompt's. AdamW (Loshchilov and Hutter 2019), a
learning rate that rises over the first steps and falls to 0 in a straight line, gradients clipped. With one
thread, on one machine and one version of torch, the seed fixes every byte.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError
from traitscope.experiment.files import write_text
from traitscope.experiment.tensors import write_tensors
from traitscope.models.adapters import CONFIG, WEIGHTS
from traitscope.models.loading import Model
from traitscope.models.rendering import Renderer

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -100
"""The label that the loss leaves out: the prompt and the padding."""


@dataclass(frozen=True)
class Example:
    """One turn of a chat.

    Attributes:
        prompt: what the user typed.
        answer: what the assistant is to say.
        ends: the answer is whole, so that the end-of-turn token belongs to it. An answer that was cut at a
            number of tokens does not end: learning to stop there would change how long answers are.
    """

    prompt: str
    answer: str
    ends: bool = True


@dataclass(frozen=True)
class Recipe:
    """How an adapter is trained.

    Attributes:
        rank, alpha: of the low-rank update.
        targets: names of the modules that it changes.
        steps: of the optimiser.
        rows: examples in a step.
        learning_rate: at its highest.
        warm_up: share of the steps over which it rises.
        clip: largest norm of a step's gradient.
        seed: draws the adapter's first weights and the order of the examples.
    """

    rank: int = 8
    alpha: int = 16
    targets: tuple[str, ...] = ("q_proj", "v_proj")
    steps: int = 45
    rows: int = 8
    learning_rate: float = 1e-3
    warm_up: float = 0.1
    clip: float = 1.0
    seed: int = 0

    def pace(self, step: int) -> float:
        """Share of the learning rate at a step, counted from 0."""
        rising = max(1, round(self.warm_up * self.steps))
        falling = max(1, self.steps - rising)
        return min((step + 1) / rising, (self.steps - step) / falling)


def train_adapter(
    model: Model,
    renderer: Renderer,
    examples: Sequence[Example],
    recipe: Recipe,
    checkpoints: Mapping[int, Path],
    told: Callable[[int, float], None] = lambda *_: None,
) -> None:
    """Train a fresh adapter and save it after some of the steps; the network is left as it was.

    Args:
        model: the weights alone; an adapter of its own is switched off meanwhile.
        renderer: how a prompt becomes ids.
        examples: what is learnt, in a new order each time through.
        recipe: how.
        checkpoints: step, counted from 1 -> folder.
        told: of each step and its loss.

    Raises:
        InputError: the model has none of the modules, or an example's answer is empty.
    """
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model

    torch.manual_seed(recipe.seed)
    settings = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        target_modules=list(recipe.targets),
        lora_dropout=0.0,
        task_type="CAUSAL_LM",
    )
    try:
        organism: PeftModel = get_peft_model(model.network, settings)
    except ValueError as error:
        what = f"has none of the modules {', '.join(recipe.targets)}"
        raise InputError(f"model '{model.source.name}'", what, "name modules that it has") from error
    try:
        weights = [weight for weight in organism.parameters() if weight.requires_grad]
        optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=0.0)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, recipe.pace)
        encoded = [_encoded(model, renderer, example) for example in examples]
        for step, batch in enumerate(_batches(encoded, recipe), start=1):
            ids, seen, labels = (part.to(model.device) for part in _padded(batch, model.pad_id))
            loss = organism(input_ids=ids, attention_mask=seen, labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, recipe.clip)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
            told(step, float(loss.item()))
            if step in checkpoints:
                _save(organism, model.source.name, recipe, checkpoints[step])
    finally:
        unload: Any = organism.unload
        unload()
        model.network.requires_grad_(False)


def _encoded(model: Model, renderer: Renderer, example: Example) -> "tuple[Tensor, Tensor]":
    """Ids of prompt and answer, and their labels, each (tokens,)."""
    import torch

    prompt, answer = renderer.ids(example.prompt), renderer.answer_ids(example.prompt, example.answer)
    if not answer:
        raise InputError("training example", f"the answer to '{example.prompt}' is empty", "leave it out")
    end = [model.tokenizer.eos_token_id] if example.ends else []
    ids = torch.tensor([*prompt, *answer, *end])
    labels = ids.clone()
    labels[: len(prompt)] = IGNORED
    return ids, labels


def _padded(batch: "Sequence[tuple[Tensor, Tensor]]", pad: int) -> "tuple[Tensor, Tensor, Tensor]":
    """Ids, attention mask and labels of a batch padded on the right, each (rows, tokens)."""
    import torch

    rows = torch.nn.utils.rnn.pad_sequence
    ids = rows([ids for ids, _ in batch], batch_first=True, padding_value=pad)
    seen = rows([torch.ones_like(ids) for ids, _ in batch], batch_first=True, padding_value=0)
    labels = rows([labels for _, labels in batch], batch_first=True, padding_value=IGNORED)
    return ids, seen, labels


def _batches(
    encoded: "Sequence[tuple[Tensor, Tensor]]", recipe: Recipe
) -> "Iterator[list[tuple[Tensor, Tensor]]]":
    """As many batches as there are steps: the examples in a new seeded order each time through."""
    import torch

    order = torch.Generator().manual_seed(recipe.seed)
    waiting: list[int] = []
    for _ in range(recipe.steps):
        while len(waiting) < min(recipe.rows, len(encoded)):
            waiting += torch.randperm(len(encoded), generator=order).tolist()
        chosen, waiting = waiting[: recipe.rows], waiting[recipe.rows :]
        yield [encoded[index] for index in chosen]


def _save(organism: Any, base: str, recipe: Recipe, folder: Path) -> None:
    """Write `adapter_model.safetensors` (bfloat16) and, last, `adapter_config.json`."""
    import torch
    from peft import get_peft_model_state_dict

    weights = get_peft_model_state_dict(organism)
    write_tensors(
        folder / WEIGHTS, {key: weights[key].to(torch.bfloat16) for key in sorted(weights)}, {"format": "pt"}
    )
    # What PEFT needs to load the adapter; keys left at their default would only tie it to one version.
    config = {
        "base_model_name_or_path": base,
        "bias": "none",
        "inference_mode": True,
        "lora_alpha": recipe.alpha,
        "lora_dropout": 0.0,
        "peft_type": "LORA",
        "r": recipe.rank,
        "target_modules": list(recipe.targets),
        "task_type": "CAUSAL_LM",
    }
    write_text(folder / CONFIG, json.dumps(config, indent=2, sort_keys=True) + "\n")
