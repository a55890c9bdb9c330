"""Which judge scores what: a name in the file to the settings it stands for."""

from collections.abc import Iterator
from typing import get_args

from traitscope.config.choices import BuiltInJudge, trait_name
from traitscope.config.judges import ClassifierJudgeSettings, JudgeSettings
from traitscope.config.nearest import one_of
from traitscope.config.problems import Problem
from traitscope.config.settings import Config

LEXICON = "lexicon"
CLASSIFIER = "classifier"
LIKELIHOOD = "likelihood"
Choice = str | dict[str, str]
"""A judge for all traits, or {trait: judge}."""
TRAIT_JUDGES = (LEXICON, CLASSIFIER)
"""Built-in judges of traits; `likelihood` judges coherence alone."""


def judge_name(choice: Choice, trait: str) -> str | None:
    """The judge of a trait; None where the choice names judges for other traits only."""
    return choice if isinstance(choice, str) else choice.get(trait)


def judge_settings(config: Config, name: str) -> JudgeSettings | None:
    """What a judge's name stands for; None for the lexicon and the likelihood, which have no settings."""
    if name == CLASSIFIER:
        return ClassifierJudgeSettings(kind="classifier")
    return config.judges.get(name)


def learns_labels(settings: JudgeSettings | None) -> bool:
    """Whether a judge is a classifier that is trained on a trait's labelled answers."""
    return isinstance(settings, ClassifierJudgeSettings) and settings.learn == "labelled"


def judge_disagreements(config: Config) -> Iterator[Problem]:
    """Judges that are named and not there, take a built-in name, or cannot score what they shall."""
    for name in config.judges:
        if name in get_args(BuiltInJudge):
            yield Problem(
                f"judges.{name}", f"'{name}' is the name of a built-in judge", "choose another name"
            )
    traits = [trait_name(path) for path in config.traits]
    choices: dict[str, Choice | None] = {"steer.judge": config.steer.judge if config.steer else None}
    choices["vet.judge"] = config.vet.judge if config.vet else None
    choices["compare.judge"] = config.compare.judge
    for key, choice in choices.items():
        if isinstance(choice, str):
            yield from _unknown(key, choice, config)
        for trait, name in choice.items() if isinstance(choice, dict) else ():
            if trait not in traits:
                what = f"'{trait}' is not among the traits of this file"
                yield Problem(f"{key}.{trait}", what, f"write {one_of(trait, traits)}, or add it to traits")
            yield from _unknown(f"{key}.{trait}", name, config)
    yield from _steered_without_judge(config)
    if config.vet and config.vet.negative >= config.vet.positive:
        what = f"negative ({config.vet.negative:g}) is not below positive ({config.vet.positive:g})"
        yield Problem("vet", what, "no completion may pass on both poles")
    if config.steer and config.steer.coherence != LIKELIHOOD:
        yield from _coherence(config.steer.coherence, config)


def _steered_without_judge(config: Config) -> Iterator[Problem]:
    if config.steer is None or isinstance(config.steer.judge, str):
        return
    for trait in config.steered_traits:
        if trait not in config.steer.judge:
            what = f"trait '{trait}' is steered, and no judge is named for it"
            yield Problem("steer.judge", what, "name one, or leave the trait out of steer.traits")


def _unknown(key: str, name: str, config: Config) -> Iterator[Problem]:
    known = [*TRAIT_JUDGES, *config.judges]
    if name == LIKELIHOOD:
        yield Problem(key, "'likelihood' judges coherence, not a trait", f"write {one_of(name, known)}")
    elif name not in known:
        mend = f"write {one_of(name, known)}, or define it under judges"
        yield Problem(key, f"there is no judge '{name}'", mend)


def _coherence(name: str, config: Config) -> Iterator[Problem]:
    readers = [one for one, judge in config.judges.items() if judge.kind in ("openai", "local")]
    if name not in readers:
        found = (
            "judges traits only" if name in (*TRAIT_JUDGES, *config.judges) else "is no judge of this file"
        )
        mend = f"write {one_of(name, [LIKELIHOOD, *readers])}"
        yield Problem("steer.coherence", f"'{name}' {found}", mend)
