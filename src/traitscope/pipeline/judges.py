"""The judges of an experiment: what a name in the file stands for, each made when it is first needed.

What determines a score is known without a judge being made (`judge_parts`), so that a status loads nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from traitscope.config import (
    LEXICON,
    LIKELIHOOD,
    ClassifierJudgeSettings,
    JudgeSettings,
    judge_name,
    judge_settings,
)
from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.experiment import Experiment, digest
from traitscope.judging import (
    CLASSIFIER_VERSION,
    TEMPLATE,
    Asked,
    ClassifierJudge,
    Judge,
    JudgeCache,
    Judgement,
    LexiconJudge,
    Rubric,
    train_classifier,
    train_on_completions,
)
from traitscope.models.encoders import load_encoder
from traitscope.progress import Progress

Choice = str | dict[str, str]
COHERENCE = Rubric("coherence", "coherence")
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


class Poles(NamedTuple):
    """What the scenes of both poles were completed with."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    paired: bool


@dataclass(frozen=True)
class TraitJudge:
    """A judge at work on one trait."""

    name: str
    """As the file names it."""
    judge: Judge
    rubric: Rubric

    def score(self, questions: Sequence[str], texts: Sequence[str]) -> list[Judgement]:
        """Judgements of answers to questions; an empty answer has none, and nobody is asked."""
        return judged(self.judge, self.rubric, questions, texts)

    @property
    def is_circular(self) -> bool:
        """It has seen the extraction scenes, or what they were completed with."""
        return bool(self.judge.identity.get("circular"))

    def record(self) -> dict[str, Any]:
        """What stands beside the scores: who gave them, and what that is worth."""
        identity = dict(self.judge.identity)
        return {"name": self.name, "label": label(self.name, identity), "identity": identity}


@dataclass
class Judges:
    """Makes an experiment's judges; keeps what it has made.

    Attributes:
        experiment: whose judges these are.
        progress: told of calls and money.
    """

    experiment: Experiment
    progress: Progress
    _traits: dict[tuple[str, str], TraitJudge] = field(default_factory=dict)
    _readers: dict[str, Judge] = field(default_factory=dict)
    _encoders: dict[str, Any] = field(default_factory=dict)
    _cache: JudgeCache | None = None

    def of_trait(
        self, trait: Trait, choice: Choice, where: str = "steer.judge", completed: Poles | None = None
    ) -> TraitJudge:
        """The judge of a trait's answers; `completed` is what a classifier learns that learns from scenes.

        Raises:
            InputError: the judge cannot serve this trait, or cannot be made.
        """
        name = judge_name(choice, trait.name)
        if name is None:
            raise InputError(
                f"{self.experiment.file}, {where}",
                f"names no judge for trait '{trait.name}'",
                "name one, or leave the trait out",
            )
        self.check_serves(trait, choice, where)
        key = (trait.name, name)
        if key not in self._traits:
            rubric = Rubric("trait", trait.name, trait.definition, trait.eval_prompt)
            self._traits[key] = TraitJudge(name, self._make(trait, name, completed), rubric)
        return self._traits[key]

    def check_serves(self, trait: Trait, choice: Choice, where: str = "steer.judge") -> None:
        """Refuse a judge that lacks what it needs of the trait; nothing is made or asked.

        Raises:
            InputError: the trait does not say which mood it is, or has no labelled answers.
        """
        name, where = judge_name(choice, trait.name), f"{self.experiment.file}, {where}"
        leave = "name another judge for it, leave it out of steer.traits, or"
        if name == LEXICON and trait.lexicon is None:
            what = f"the lexicon judge scores mood, and trait '{trait.name}' does not say which mood it is"
            raise InputError(where, what, f'{leave} set "lexicon" in {trait.folder / "steering.json"}')
        settings = None if name is None else judge_settings(self.experiment.config, name)
        if _learns_labels(settings) and not trait.labelled:
            what = f"the classifier learns from labelled answers, and trait '{trait.name}' has none"
            raise InputError(where, what, f"{leave} write {trait.folder / 'labelled.jsonl'}")

    def of_coherence(self, name: str) -> Judge | None:
        """The language model that judges coherence; None for the likelihood, which needs the answers' ids."""
        return None if name == LIKELIHOOD else self._reader(name)

    def without_memory(self, name: str) -> Judge | None:
        """A language model that is asked anew each time; None for judges that have no memory."""
        if name not in self.experiment.config.judges:
            return None
        settings = self.experiment.config.judges[name]
        if isinstance(settings, ClassifierJudgeSettings):
            return None
        from traitscope.judging.opening import language_judge

        return language_judge(settings, None, self.experiment.beside, self.progress.note, self.progress.say)

    def close(self) -> None:
        """Let go of the cache."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def _make(self, trait: Trait, name: str, completed: Poles | None) -> Judge:
        if name == LEXICON:
            assert trait.lexicon is not None
            return LexiconJudge(trait.lexicon)
        settings = judge_settings(self.experiment.config, name)
        if isinstance(settings, ClassifierJudgeSettings):
            return self._classifier(trait, settings, completed)
        return self._reader(name)

    def _classifier(self, trait: Trait, settings: ClassifierJudgeSettings, completed: Poles | None) -> Judge:
        if settings.model not in self._encoders:
            self._encoders[settings.model] = load_encoder(settings.model, self.experiment.beside)
        encoder, seed = self._encoders[settings.model], self.experiment.config.seed
        if settings.learn == "completions":
            assert completed is not None
            learned = train_on_completions(encoder, *completed, seed, f"the completions of '{trait.name}'")
            return ClassifierJudge(learned, encoder, settings.force).out_of_fold()
        scenes = [scene.words for scene in trait.scenes]
        file = trait.folder / "labelled.jsonl"
        made = train_classifier(encoder, trait.labelled, scenes, seed, str(file))
        return ClassifierJudge(made, encoder, settings.force)

    def _reader(self, name: str) -> Judge:
        """A language model behind the experiment's cache."""
        if name not in self._readers:
            from traitscope.judging.opening import language_judge  # its HTTP client is slow to import

            settings = self.experiment.config.judges[name]
            assert not isinstance(settings, ClassifierJudgeSettings)
            if self._cache is None:
                self._cache = JudgeCache(self.experiment.layout.judge_cache)
            self._readers[name] = language_judge(
                settings, self._cache, self.experiment.beside, self.progress.note, self.progress.say
            )
        return self._readers[name]


def can_judge(experiment: Experiment, trait: Trait, choice: Choice) -> bool:
    """Whether the chosen judge has what it takes to score the trait."""
    name = judge_name(choice, trait.name)
    if name is None or name == LEXICON:
        return name is not None and trait.lexicon is not None
    return bool(trait.labelled) or not _learns_labels(judge_settings(experiment.config, name))


def judge_parts(experiment: Experiment, trait: Trait, choice: Choice) -> str:
    """Digest of all that determines the scores a trait's answers are given."""
    name = judge_name(choice, trait.name)
    if name is None:
        return digest(None)
    settings = judge_settings(experiment.config, name)
    known: list[Any] = [name if settings is None else _deciding(settings)]
    if name == LEXICON:
        return digest([*known, trait.lexicon])
    if isinstance(settings, ClassifierJudgeSettings):
        labelled = [[one.question, one.answer, one.score] for one in trait.labelled]
        return digest([*known, CLASSIFIER_VERSION, labelled, experiment.config.seed])
    return digest([*known, TEMPLATE, trait.name, trait.definition, trait.eval_prompt])


def coherence_parts(experiment: Experiment, name: str) -> str:
    """Digest of all that determines a coherence score, beside the answer and its question."""
    if name == LIKELIHOOD:
        return digest(name)
    return digest([_deciding(experiment.config.judges[name]), TEMPLATE])


def judged(judge: Judge, rubric: Rubric, questions: Sequence[str], texts: Sequence[str]) -> list[Judgement]:
    """Judgements of answers; an empty one is not sent to anybody."""
    found = [Judgement(None, "the answer is empty") for _ in texts]
    places = [index for index, text in enumerate(texts) if text.strip()]
    asked = [Asked(questions[index], texts[index]) for index in places]
    for index, judgement in zip(places, judge.score(rubric, asked), strict=True):
        found[index] = judgement
    return found


def label(name: str, identity: Mapping[str, Any]) -> str:
    """A judge in a table: its name, and whatever bears on what its scores are worth."""
    worth = []
    if "held_out_auc" in identity:
        worth.append(f"held-out AUC {identity['held_out_auc']:.2f}")
    if identity.get("mode") == "sampled":
        worth.append("sampled")
    if identity.get("self_vetted"):
        worth.append("self-vetted")
    elif identity.get("circular"):
        worth.append("circular")
    model = identity.get("model") if identity.get("kind") in ("openai", "local") else None
    shown = f"{name}: {model}" if model and model != name else name
    return f"{shown} ({', '.join(worth)})" if worth else shown


def _learns_labels(settings: JudgeSettings | None) -> bool:
    return isinstance(settings, ClassifierJudgeSettings) and settings.learn == "labelled"


def _deciding(settings: JudgeSettings) -> dict[str, Any]:
    return settings.model_dump(exclude=set(SPEED_ONLY))
