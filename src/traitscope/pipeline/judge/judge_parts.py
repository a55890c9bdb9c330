"""What is known of a judge without making one: all that determines what it will say. A status loads nothing
for it.
"""

from typing import Any

from traitscope.config import (
    LEXICON,
    LIKELIHOOD,
    Choice,
    ClassifierJudgeSettings,
    JudgeSettings,
    LocalJudgeSettings,
    judge_name,
    judge_settings,
)
from traitscope.data import Trait
from traitscope.experiment import Experiment, digest
from traitscope.judging import CLASSIFIER_VERSION, TEMPLATE
from traitscope.models import find_source
from traitscope.models.encoders import find_encoder

SPEED_ONLY = (
    "concurrency",
    "timeout",
    "retries",
    "max_calls",
    "max_cost",
    "price_in",
    "price_out",
    "key_env",
    "batch_rows",
    "device",
    "device_map",
    "force",
)
"""Settings of a judge that no score depends on."""


def judge_parts(experiment: Experiment, trait: Trait, choice: Choice) -> str:
    """Digest of all that determines the scores a trait's answers are given."""
    name = judge_name(choice, trait.name)
    if name is None:
        return digest(None)
    settings = judge_settings(experiment.config, name)
    known = [name] if settings is None else _known(experiment, settings)
    if name == LEXICON:
        return digest([*known, trait.lexicon])
    if isinstance(settings, ClassifierJudgeSettings):
        labelled = [[one.question, one.answer, one.score] for one in trait.labelled]
        return digest([*known, CLASSIFIER_VERSION, labelled, experiment.config.seed])
    return digest([*known, TEMPLATE, trait.name, trait.definition, trait.eval_prompt])


def is_forced(experiment: Experiment, trait: Trait, choice: Choice) -> bool:
    """Whether the trait's judge is a classifier that is asked however weak it is; no score depends on it, but
    whether anything is said by its scores does."""
    name = judge_name(choice, trait.name)
    settings = None if name is None else judge_settings(experiment.config, name)
    return isinstance(settings, ClassifierJudgeSettings) and settings.force


def coherence_parts(experiment: Experiment, name: str) -> str:
    """Digest of all that determines a coherence score, beside the answer and its question."""
    if name == LIKELIHOOD:
        return digest(name)
    return digest([*_known(experiment, experiment.config.judges[name]), TEMPLATE])


def _known(experiment: Experiment, settings: JudgeSettings) -> list[Any]:
    """What the file says of a judge, and which weights its model's name stands for at present."""
    said = settings.model_dump(exclude=set(SPEED_ONLY))
    if isinstance(settings, LocalJudgeSettings):
        trusted = settings.trust_remote_code
        return [
            said,
            find_source(
                settings.model, experiment.beside, settings.revision, trust_remote_code=trusted
            ).identity,
        ]
    if isinstance(settings, ClassifierJudgeSettings):
        return [said, find_encoder(settings.model, experiment.beside).identity]
    return [said]
