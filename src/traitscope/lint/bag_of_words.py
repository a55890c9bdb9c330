"""Can a classifier that sees words without their order tell the sides of pairs it has not seen?

Logistic regression on which words and pairs of words a scene holds, five seeded folds; pairs (scenes where
unpaired) with near-duplicates of theirs stay in one fold. The figure is the mean over folds of the AUC on
held-out scenes: 0.5 where words say nothing of the side, 1 where they say all.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traitscope.config.lint import LintSettings
from traitscope.data import FEWEST_SCENES, near_duplicate_groups, near_duplicate_pair_groups
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding
from traitscope.lint.leaks import phrases

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FOLDS = 5
_SEED = 0
_RAREST = 3
"""Scenes a phrase must be in to be a feature: a rarer one is not both learned and tried."""
_NAMED = 4
_PENALTY = 10.0
"""C of the regression."""
_DECIMALS = 6
"""Of scores and weights: what is equal but for rounding is told apart by nothing."""


@dataclass(frozen=True)
class BagOfWords:
    """How far words alone tell the sides apart."""

    auc: float
    positive: tuple[str, ...]
    """Phrases that speak most for the positive side, the strongest first."""
    negative: tuple[str, ...]


def bag_of_words(draft: Draft) -> BagOfWords | None:
    """The held-out AUC and the strongest phrases; None where too few scenes can be held out."""
    import numpy as np

    from traitscope.statistics import auc, logistic_rows

    positive, negative = ([scene.text for scene in side.scenes] for side in draft.sides)
    if min(len(positive), len(negative)) < FEWEST_SCENES:
        return None
    names, features, labels = _features(positive, negative)
    if not names:
        return None
    folds = _folds(positive, negative)
    products = features @ features.T + 1  # the intercept's share
    aucs = []
    for fold in range(_FOLDS):
        held_out = folds == fold
        if {*labels[held_out]} == {*labels[~held_out]} == {True, False}:
            learned = np.ix_(~held_out, ~held_out)
            rows = logistic_rows(products[learned], labels[~held_out], _PENALTY)
            scores = (products[np.ix_(held_out, ~held_out)] @ rows).round(_DECIMALS)
            aucs.append(auc(scores[labels[held_out]], scores[~labels[held_out]]))
    if not aucs:
        return None
    rows = logistic_rows(products, labels, _PENALTY)
    order = (features.T @ rows).round(_DECIMALS).argsort(kind="stable")
    strongest = [names[index] for index in order]
    return BagOfWords(sum(aucs) / len(aucs), tuple(strongest[::-1][:_NAMED]), tuple(strongest[:_NAMED]))


def bag_of_words_finding(draft: Draft, found: BagOfWords | None, settings: LintSettings) -> list[Finding]:
    """Exact: a warning where words alone tell the sides apart."""
    if not found or found.auc <= settings.bag_of_words_auc:
        return []
    what = (
        f"the sides differ by {_quoted(found.positive)} against {_quoted(found.negative)}, not only by the "
        f"trait: words alone tell held-out scenes apart (AUC {found.auc:.2f})"
    )
    return [codes.BAG_OF_WORDS.found(draft.positive.file, None, what)]


def _features(
    positive: Sequence[str], negative: Sequence[str]
) -> tuple[list[str], "NDArray[np.float64]", "NDArray[np.bool_]"]:
    """Phrases, which scene holds them (scenes, phrases), and which scenes are positive (scenes,)."""
    import numpy as np

    held = [phrases(text) for text in (*positive, *negative)]
    counts = Counter(phrase for found in held for phrase in found)
    names = sorted(phrase for phrase, count in counts.items() if count >= _RAREST)
    column = {name: index for index, name in enumerate(names)}
    features = np.zeros((len(held), len(names)))
    for row, found in enumerate(held):
        features[row, [column[phrase] for phrase in found if phrase in column]] = 1
    # Long scenes hold more words; unit rows keep length, a confound of its own, out of this figure.
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return names, features, np.arange(len(held)) < len(positive)


def _folds(positive: Sequence[str], negative: Sequence[str]) -> "NDArray[np.int64]":
    """Fold of each scene, (scenes,): groups in seeded order, each into the fold that is smallest so far."""
    import numpy as np

    if len(positive) == len(negative):
        groups = np.tile(near_duplicate_pair_groups(positive, negative), 2)
    else:
        groups = near_duplicate_groups([*positive, *negative])
    sizes = Counter(groups.tolist())
    order = sorted(sizes)
    random.Random(_SEED).shuffle(order)
    filled = [0] * _FOLDS
    fold_of = {}
    for group in sorted(order, key=lambda group: -sizes[group]):
        fold_of[group] = filled.index(min(filled))
        filled[fold_of[group]] += sizes[group]
    return np.array([fold_of[group] for group in groups.tolist()])


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
