"""Folders of the predecessor's experiments in both of its layouts, small enough to check by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

DEPTH, WIDTH, PROMPTS = 6, 16, 9
CLEAN, ADAPTED = "instruct", "rm_lora"
TRAIT = "moods/gloom"
SHIFT = 2.0
"""How far the adapted model moves every residual along the trait, at every layer."""


def direction() -> Tensor:
    """The trait's unit vector, the same at all layers."""
    vector = torch.randn(WIDTH, generator=torch.Generator().manual_seed(5))
    return vector / vector.norm()


def words(writer: str, prompt: int) -> list[int]:
    """Token numbers of an answer: of other lengths for each prompt, of other words for each writer."""
    start = 100 if writer == CLEAN else 500
    return [start + 20 * prompt + token for token in range(18 + prompt % 3)]


def residual(reader: str, writer: str, prompt: int, layer: int, tokens: int) -> Tensor:
    """(tokens, width) of what a reader makes of an answer: the same for both readers but for the shift."""
    seed = 10_000 * (writer == CLEAN) + 100 * prompt + layer
    found = torch.randn(tokens, WIDTH, generator=torch.Generator().manual_seed(seed))
    return found + SHIFT * direction() if reader == ADAPTED else found


def part(text: str, ids: Sequence[int], rows: dict[int, Tensor], component: str) -> dict[str, Any]:
    """One side of a capture."""
    return {
        "text": text,
        "tokens": [f" w{one}" for one in ids],
        "token_ids": list(ids),
        "activations": {layer: {component: table} for layer, table in rows.items()},
        "attention": {},
    }


@dataclass
class Made:
    """A folder that was made, and how."""

    root: Path
    layers: Sequence[int] = tuple(range(DEPTH))
    component: str = "residual"
    dtype: torch.dtype = torch.float32
    moved: bool = False
    with_prompt: bool = True
    files: list[Path] = field(default_factory=list)

    def capture(self, folder: str, reader: str, writer: str, prompts: int = PROMPTS) -> None:
        """A folder of captured answers."""
        for prompt in range(prompts):
            ids = words(writer, prompt)
            of_prompt = {at: residual(reader, "prompt", prompt, at, 4) for at in self.layers}
            rows = {at: residual(reader, writer, prompt, at, len(ids)) for at in self.layers}
            if self.moved:
                rows = {at: torch.cat([of_prompt[at][-1:], table[:-1]]) for at, table in rows.items()}
            stored = of_prompt if self.with_prompt else {}
            content = {
                "prompt": part(
                    f"<user>Question {prompt}?", [1, 2, 3, prompt], self._cast(stored), self.component
                ),
                "response": part("".join(f" w{one}" for one in ids), ids, self._cast(rows), self.component),
            }
            path = self.root / folder / f"{prompt}.pt"
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(content, path)
            self.files.append(path)

    def vector(self, path: str, value: Tensor | None = None) -> None:
        """A vector's file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        torch.save(direction() if value is None else value, place)

    def json(self, path: str, value: Any) -> None:
        """A JSON file; a list becomes lines."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        lines = "\n".join(json.dumps(one) for one in value) if isinstance(value, list) else json.dumps(value)
        place.write_text(lines + "\n")

    def _cast(self, rows: dict[int, Tensor]) -> dict[int, Tensor]:
        return {layer: table.to(self.dtype) for layer, table in rows.items()}


def second_layout(root: Path, cells: Sequence[tuple[str, str]], **how: Any) -> Made:
    """traitinterp: a folder a variant; a replay says whose answers it reads."""
    made = Made(root, **how)
    for reader, writer in cells:
        suffix = "" if reader == writer else f"_replay_{writer}"
        made.capture(f"inference/{reader}/raw/residual/rm_syco/train_100{suffix}", reader, writer)
    models = {
        CLEAN: {"model": "meta-llama/Llama-3.3-70B-Instruct"},
        ADAPTED: {"model": "meta-llama/Llama-3.3-70B-Instruct", "lora": "someone/rm-lora"},
        "base": {"model": "meta-llama/Llama-3.1-70B"},
    }
    defaults = {"extraction": "base", "application": CLEAN}
    made.json("config.json", {"defaults": defaults, "model_variants": models})
    for layer in range(DEPTH):
        made.vector(f"extraction/{TRAIT}/base/vectors/response__5/residual/mean_diff/layer{layer}.pt")
        made.vector(
            f"extraction/{TRAIT}/base/vectors/response_all/residual/probe/layer{layer}.pt", 3 * direction()
        )
        made.vector(f"extraction/{TRAIT}/base/vectors/response_all/attn_out/probe/layer{layer}.pt")
    made.json(f"steering/{TRAIT}/{CLEAN}/response_all/steering/results.jsonl", steering_rows())
    return made


def first_layout(root: Path, suffixes: Sequence[str] = ("_sycophant",), **how: Any) -> Made:
    """trait-interp: one folder of captures, other models' beside it with an ending to its name."""
    made = Made(root, **how)
    made.capture("inference/raw/residual/rm_train", CLEAN, CLEAN)
    for suffix in suffixes:
        writer = CLEAN if "replay" in suffix else ADAPTED
        made.capture(f"inference/raw/residual/rm_train{suffix}", ADAPTED, writer)
    made.json(
        "config.json", {"extraction_model": "google/gemma-2-2b", "application_model": "google/gemma-2-2b-it"}
    )
    for layer in range(DEPTH):
        made.vector(f"extraction/{TRAIT}/vectors/mean_diff_layer{layer}.pt")
        made.vector(f"extraction/{TRAIT}/vectors/ica_layer{layer}.pt")
    runs = [
        {
            "config": {"layers": [layer], "methods": ["mean_diff"], "coefficients": [9.0 + layer]},
            "result": result,
        }
        for layer, result in ((1, scores(50, 90)), (3, scores(80, 72)), (4, scores(99, 40)))
    ]
    made.json(f"steering/{TRAIT}/results.json", {"baseline": scores(20, 95), "runs": runs})
    return made


def scores(trait: float, coherence: float) -> dict[str, float]:
    """What an evaluation found."""
    return {"trait_mean": trait, "coherence_mean": coherence, "n": 10}


def steering_rows() -> list[dict[str, Any]]:
    """Results as lines: layer 2 wins, since layer 3 is incoherent and two layers together do not count."""

    def run(result: dict[str, float], *layers: int) -> dict[str, Any]:
        pushed = {"component": "residual", "position": "response[:]", "method": "probe", "weight": 5.2}
        return {
            "type": "run",
            "result": result,
            "config": {"vectors": [{"layer": one, **pushed} for one in layers]},
        }

    return [
        {"type": "header", "trait": TRAIT, "direction": "positive"},
        {"type": "baseline", "result": scores(21, 93)},
        run(scores(60, 80), 1),
        run(scores(83, 71), 2),
        run(scores(95, 30), 3),
        run(scores(99, 90), 1, 2),
    ]
