"""The classifier judge: logistic regression on what a sentence encoder makes of an answer.

    score = 100 p,  p = 1 / (1 + exp(-(w . x + b)))

x holds the mean and the spread of the answer's tokens at every layer of the encoder: its last layer says what
a text is about, the lower ones also how it is written, which is what a trait mostly is. Each labelled answer
counts as a yes by its score and as a no by the rest, so that p tracks the labels; whole and cut off, because
the answers to be judged are mostly cut off. It reads the answer alone, neither question nor definition.

It confirms whatever it was trained on. Trained on text that it shares with the extraction scenes it would
call any confound of theirs a success: then it is `circular`, and nothing it says can show a trait.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from traitscope.data import LabelledAnswer, near_duplicate_groups
from traitscope.errors import InputError
from traitscope.experiment.fingerprint import digest
from traitscope.judging.embedding import embed_layers
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.logistic import HeldOut, Rows, fit_held_out
from traitscope.judging.overlap import Overlap, overlaps
from traitscope.statistics import auc

if TYPE_CHECKING:
    from traitscope.models.encoders import Encoder

VERSION = "1"
"""Raised when the same labels give other scores."""
LEAST_AUC = 0.80
"""Held-out AUC below which a classifier is refused: one pair of answers in five would be ranked wrongly."""
FEWEST_ANSWERS = 20
FEWEST_QUESTIONS = 6
"""Below these, held-out figures say nothing, and a fold may be left without one side."""
CUT_WORDS = 25
"""Words of a cut-off answer: about the 32 tokens that are generated for one."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained classifier, with what it is worth."""

    fitted: HeldOut
    fold_of: Mapping[str, int]
    """Question, or text where there is none, to the fold that it was held out in."""
    out_of_fold: tuple[float, ...]
    """Scores, 0 to 100, of its training answers, each by a fit that saw neither it nor its like."""
    out_of_fold_cut: tuple[float, ...]
    """The same of the answers cut off after 25 words."""
    held_out_auc: float
    """AUC of the out-of-fold scores, labels of 50 and more against those below."""
    held_out_auc_cut: float
    """The same of the answers cut off."""
    circular: bool
    """Its training text is, or shares words with, the extraction scenes or their completions."""
    self_vetted: bool
    """It was trained on the completions that it vets, by pole."""
    shared: tuple[Overlap, ...]
    """Which training answers share words with which extraction text."""
    texts: tuple[str, ...]
    """What it was trained on."""
    encoder: str
    identity: str
    """Digest of the training data, the encoder and the version: equal identities give equal scores."""


@dataclass(frozen=True, eq=False)
class ClassifierJudge:
    """A classifier as a judge.

    Raises:
        InputError: its held-out AUC is under 0.80, and it is not forced.
    """

    classifier: Classifier
    encoder: "Encoder"
    forced: bool = False
    held_out: bool = False
    """Answers to a question that it was trained on are scored by the fit that did not see that question."""

    def __post_init__(self) -> None:
        if self.classifier.held_out_auc < LEAST_AUC and not self.forced:
            raise InputError(
                "the classifier judge",
                f"its held-out AUC is {self.classifier.held_out_auc:.2f}, and {LEAST_AUC:.2f} is the least",
                "write more labelled answers, choose another judge, or force this one",
            )

    @property
    def identity(self) -> Mapping[str, Any]:
        """Training data and encoder by digest, with what stands beside every score."""
        made = self.classifier
        return {
            "kind": "classifier",
            "model": self._name(),
            "encoder": made.encoder,
            "held_out_auc": round(made.held_out_auc, 4),
            "held_out_auc_cut": round(made.held_out_auc_cut, 4),
            "circular": made.circular,
            "self_vetted": made.self_vetted,
        } | ({"held_out": True} if self.held_out else {})

    @property
    def reads_language(self) -> bool:
        """Never: an answer is a vector to it."""
        return False

    def against(self, extraction: Sequence[str]) -> "ClassifierJudge":
        """The same judge, circular if its training text shares words with this extraction text too."""
        made = self.classifier
        shared = overlaps(made.texts, extraction)
        if not shared:
            return self
        return replace(self, classifier=replace(made, circular=True, shared=(*made.shared, *shared)))

    def out_of_fold(self) -> "ClassifierJudge":
        """The same judge, scoring answers to its training questions as if it had never seen them."""
        return replace(self, held_out=True)

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """The classifier's score of each answer; no value where it holds no word.

        Raises:
            ValueError: asked for anything but the trait it was trained on.
        """
        if rubric.kind != "trait":
            raise ValueError(f"a classifier of a trait cannot judge {rubric.kind}")
        judgements = [Judgement(None, "the answer holds no word", self._name()) for _ in asked]
        wordy = [index for index, one in enumerate(asked) if any(map(str.isalpha, one.answer))]
        features = _features(self.encoder, [asked[index].answer for index in wordy])
        fitted = self.classifier.fitted
        for place, index in enumerate(wordy):
            fold = self._fold(asked[index])
            line = fitted.line if fold is None else fitted.folds[fold]
            value = 100 * float(line.shares(features[place]))
            judgements[index] = Judgement(value, identity=self._name())
        for index, judgement in enumerate(judgements):
            arrived(index, judgement)
        return judgements

    def _fold(self, asked: Asked) -> int | None:
        if not self.held_out:
            return None
        known = self.classifier.fold_of
        return known.get(asked.question, known.get(asked.answer))

    def _name(self) -> str:
        return f"classifier {self.classifier.identity} on {self.encoder.name}"


def train_classifier(
    encoder: "Encoder",
    labelled: Sequence[LabelledAnswer],
    scenes: Sequence[str],
    seed: int,
    where: str = "labelled.jsonl",
) -> Classifier:
    """Train on labelled answers.

    Args:
        labelled: answers to one question, and near-duplicates, are held out together.
        scenes: extraction scenes, which the answers must share nothing with; see `ClassifierJudge.against`
            for what they are completed with.
        where: the answers' file, for errors.

    Raises:
        InputError: too few answers or questions, or no answer on one side of 50.
    """
    questions = {one.question for one in labelled}
    if len(labelled) < FEWEST_ANSWERS or len(questions) < FEWEST_QUESTIONS:
        what = f"there are {len(labelled)} labelled answers to {len(questions)} questions"
        mend = f"write at least {FEWEST_ANSWERS} to {FEWEST_QUESTIONS} or more questions"
        raise InputError(where, f"{what}, too few to train a classifier on", mend)
    texts = [one.answer for one in labelled]
    keys = [one.question for one in labelled]
    shared = overlaps(texts, scenes)
    made = _train(encoder, texts, keys, [one.score for one in labelled], seed, where)
    return replace(made, circular=bool(shared), shared=shared)


def train_on_completions(
    encoder: "Encoder",
    positive: Sequence[str],
    negative: Sequence[str],
    paired: bool,
    seed: int,
    where: str = "the completions",
) -> Classifier:
    """Train on completions by pole, to vet them without labels: `out_of_fold` scores the positive ones, then
    the negative ones. Circular and self-vetted by its making.

    Raises:
        InputError: too few completions, or completions so alike that none can be held out.
    """
    if min(len(positive), len(negative)) < FEWEST_ANSWERS // 2:
        what = f"there are {len(positive)} positive and {len(negative)} negative ones, too few to train on"
        raise InputError(where, what, f"write at least {FEWEST_ANSWERS // 2} scenes a pole")
    pairs = [f"pair {index}" for index in range(len(positive))]
    texts = [*positive, *negative]
    keys = pairs * 2 if paired else texts
    made = _train(encoder, texts, keys, [100.0] * len(positive) + [0.0] * len(negative), seed, where)
    of_text = {text: made.fold_of[key] for text, key in zip(texts, keys, strict=True)}
    return replace(made, fold_of=of_text, circular=True, self_vetted=True)


def _train(
    encoder: "Encoder",
    texts: Sequence[str],
    keys: Sequence[str],
    scores: Sequence[float],
    seed: int,
    where: str,
) -> Classifier:
    """Train on texts with scores; texts of one key, and near-duplicates, are held out together."""
    high = np.array(scores) >= 50
    if high.all() or not high.any():
        what = f"all scores lie {'at 50 or above' if high.all() else 'below 50'}"
        raise InputError(where, what, "write answers for the other side")
    whole = _features(encoder, texts)
    cut = _features(encoder, [_cut(text) for text in texts])
    groups = _groups(texts, keys)
    shares = np.array(scores) / 100
    rows = Rows(
        np.concatenate([whole, cut]),
        np.concatenate([shares, shares]),
        np.full(2 * len(texts), 0.5),
        np.concatenate([groups, groups]),
    )
    try:
        fitted = fit_held_out(rows, seed)
    except ValueError as error:
        mend = "write texts that differ, on more questions"
        raise InputError(where, f"the texts are too alike to be held out by turns ({error})", mend) from error
    folds = [fitted.fold_of_group[int(group)] for group in groups]
    found = [
        [100 * float(fitted.folds[fold].shares(row)) for fold, row in zip(folds, features, strict=True)]
        for features in (whole, cut)
    ]
    return Classifier(
        fitted=fitted,
        fold_of=dict(zip(keys, folds, strict=True)),
        out_of_fold=tuple(found[0]),
        out_of_fold_cut=tuple(found[1]),
        held_out_auc=auc(np.array(found[0])[high], np.array(found[0])[~high]),
        held_out_auc_cut=auc(np.array(found[1])[high], np.array(found[1])[~high]),
        circular=False,
        self_vetted=False,
        shared=(),
        texts=tuple(texts),
        encoder=encoder.identity,
        identity=digest([VERSION, encoder.identity, list(texts), list(keys), list(scores), seed]),
    )


def _groups(texts: Sequence[str], keys: Sequence[str]) -> NDArray[np.int64]:
    """Group of each text, (texts,): texts of one key share one, near-duplicates do, and so do their likes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    alike, of_key = near_duplicate_groups(texts), np.unique(list(keys), return_inverse=True)[1]
    kinds = int(alike.max()) + 1
    links = coo_array((np.ones(len(texts)), (alike, kinds + of_key)), shape=[kinds + len(texts)] * 2)
    _, group = connected_components(links, directed=False)
    found: NDArray[np.int64] = group[alike].astype(np.int64)
    return found


def _features(encoder: "Encoder", texts: Sequence[str]) -> NDArray[np.float64]:
    """(texts, features) float64."""
    found = embed_layers(encoder, texts)
    return found.reshape(len(texts), prod(found.shape[1:])).astype(np.float64)


def _cut(text: str) -> str:
    return " ".join(text.split()[:CUT_WORDS])
