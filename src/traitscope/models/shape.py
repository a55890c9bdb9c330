"""A model's size from its config alone: what can be asked before weights are read."""

from typing import Any, NamedTuple

from traitscope.models.refusing import refused
from traitscope.models.sources import Source


class Shape(NamedTuple):
    """How deep and wide a model is, and how long a text it takes."""

    layers: int
    """Decoder blocks."""
    width: int
    """Of the residual stream."""
    context: int
    """Most tokens a sequence may have."""


def read_shape(source: Source, trust_remote_code: bool = False) -> Shape:
    """The size that a model's config.json says.

    Raises:
        InputError: the config is damaged, or its architecture unknown.
    """
    from transformers import AutoConfig

    try:
        whole: Any = AutoConfig.from_pretrained(
            source.folder, trust_remote_code=trust_remote_code, local_files_only=True
        )
        config = whole.get_text_config(decoder=True)
        return Shape(config.num_hidden_layers, config.hidden_size, config.max_position_embeddings)
    except Exception as error:
        # As with weights: a damaged folder raises anything from KeyError to ImportError.
        what = f"has a config.json in {source.folder} that cannot be used"
        raise refused(source, what, error) from error
