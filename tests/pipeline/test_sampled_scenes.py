"""Scenes completed several times at a temperature: the samples of a scene are one scene."""

import json
from typing import Any

import pytest
import torch
from judged_run import rewrite, without_comparison
from safetensors.torch import load_file
from tiny_run import Tiny

from traitscope.errors import InputError
from traitscope.models import Model

EXTRACT = {"variant": "base", "new_tokens": 6, "position": "response[:3]", "methods": ["mean_diff"]}
FILE = "extract/sombre/base/completions.jsonl"


def with_(tiny: Tiny, **keys: Any) -> Tiny:
    without_comparison(tiny)
    rewrite(tiny, extract=EXTRACT | keys)
    return tiny


def completions(tiny: Tiny) -> dict[tuple[int, int], list[int]]:
    return {(row["scene"], row.get("sample", -1)): row["ids"] for row in tiny.rows(FILE)}


def test_the_samples_of_a_scene_are_averaged_before_anything_else(
    tiny_experiment: Tiny, tiny_llama: Model
) -> None:
    with_(tiny_experiment, samples=3, temperature=1.0).run("extract")
    rows = tiny_experiment.rows(FILE)
    assert {(row["scene"], row["sample"]) for row in rows} == {(i, j) for i in range(40) for j in range(3)}
    special = set(tiny_llama.tokenizer.all_special_ids)
    by_scene: dict[int, list[torch.Tensor]] = {}
    for row in rows:
        kept = [len(row["prompt"]) + i for i, token in enumerate(row["ids"][:3]) if token not in special]
        if kept:
            with torch.inference_mode():
                states = tiny_llama.network(
                    input_ids=torch.tensor([row["prompt"] + row["ids"]]), output_hidden_states=True
                ).hidden_states
            by_scene.setdefault(row["scene"], []).append(states[2][0, kept].mean(0))
    expected = torch.stack([torch.stack(by_scene[scene]).mean(0) for scene in range(20)])
    stored = load_file(tiny_experiment.root / "extract/sombre/base/activations.safetensors")["positive"]
    torch.testing.assert_close(stored[:, 1], expected, atol=1e-4, rtol=1e-4)


def test_samples_are_the_same_in_batches_of_any_size_and_others_for_another_seed(
    tiny_experiment: Tiny,
) -> None:
    with_(tiny_experiment, samples=2, temperature=0.8).run("extract")
    found = completions(tiny_experiment)
    assert sum(found[scene, 0] != found[scene, 1] for scene in range(40)) > 20
    rewrite(tiny_experiment, run={"batch_rows": 7, "threads": 1}, name="other")
    tiny_experiment.run("extract")
    text = (tiny_experiment.folder / "experiments" / "other" / FILE).read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert {(row["scene"], row["sample"]): row["ids"] for row in rows} == found
    rewrite(tiny_experiment, name="tiny", seed=1)
    assert "extract: sombre" in tiny_experiment.stale()
    tiny_experiment.run("extract")
    assert completions(tiny_experiment) != found


def test_greedy_completions_stay_true_and_drawn_ones_are_others(tiny_experiment: Tiny) -> None:
    with_(tiny_experiment).run("extract")
    greedy = completions(tiny_experiment)
    assert with_(tiny_experiment, samples=1, temperature=0).stale() == set()
    assert "extract: sombre" in with_(tiny_experiment, temperature=0.7).stale()
    assert {sample for _, sample in greedy} == {-1}


def test_several_greedy_samples_are_refused(tiny_experiment: Tiny) -> None:
    with pytest.raises(InputError, match="at temperature 0 all 3 samples of a scene are the same"):
        with_(tiny_experiment, samples=3).run("extract")
