"""traitscope: what a language model is disposed to do, and what a fine-tune changed.

The names below are the library's surface. Each is imported from its room when it is first used, so that
`import traitscope` alone loads no numerical library. No room imports this module.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from traitscope.data import Trait, load_trait
    from traitscope.engine import (
        Ablate,
        Answer,
        Cap,
        ChatModel,
        Push,
        Reading,
        Row,
        Words,
        answer,
        decode,
        load,
        load_model,
        log_probabilities,
        read,
    )
    from traitscope.errors import InputError, TraitscopeError, WorkError
    from traitscope.experiment import SHIPPED, Experiment, open_experiment
    from traitscope.judging import coherence, lexicon_score
    from traitscope.models import Model, Renderer
    from traitscope.pipeline import look, run_stages, summary
    from traitscope.pipeline.library import extract_directions, push
    from traitscope.pipeline.vectors.exporting import export_direction
    from traitscope.pipeline.vectors.winner import load_direction
    from traitscope.vectors import Direction, Directions, fit_directions

__version__ = "0.1.0"

__all__ = [
    "SHIPPED",
    "Ablate",
    "Answer",
    "Cap",
    "ChatModel",
    "Direction",
    "Directions",
    "Experiment",
    "InputError",
    "Model",
    "Push",
    "Reading",
    "Renderer",
    "Row",
    "Trait",
    "TraitscopeError",
    "Words",
    "WorkError",
    "answer",
    "coherence",
    "decode",
    "export_direction",
    "extract_directions",
    "fit_directions",
    "lexicon_score",
    "load",
    "load_direction",
    "load_model",
    "load_trait",
    "log_probabilities",
    "look",
    "open_experiment",
    "push",
    "read",
    "run_stages",
    "summary",
]

_NAMES_OF_ROOM = {
    "data": ("Trait", "load_trait"),
    "engine": (
        "Ablate",
        "Answer",
        "Cap",
        "ChatModel",
        "Push",
        "Reading",
        "Row",
        "Words",
        "answer",
        "decode",
        "load",
        "load_model",
        "log_probabilities",
        "read",
    ),
    "errors": ("InputError", "TraitscopeError", "WorkError"),
    "experiment": ("SHIPPED", "Experiment", "open_experiment"),
    "judging": ("coherence", "lexicon_score"),
    "models": ("Model", "Renderer"),
    "pipeline": ("look", "run_stages", "summary"),
    "pipeline.vectors.exporting": ("export_direction",),
    "pipeline.library": ("extract_directions", "push"),
    "pipeline.vectors.winner": ("load_direction",),
    "vectors": ("Direction", "Directions", "fit_directions"),
}
_ROOM_OF_NAME = {name: room for room, names in _NAMES_OF_ROOM.items() for name in names}


def __getattr__(name: str) -> Any:
    """A public name, from its room."""
    if name not in _ROOM_OF_NAME:
        raise AttributeError(f"module 'traitscope' has no attribute '{name}'")
    return getattr(import_module(f"traitscope.{_ROOM_OF_NAME[name]}"), name)


def __dir__() -> list[str]:
    """What a reader at the prompt is offered."""
    return [*__all__, "__version__"]
