"""The judges of an experiment: what a name in the file stands for, each made when it is first needed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.config import (
    LEXICON,
    LIKELIHOOD,
    Choice,
    ClassifierJudgeSettings,
    LocalJudgeSettings,
    OpenAIJudgeSettings,
    judge_name,
    judge_settings,
    learns_labels,
)
from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.judging import (
    Asked,
    Classifier,
    ClassifierJudge,
    Judge,
    JudgeCache,
    Judgement,
    LexiconJudge,
    Rubric,
    train_classifier,
    train_on_completions,
)
from traitscope.judging.cached import is_word
from traitscope.judging.classifier import LEAST_AUC
from traitscope.models.encoders import load_encoder
from traitscope.progress import Progress

COHERENCE = Rubric("coherence", "coherence")
EMPTY = "the answer is empty"
"""Why nobody was asked."""


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
    weakness: InputError | None = None
    """Why its scores are not to be trusted, as a user is told; None of a judge that may be asked."""

    def score(self, questions: Sequence[str], texts: Sequence[str]) -> list[Judgement]:
        """Judgements of answers to questions; an empty answer has none, and nobody is asked."""
        return judged(self.judge, self.rubric, questions, texts)

    @property
    def is_circular(self) -> bool:
        """It has seen the extraction scenes, or what they were completed with."""
        return bool(self.judge.identity.get("circular"))

    def record(self, named: Iterable[str] = ()) -> dict[str, Any]:
        """What stands beside the scores: who gave them, and what that is worth.

        Args:
            named: what the judge named itself, score by score.
        """
        identity, answered_by = dict(self.judge.identity), sorted(set(named) - {""})
        shown = label(self.name, identity, answered_by)
        return {"name": self.name, "label": shown, "identity": identity, "answered_by": answered_by}


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
    _bare: dict[str, Judge] = field(default_factory=dict)
    _readers: dict[str, Judge] = field(default_factory=dict)
    _encoders: dict[str, Any] = field(default_factory=dict)
    _cache: JudgeCache | None = None

    def of_trait(
        self, trait: Trait, choice: Choice, where: str = "steer.judge", completed: Poles | None = None
    ) -> TraitJudge:
        """The judge of a trait's answers; `completed` is what a classifier learns that learns from scenes.

        A judge that is made is not yet trusted: see `TraitJudge.weakness`.

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
            made = self._make(trait, name, completed)
            self._traits[key] = TraitJudge(name, made, rubric, self._weakness(made, trait, name))
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
        if learns_labels(settings) and not trait.labelled:
            what = f"the classifier learns from labelled answers, and trait '{trait.name}' has none"
            raise InputError(where, what, f"{leave} write {_labels(trait)}")

    def of_coherence(self, name: str) -> Judge | None:
        """The language model that judges coherence; None for the likelihood, which needs the answers' ids."""
        return None if name == LIKELIHOOD else self._reader(name)

    def without_memory(self, name: str) -> Judge | None:
        """A language model that is asked anew each time; None for judges that have no memory."""
        settings = self.experiment.config.judges.get(name)
        if settings is None or isinstance(settings, ClassifierJudgeSettings):
            return None
        return self._language_model(name, settings)

    def waits(self, name: str) -> bool:
        """Whether whoever asks the judge waits for an endpoint, and nothing on this machine is at work."""
        return isinstance(judge_settings(self.experiment.config, name), OpenAIJudgeSettings)

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
        learned_from = "completed scenes" if settings.learn == "completions" else "labelled answers"
        self.progress.say(f"{trait.name}: training a classifier on its {learned_from}")
        if settings.learn == "completions":
            assert completed is not None
            made = train_on_completions(encoder, *completed, seed, f"the completions of '{trait.name}'")
        else:
            scenes = [scene.words for scene in trait.scenes]
            made = train_classifier(encoder, trait.labelled, scenes, seed, str(_labels(trait)))
        # Whether it may be asked is its asker's to say; a check is to show how weak it is.
        judge = ClassifierJudge(made, encoder, forced=True)
        return judge.out_of_fold() if settings.learn == "completions" else judge

    def _weakness(self, made: Judge, trait: Trait, name: str) -> InputError | None:
        settings = judge_settings(self.experiment.config, name)
        if not isinstance(settings, ClassifierJudgeSettings) or settings.force:
            return None
        assert isinstance(made, ClassifierJudge)
        return _weakness(made.classifier, trait, settings)

    def _reader(self, name: str) -> Judge:
        """A language model behind the experiment's cache."""
        if name not in self._readers:
            from traitscope.judging.opening import dressed

            settings = self.experiment.config.judges[name]
            assert not isinstance(settings, ClassifierJudgeSettings)
            bare = self._language_model(name, settings)
            if self._cache is None:
                self._cache = JudgeCache(self.experiment.layout.judge_cache)
            where = f"{self.experiment.file}, judges.{name}"
            self._readers[name] = dressed(bare, settings, self._cache, where)
        return self._readers[name]

    def _language_model(self, name: str, settings: OpenAIJudgeSettings | LocalJudgeSettings) -> Judge:
        """With and without a memory it is one: loaded once, and under one cap on calls and money."""
        if name not in self._bare:
            from traitscope.judging.opening import bare_judge  # its HTTP client is slow to import

            self._bare[name] = bare_judge(
                settings, self.experiment.beside, self.progress.note, self.progress.say
            )
        return self._bare[name]


def judged(judge: Judge, rubric: Rubric, questions: Sequence[str], texts: Sequence[str]) -> list[Judgement]:
    """Judgements of answers; an empty one is not sent to anybody."""
    found = [Judgement(None, EMPTY) for _ in texts]
    places = [index for index, text in enumerate(texts) if text.strip()]
    asked = [Asked(questions[index], texts[index]) for index in places]
    for index, judgement in zip(places, judge.score(rubric, asked), strict=True):
        found[index] = judgement
    return found


def was_lost(value: float | None, reason: str, identity: str) -> bool:
    """Whether a score is missing for a fault on the way, so that asking again may bring it."""
    return reason != EMPTY and not is_word(Judgement(value, reason, identity))


def label(name: str, identity: Mapping[str, Any], answered_by: Sequence[str] = ()) -> str:
    """A judge in a table: its name, the models that answered under the one that was asked, and whatever bears
    on what its scores are worth."""
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
    if model and identity["kind"] == "openai" and answered_by:
        model = " and ".join(answered_by)
    shown = f"{name}: {model}" if model and model != name else name
    return f"{shown} ({', '.join(worth)})" if worth else shown


def _weakness(made: Classifier, trait: Trait, settings: ClassifierJudgeSettings) -> InputError | None:
    """What the classifier itself would say of a held-out AUC below 0.80, but of which trait, and how it is
    overruled."""
    if made.held_out_auc >= LEAST_AUC:
        return None
    found = f"held-out AUC {made.held_out_auc:.2f}, {LEAST_AUC:.2f} at the least"
    force = "name one with kind: classifier and force: true under judges"
    if settings.learn == "completions":
        where, what = (
            f"the completions of '{trait.name}'",
            f"a classifier cannot tell the poles apart ({found})",
        )
        return InputError(where, what, f"rewrite the scenes, choose another judge, or {force}")
    what = f"a classifier that learns from them is not good enough to judge ({found})"
    return InputError(str(_labels(trait)), what, f"write more of them, choose another judge, or {force}")


def _labels(trait: Trait) -> Path:
    return trait.folder / "labelled.jsonl"
