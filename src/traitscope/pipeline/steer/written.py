"""What the files said when a trait was searched: fingerprints tell only that they differ."""

from typing import Any

from traitscope.config import SteerSettings, judge_name, orthogonal_to
from traitscope.config.values import Settings
from traitscope.data import Trait
from traitscope.pipeline.run import Run

OF_OTHERS = {"traits", "skip"}
"""Keys of `steer` that say which traits are steered, and nothing of how."""
TEXTS = ("definition", "trait_prompt", "eval_prompt", "system_prompt", "lexicon", "direction")


def as_written(run: Run, trait: Trait, settings: SteerSettings) -> dict[str, Any]:
    """Key of the experiment file, or of the trait's own files, to its value.

    Args:
        settings: as they hold for the trait.
    """
    config = run.experiment.config
    variants = dict.fromkeys((config.extract.variant, settings.variant))
    judges = dict.fromkeys((judge_name(settings.judge, trait.name), settings.coherence))
    sections: dict[str, Settings] = {
        "extract": config.extract,
        "steer": settings,
        **{f"variants.{name}": config.variants[name] for name in variants},
        **{f"judges.{name}": config.judges[name] for name in judges if name in config.judges},
    }
    own = {
        "steer.judge": judge_name(settings.judge, trait.name),
        "extract.orthogonal_to": list(orthogonal_to(config, trait.name)),
    }
    said = {
        **{f"{trait.name}.{key}": getattr(trait, key) for key in TEXTS},
        f"{trait.name}.scenes": [len(trait.positive), len(trait.negative)],
        f"{trait.name}.questions": len(trait.questions),
        **{
            f"{section}.{key}": value
            for section, found in sections.items()
            for key, value in found.model_dump(exclude=OF_OTHERS).items()
        },
    }
    return said | own
