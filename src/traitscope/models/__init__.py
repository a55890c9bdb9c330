"""From a model's name to something that can run.

In: a name (`smollm2`, a folder, a Hugging Face id), a placement, perhaps an adapter's folder or id. Out: a
`Model` (network, tokenizer, blocks) and a `Renderer` that turns text into the ids the engine takes.
"""

from traitscope.models.adapters import Adapter, check_fit, fetch_adapter, read_adapter
from traitscope.models.components import Component, component_name
from traitscope.models.loading import BlockNetwork, Model, Placement, load_tokenizer, load_weights, place
from traitscope.models.mixing import Mixture, is_merged, why_not_mixed
from traitscope.models.quantization import Quantization, check_quantization
from traitscope.models.rendering import Ids, Renderer
from traitscope.models.shape import Shape, read_shape
from traitscope.models.sources import Source, find_source

__all__ = [
    "Adapter",
    "BlockNetwork",
    "Component",
    "Ids",
    "Mixture",
    "Model",
    "Placement",
    "Quantization",
    "Renderer",
    "Shape",
    "Source",
    "check_fit",
    "check_quantization",
    "component_name",
    "fetch_adapter",
    "find_source",
    "is_merged",
    "load_tokenizer",
    "load_weights",
    "place",
    "read_adapter",
    "read_shape",
    "why_not_mixed",
]
