"""What a block adds to the residual stream: the outputs of its attention and of its MLP, as they are added.

    residual after the block = residual before it + attn_out + mlp_out

Where a norm stands between a sub-block and the stream (Gemma 2 and 3, OLMo 2, GLM-4), the norm's output is
what is added. `post_attention_layernorm` alone says nothing: in Llama it is the norm before the MLP, and only
beside a `post_feedforward_layernorm` is it the one after attention.
"""

from typing import TYPE_CHECKING, Literal

from traitscope.errors import InputError

if TYPE_CHECKING:
    from torch import nn

Component = Literal["residual", "attn_out", "mlp_out"]
SubBlock = Literal["attn_out", "mlp_out"]

_POST_NORMS: tuple[dict[SubBlock, str], ...] = (
    {"attn_out": "post_attention_layernorm", "mlp_out": "post_feedforward_layernorm"},
    {"attn_out": "post_self_attn_layernorm", "mlp_out": "post_mlp_layernorm"},
)
_NAMES: dict[SubBlock, tuple[str, ...]] = {
    "attn_out": ("self_attn", "attn", "attention", "self_attention"),
    "mlp_out": ("mlp", "feed_forward", "block_sparse_moe", "moe"),
}


def component_name(block: "nn.Module", component: SubBlock) -> str:
    """The name of the module in a block whose output is added to the stream.

    Raises:
        InputError: the block has no such module; the sentence says what was looked for and what is there.
    """
    modules = [name for name, _ in block.named_children()]
    for norms in _POST_NORMS:
        if all(name in modules for name in norms.values()):
            return norms[component]
    for name in _NAMES[component]:
        if name in modules:
            return name
    raise InputError(
        f"extract.component '{component}'",
        f"{type(block).__name__} has no module called {', '.join(_NAMES[component])}; it has "
        f"{', '.join(modules)}",
        "write component: residual",
    )
