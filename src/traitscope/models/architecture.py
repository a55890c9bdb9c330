"""How many numbers a model is made of, from what its config.json says; nothing is loaded.

    block       = q, k, v, o  +  MLP  +  norms  (+ biases, + norms of queries and keys)
    parameters  = embedding  +  layers * block  +  final norm  +  head (unless tied)  +  what is no decoder

What is no decoder is the vision tower of a multimodal model: transformers loads it along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

QueryKeyNorm = Literal["none", "head", "width"]

_LEFT_OUT: dict[str, dict[str, int]] = {
    "gemma3_text": {
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "vocab_size": 262208,
    },
}
"""What a family's published configs leave to transformers' defaults."""


class UnknownArchitectureError(ValueError):
    """A config that this arithmetic does not cover; the message says what it is."""


@dataclass(frozen=True)
class Architecture:
    """A decoder-only transformer in numbers.

    Attributes:
        layers: decoder blocks.
        width: of the residual stream.
        mlp: width inside the MLP.
        heads, kv_heads, head_size: of attention.
        vocabulary: rows of the embedding.
        tied: the head is the embedding.
        gated: the MLP has three matrices, else two.
        norms: norm vectors a block, each as wide as the stream.
        norm_bias: they have biases (LayerNorm).
        qkv_bias, out_bias, mlp_bias: biases of those matrices.
        qk_norm: norms of queries and keys: none, one head wide, or as wide as all heads.
        positions: learned position embeddings.
        beside: parameters that are loaded along and are no decoder.
    """

    layers: int
    width: int
    mlp: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    tied: bool
    gated: bool = True
    norms: int = 2
    norm_bias: bool = False
    qkv_bias: bool = False
    out_bias: bool = False
    mlp_bias: bool = False
    qk_norm: QueryKeyNorm = "none"
    positions: int = 0
    beside: int = 0

    @property
    def queries(self) -> int:
        """Width of all heads together."""
        return self.heads * self.head_size

    @property
    def keys(self) -> int:
        """Width of all key heads together; values are as wide."""
        return self.kv_heads * self.head_size

    @property
    def block_matrices(self) -> int:
        """Numbers in one block's matrices: what every token is multiplied by."""
        attention = self.width * (2 * self.queries + 2 * self.keys)
        return attention + (3 if self.gated else 2) * self.width * self.mlp

    @property
    def block(self) -> int:
        """All parameters of one block."""
        biases = (self.queries + 2 * self.keys) * self.qkv_bias + self.width * self.out_bias
        biases += (self.mlp * (2 if self.gated else 1) + self.width) * self.mlp_bias
        norms = self.norms * self.width * (2 if self.norm_bias else 1)
        of_heads = {"none": 0, "head": 2 * self.head_size, "width": self.queries + self.keys}
        return self.block_matrices + biases + norms + of_heads[self.qk_norm]

    @property
    def embedding(self) -> int:
        """Numbers in the embedding, and as many in a head of its own."""
        return self.vocabulary * self.width

    @property
    def parameters(self) -> int:
        """All that is loaded."""
        final = self.width * (2 if self.norm_bias else 1)
        once = self.embedding * (1 if self.tied else 2) + self.positions * self.width
        return once + self.layers * self.block + final + self.beside

    @property
    def kv_numbers(self) -> int:
        """Numbers that one token leaves in the cache of keys and values."""
        return 2 * self.layers * self.keys


def architecture_of(config: Mapping[str, Any]) -> Architecture:
    """The architecture that a config.json describes.

    Raises:
        UnknownArchitectureError: a mixture of experts, an encoder, or a key that is not there.
    """
    text = {**config, **config["text_config"]} if isinstance(config.get("text_config"), Mapping) else config
    kind = str(text.get("model_type", config.get("model_type", "")))
    experts = next(
        (key for key in ("num_experts", "num_local_experts", "n_routed_experts") if text.get(key)), ""
    )
    if experts:
        raise UnknownArchitectureError(f"is a mixture of experts ({experts})")
    if config.get("is_encoder_decoder"):
        raise UnknownArchitectureError("is an encoder with a decoder")
    try:
        made = _gpt2(text) if kind == "gpt2" else _usual(text, kind)
    except KeyError as error:
        raise UnknownArchitectureError(f"lacks the key {error} in its config.json") from error
    vision = config.get("vision_config")
    if not isinstance(vision, Mapping):
        return made
    return _with_vision(made, config, vision)


def _usual(text: Mapping[str, Any], kind: str) -> Architecture:
    """Llama and its kin; what sets a family apart is said by its name and not by its config."""
    text = {**_LEFT_OUT.get(kind, {}), **text}
    width, heads = int(text["hidden_size"]), int(text["num_attention_heads"])
    neox = kind == "gpt_neox"
    gemma = kind.startswith(("gemma2", "gemma3"))
    attention_bias = bool(text.get("attention_bias", neox))
    qk_norm: QueryKeyNorm = "head" if kind.startswith(("qwen3", "gemma3")) else "none"
    return Architecture(
        layers=int(text["num_hidden_layers"]),
        width=width,
        mlp=int(text["intermediate_size"]),
        heads=heads,
        kv_heads=int(text.get("num_key_value_heads") or heads),
        head_size=int(text.get("head_dim") or width // heads),
        vocabulary=int(text["vocab_size"]),
        tied=bool(text.get("tie_word_embeddings", kind.startswith("gemma"))),
        gated=not neox,
        norms=4 if gemma else 2,
        norm_bias=neox,
        qkv_bias=attention_bias or kind == "qwen2",
        out_bias=attention_bias,
        mlp_bias=bool(text.get("mlp_bias", neox)),
        qk_norm="width" if kind == "olmo2" else qk_norm,
    )


def _gpt2(text: Mapping[str, Any]) -> Architecture:
    width, heads = int(text["n_embd"]), int(text["n_head"])
    return Architecture(
        layers=int(text["n_layer"]),
        width=width,
        mlp=int(text.get("n_inner") or 4 * width),
        heads=heads,
        kv_heads=heads,
        head_size=width // heads,
        vocabulary=int(text["vocab_size"]),
        tied=bool(text.get("tie_word_embeddings", True)),
        gated=False,
        norm_bias=True,
        qkv_bias=True,
        out_bias=True,
        mlp_bias=True,
        positions=int(text["n_positions"]),
    )


def _with_vision(made: Architecture, config: Mapping[str, Any], vision: Mapping[str, Any]) -> Architecture:
    """A SigLIP tower, as Gemma 3 has it, and the projection of its width to the stream's."""
    if config.get("model_type") != "gemma3":
        raise UnknownArchitectureError(
            f"reads images in a way that is not known ('{config.get('model_type')}')"
        )
    width, mlp, patch = (int(vision[key]) for key in ("hidden_size", "intermediate_size", "patch_size"))
    block = 4 * (width * width + width) + 2 * width * mlp + mlp + width + 4 * width
    patches = (int(vision["image_size"]) // patch) ** 2
    tower = int(vision["num_hidden_layers"]) * block + 3 * patch * patch * width + width
    tower += patches * width + 2 * width
    projection = width * made.width + width
    return Architecture(**{**made.__dict__, "beside": tower + projection})
