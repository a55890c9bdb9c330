"""Tiny random models of the architectures that people study, each of its own class in transformers.

Sliding windows are `WINDOW` tokens, so that short prompts are already longer; experts outnumber what a token
is sent to; the multimodal one has a vision tower as deep as its text model.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LAYERS = 3
WIDTH = 32
WINDOW = 8
"""Tokens that an attention with a sliding window sees, its own included."""


class Architecture(NamedTuple):
    """How a tiny model of one architecture is made, and what is known of it beforehand."""

    make: Callable[[dict[str, Any]], "PreTrainedModel"]
    """From the size and the special tokens that all of them share."""
    blocks: str
    """Where in the network its decoder blocks are."""
    targets: tuple[str, ...]
    """Linear modules that a LoRA of this architecture usually changes."""


def _llama(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(**shared))


def _qwen3(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(**shared, head_dim=8))


def _qwen3_moe(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM

    experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
    return Qwen3MoeForCausalLM(Qwen3MoeConfig(**shared, **experts, head_dim=8, mlp_only_layers=[0]))


def _mixtral(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import MixtralConfig, MixtralForCausalLM

    # As many experts as blocks: a list of experts must not be taken for the list of blocks.
    return MixtralForCausalLM(MixtralConfig(**shared, num_local_experts=LAYERS, num_experts_per_tok=2))


def _mistral(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import MistralConfig, MistralForCausalLM

    return MistralForCausalLM(MistralConfig(**shared, sliding_window=WINDOW))


def _olmo2(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import Olmo2Config, Olmo2ForCausalLM

    return Olmo2ForCausalLM(Olmo2Config(**shared))


def _gemma3_text(shared: dict[str, Any]) -> Any:
    from transformers import Gemma3TextConfig

    kinds = ["sliding_attention", "full_attention", "sliding_attention"]
    return Gemma3TextConfig(**shared, head_dim=8, sliding_window=WINDOW, layer_types=kinds)


def _gemma3(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import Gemma3ForCausalLM

    return Gemma3ForCausalLM(_gemma3_text(shared))


def _gemma3_multimodal(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    vision = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": LAYERS}
    vision |= {"num_attention_heads": 2, "image_size": 28, "patch_size": 14}
    text = _gemma3_text(shared).to_dict()
    # Gemma's own image token lies behind its vocabulary of text, and so does this one.
    config = Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=4,
        image_token_index=shared["vocab_size"] - 1,
        eos_token_id=shared["eos_token_id"],
    )
    return Gemma3ForConditionalGeneration(config)


def _gpt_neox(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    return GPTNeoXForCausalLM(
        GPTNeoXConfig(**{name: value for name, value in shared.items() if name != "num_key_value_heads"})
    )


def _gpt2(shared: dict[str, Any]) -> "PreTrainedModel":
    from transformers import GPT2Config, GPT2LMHeadModel

    specials = {name: shared[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=shared["vocab_size"],
            n_positions=shared["max_position_embeddings"],
            n_embd=WIDTH,
            n_layer=LAYERS,
            n_head=4,
            initializer_range=0.2,
            **specials,
        )
    )


ATTENTION = ("q_proj", "v_proj")

ARCHITECTURES = {
    "llama": Architecture(_llama, "model.layers", (*ATTENTION, "down_proj")),
    "qwen3": Architecture(_qwen3, "model.layers", (*ATTENTION, "down_proj")),
    "gemma3": Architecture(_gemma3, "model.layers", (*ATTENTION, "down_proj")),
    "gemma3-multimodal": Architecture(
        _gemma3_multimodal, "model.language_model.layers", (*ATTENTION, "down_proj")
    ),
    "mistral": Architecture(_mistral, "model.layers", (*ATTENTION, "down_proj")),
    "gpt-neox": Architecture(_gpt_neox, "gpt_neox.layers", ("query_key_value", "dense_4h_to_h")),
    "gpt2": Architecture(_gpt2, "transformer.h", ("c_attn", "c_proj")),
    "olmo2": Architecture(_olmo2, "model.layers", (*ATTENTION, "down_proj")),
    "mixtral": Architecture(_mixtral, "model.layers", ATTENTION),
    "qwen3-moe": Architecture(_qwen3_moe, "model.layers", ATTENTION),
}
SLIDING = ("gemma3", "gemma3-multimodal", "mistral")
EXPERTS = ("mixtral", "qwen3-moe")


def save_tiny(name: str, folder: Path, tokenizer: "PreTrainedTokenizerBase") -> None:
    """Save a tiny random model of an architecture, with a tokenizer."""
    import torch

    shared = {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "intermediate_size": 48,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        # As in the other tiny models: greedy answers vary, and near-ties are rare.
        "initializer_range": 0.2,
    }
    torch.manual_seed(3)
    network = ARCHITECTURES[name].make(shared)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
