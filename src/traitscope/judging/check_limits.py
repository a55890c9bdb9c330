"""What a judge must reach before its scores may choose a layer, and the sentences for what it does not."""

from collections.abc import Iterator
from dataclasses import dataclass

from traitscope.judging.agreement import Change
from traitscope.judging.check_record import JudgeCheck


@dataclass(frozen=True)
class CheckThresholds:
    """Limits of a check; points are those of the scale 0 to 100."""

    auc: float = 0.80
    """Labels of 50 and more against the rest: below it one pair in five is ranked wrongly."""
    auc_extremes: float = 0.90
    """Labels of 70 and more against those of 30 and less: clear cases, nearly all of which must be right."""
    spearman: float = 0.50
    """Below it the order within the two halves is mostly noise, and a search follows that order."""
    mean_error: float = 25.0
    """Points: what a judge that always says 50 is off by, on labels spread evenly."""
    unscored: float = 0.20
    """Share of answers without a score: a mean over fewer scored ones is refused everywhere."""
    again_mean: float = 5.0
    """Points by which scores may differ the second time: a fifth of the delta that counts as not weak."""
    again_largest: float = 25.0
    """Points, for a single answer: a third of the scale."""
    length_correlation: float = 0.50
    """Scores with words, given the label: from there on length explains a quarter of what labels do not."""
    lengthened: float = 10.0
    """Points by which a neutral sentence may move scores one way, on average."""
    injected_mean: float = 10.0
    """Points by which injections may move a judge that reads language, sizes averaged."""
    injected_largest: float = 20.0
    """Points, for the worst of them."""


def shortcomings(check: JudgeCheck, limits: CheckThresholds) -> tuple[str, ...]:
    """In a sentence each, which limits the figures do not keep."""
    return (
        *_agreement(check, limits),
        *_again(check, limits),
        *_length(check, limits),
        *(_injections(check, limits) if check.injections_bind else ()),
    )


def _agreement(check: JudgeCheck, limits: CheckThresholds) -> Iterator[str]:
    found = check.agreement
    if found.unscored > limits.unscored * found.answers:
        yield (
            f"{found.unscored} of {found.answers} labelled answers have no score;"
            f" at most {limits.unscored:.0%} may have none"
        )
    if found.auc is None:
        yield "all answers with a score are labelled on one side of 50, so there is nothing to tell apart"
        return
    if found.spearman is None:
        yield "the judge gives every answer the same score"
        return
    if found.auc < limits.auc:
        yield (
            f"answers labelled 50 and more are told from the others with an AUC of {found.auc:.2f};"
            f" it must be {limits.auc:.2f} or more"
        )
    if found.auc_extremes is not None and found.auc_extremes < limits.auc_extremes:
        yield (
            f"clear cases (labels of 70 and more, of 30 and less) are told apart with an AUC of"
            f" {found.auc_extremes:.2f}; it must be {limits.auc_extremes:.2f} or more"
        )
    if found.spearman < limits.spearman:
        yield (
            f"scores follow the labels with a rank correlation of {found.spearman:.2f};"
            f" it must be {limits.spearman:.2f} or more"
        )
    if found.mean_error is not None and found.mean_error > limits.mean_error:
        yield (
            f"scores are off the labels by {found.mean_error:.1f} points on average;"
            f" at most {limits.mean_error:g} is allowed"
        )


def _again(check: JudgeCheck, limits: CheckThresholds) -> Iterator[str]:
    for moved, how in ((check.repeated, "a second time"), (check.reversed, "in reverse order")):
        if _beyond(moved, limits.again_mean, limits.again_largest):
            yield (
                f"the same answers scored {how} move by {_sizes(moved)};"
                f" at most {limits.again_mean:g} and {limits.again_largest:g} are allowed"
            )


def _length(check: JudgeCheck, limits: CheckThresholds) -> Iterator[str]:
    found, moved = check.length_correlation, check.lengthened.mean
    if found is not None and abs(found) > limits.length_correlation:
        yield (
            f"scores follow the length of an answer: given the label, their rank correlation with its words"
            f" is {found:+.2f}; it must lie within {limits.length_correlation:.2f} of 0"
        )
    if moved is not None and abs(moved) > limits.lengthened:
        yield (
            f"a neutral sentence behind an answer moves its score by {moved:+.1f} points on average;"
            f" it must be within {limits.lengthened:g}"
        )


def _injections(check: JudgeCheck, limits: CheckThresholds) -> Iterator[str]:
    moved = check.injected
    silenced = [one.id for one in check.injections if one.attacked is None and one.control is not None]
    if len(silenced) > limits.unscored * len(check.injections):
        yield (
            f"{len(silenced)} of {len(check.injections)} injections leave the judge without a score;"
            f" at most {limits.unscored:.0%} may"
        )
    if _beyond(moved, limits.injected_mean, limits.injected_largest):
        worst = max(
            (one for one in check.injections if one.control is not None and one.attacked is not None),
            key=lambda one: abs((one.attacked or 0) - (one.control or 0)),
        )
        yield (
            f"injections move scores by {_sizes(moved)} ('{worst.id}');"
            f" at most {limits.injected_mean:g} and {limits.injected_largest:g} are allowed"
        )


def _beyond(moved: Change, mean: float, largest: float) -> bool:
    return (moved.mean_size or 0) > mean or (moved.largest or 0) > largest


def _sizes(moved: Change) -> str:
    return f"{moved.mean_size or 0:.1f} points on average and {moved.largest or 0:.1f} at most"
