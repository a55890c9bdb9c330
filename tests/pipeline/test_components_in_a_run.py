"""Directions of what attention or MLP add to the stream: captured there, and steered there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from judged_run import rewrite, without_comparison
from tiny_run import Tiny
from torch import Tensor

from traitscope.errors import InputError
from traitscope.models import Model

LAYER = 2


def at(component: str | None, tiny: Tiny) -> Tiny:
    """Scenes to steering, at this component."""
    without_comparison(tiny)
    extract = yaml.safe_load(tiny.file.read_text())["extract"]
    rewrite(tiny, extract=extract | ({"component": component} if component else {}))
    return tiny


@pytest.fixture
def attention(tiny_experiment: Tiny) -> Tiny:
    return at("attn_out", tiny_experiment)


def plainly(
    model: Model, ids: list[int], added: Tensor | None = None, layer: int = LAYER
) -> tuple[Tensor, Tensor]:
    """What attention adds at a layer, (tokens, width), and the next-token logits, by a plain hook."""
    found: list[Tensor] = []

    def hook(_module: Any, _inputs: Any, output: Any) -> Any:
        found.append(output[0][0])
        return output if added is None else (output[0] + added, *output[1:])

    handle = model.network.model.layers[layer].self_attn.register_forward_hook(hook)
    with torch.inference_mode():
        logits = model.network(input_ids=torch.tensor([ids])).logits[0, -1]
    handle.remove()
    return found[0], logits


def test_scenes_are_captured_and_questions_steered_at_attention(attention: Tiny, tiny_llama: Model) -> None:
    from safetensors.torch import load_file

    rewrite(attention, steer={"start": 3.0})
    attention.run("extract", "steer")
    special = set(tiny_llama.tokenizer.all_special_ids)
    means = []
    completions = attention.rows("extract/sombre/base/completions.jsonl")
    for row in sorted(completions, key=lambda row: int(row["scene"])):
        kept = [
            len(row["prompt"]) + place for place, token in enumerate(row["ids"][:3]) if token not in special
        ]
        if row["pole"] == "positive":
            means.append(plainly(tiny_llama, row["prompt"] + row["ids"])[0][kept].mean(0))
    folder = attention.root / "extract/sombre/base"
    stored = load_file(folder / "activations.safetensors")
    torch.testing.assert_close(stored["positive"][:, LAYER], torch.stack(means), atol=1e-4, rtol=1e-4)
    lengths = torch.cat([stored["positive"], stored["negative"]]).norm(dim=-1).mean(0)
    torch.testing.assert_close(stored["base_norm"], lengths)

    direction = load_file(folder / "directions.safetensors")["mean_diff.write"][LAYER]
    first = 0
    for row in attention.rows("steer/sombre/chat/answers.jsonl"):
        if row.get("layer") == LAYER and row["arm"] in ("layer_2", "winner"):
            logits = plainly(tiny_llama, row["prompt"], row["coefficient"] * direction)[1]
            assert float(logits[row["ids"][0]]) > float(logits.max()) - 1e-3
            first += row["ids"][0] != int(plainly(tiny_llama, row["prompt"])[1].argmax())
    assert first, "the steering of this test changes no first token"


def test_another_component_makes_extraction_and_steering_stale_and_leaves_completions(
    tiny_experiment: Tiny,
) -> None:
    at(None, tiny_experiment).run("extract", "steer")
    assert at("residual", tiny_experiment).stale() == set()
    stale = at("mlp_out", tiny_experiment).stale()
    assert {"steer: sombre: answers", "steer: sombre: scores", "steer: sombre: search"} <= stale
    assert any(piece.startswith("extract: sombre") for piece in stale)
    assert not any("completions" in piece for piece in stale)


def test_another_component_is_refused_where_variants_are_compared(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("new_tokens: 6", "new_tokens: 6, component: mlp_out")
    with pytest.raises(
        InputError, match="directions of 'mlp_out' do not fit what infer captures; add 'mlp_out'"
    ):
        tiny_experiment.run()
    tiny_experiment.change("new_tokens: 12}", "new_tokens: 12, components: [residual, mlp_out]}")
    with pytest.raises(InputError, match="directions of 'mlp_out' do not fit the residual stream"):
        tiny_experiment.run()


@pytest.mark.parametrize("store", ["tokens", "none"])
def test_variants_are_projected_on_directions_of_a_component_by_what_that_adds(
    tiny_experiment: Tiny, tiny_llama: Model, store: str
) -> None:
    import polars as pl
    from safetensors.torch import load_file

    extract = yaml.safe_load(tiny_experiment.file.read_text())["extract"] | {"component": "attn_out"}
    infer = {"variants": ["chat"], "prompts": "everyday", "new_tokens": 6, "components": ["attn_out"]}
    infer |= {"store": store, "store_dtype": "float32"}
    rewrite(tiny_experiment, extract=extract, infer=infer, steer=None, compare=None)
    tiny_experiment.run("extract", "infer")
    table = pl.read_parquet(tiny_experiment.root / "infer/chat/everyday/own/projections.parquet")
    (layer,) = table["layer"].unique()
    direction = load_file(tiny_experiment.root / "extract/sombre/base/directions.safetensors")
    row = tiny_experiment.rows("infer/chat/everyday/own/responses.jsonl")[0]
    added = plainly(tiny_llama, row["prompt"] + row["ids"], layer=layer)[0][len(row["prompt"]) - 1 :]
    found = table.filter(trait="sombre", prompt=row["id"])["raw"].to_list()
    expected = (added @ direction["mean_diff.read"][layer]).tolist()
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_of_sums_alone_no_component_is_projected(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("new_tokens: 6", "new_tokens: 6, component: mlp_out")
    tiny_experiment.change("new_tokens: 12}", "new_tokens: 12, components: [mlp_out], store: mean}")
    with pytest.raises(InputError, match=r"do not fit what infer captures; write infer.store: tokens"):
        tiny_experiment.run()


def test_a_model_without_such_a_part_is_refused_before_its_scenes_are_completed(
    attention: Tiny, tmp_path: Path, load_model: Callable[[Path], Model], tiny_llama_folder: Path
) -> None:
    from transformers import AutoTokenizer, OPTConfig, OPTForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(tiny_llama_folder)
    config = OPTConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        word_embed_proj_dim=16,
        ffn_dim=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        max_position_embeddings=256,
    )
    OPTForCausalLM(config).save_pretrained(tmp_path / "opt")
    tokenizer.save_pretrained(tmp_path / "opt")
    rewrite(attention, variants={"base": {"model": str(tmp_path / "opt")}})
    attention.file.write_text(attention.file.read_text().split("steer:")[0])
    with pytest.raises(InputError, match="OPTDecoderLayer has no module called mlp, feed_forward"):
        attention.run("extract")
    assert not list(attention.root.rglob("completions.jsonl"))
