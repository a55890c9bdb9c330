"""The judge of a trait, with all that it may have to be given first."""

from dataclasses import replace

from traitscope.config import Choice, ClassifierJudgeSettings, judge_name, judge_settings
from traitscope.data import Trait
from traitscope.judging import ClassifierJudge
from traitscope.pipeline.extract.completing import complete, completions_artefact, used_scenes
from traitscope.pipeline.judge.judges import Poles, TraitJudge
from traitscope.pipeline.run import Run


def trusted_judge(run: Run, trait: Trait, choice: Choice, where: str = "steer.judge") -> TraitJudge:
    """The same as `trait_judge`, for scores that something is chosen by.

    Raises:
        InputError: as `trait_judge`; or the judge is a classifier that is not worth asking.
        WorkError: as `trait_judge`.
    """
    judge = trait_judge(run, trait, choice, where)
    if judge.weakness is not None:
        raise judge.weakness
    return judge


def trait_judge(run: Run, trait: Trait, choice: Choice, where: str = "steer.judge") -> TraitJudge:
    """The judge that the file chooses for a trait, however weak; scenes are completed first if it learns from
    those. A classifier that shares words with what they were completed with is circular once they are.

    Raises:
        InputError: the judge cannot serve this trait, or cannot be made.
        WorkError: its model does not fit, or its cache is damaged.
    """
    if learns_completions(run, trait, choice):
        return run.judges.of_trait(trait, choice, where, completed_poles(run, trait))
    made = run.judges.of_trait(trait, choice, where)
    if isinstance(made.judge, ClassifierJudge) and completions_artefact(run, trait).is_done():
        return replace(made, judge=made.judge.against([row["text"] for row in complete(run, trait)]))
    return made


def learns_completions(run: Run, trait: Trait, choice: Choice) -> bool:
    """Whether a trait's judge is a classifier that is trained on what its scenes were completed with."""
    name = judge_name(choice, trait.name)
    settings = None if name is None else judge_settings(run.experiment.config, name)
    return isinstance(settings, ClassifierJudgeSettings) and settings.learn == "completions"


def completed_poles(run: Run, trait: Trait) -> Poles:
    """What the scenes of both poles were completed with."""
    texts = [row["text"] for row in complete(run, trait)]
    scenes = used_scenes(run, trait)
    size = len(scenes.positive)
    return Poles(tuple(texts[:size]), tuple(texts[size:]), scenes.paired)
