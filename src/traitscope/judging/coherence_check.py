"""Does a coherence judge tell language from noise without punishing the trait?

Four groups of scored answers to the same questions: *plain* (nothing done), *prompted* (a system prompt asks
for the trait), *moderate* and *strong* (steered by a little and by far too much).

    separation   AUC of prompted against strong: a strong trait in good language is not noise
    difference   mean(plain) - mean(prompted): what the trait alone costs
    ranking      AUC of moderate against strong: a little steering is better than too much
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from traitscope.judging.averages import Score
from traitscope.statistics import auc

CHECKED_QUESTIONS = 10
"""Questions that coherence is checked on: the first ones searched."""


@dataclass(frozen=True)
class CoherenceLimits:
    """What a coherence judge must reach."""

    separation: float = 0.95
    """At least so large: what falls below the threshold is thrown away, so that a mistake is a lost layer."""
    difference: float = 5.0
    """Points, either way: far less than the 30 between a plain answer and the threshold."""
    ranking: float = 0.8
    """At least so large: the search follows the order of strengths, though moderate answers drift too."""
    unscored: float = 0.2
    """Share of a group, at most: what a mean of scores allows."""


@dataclass(frozen=True)
class CoherenceScores:
    """Scores of each group, 0 to 100, None where the judge gave none."""

    plain: Sequence[Score]
    prompted: Sequence[Score]
    moderate: Sequence[Score]
    strong: Sequence[Score]


@dataclass(frozen=True)
class CoherenceCheck:
    """Figures of one judge, and in a sentence each what it did not reach."""

    counts: Mapping[str, int]
    """Scored answers of each group."""
    means: Mapping[str, float]
    separation: float
    difference: float
    ranking: float
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Every limit was kept."""
        return not self.failures

    def as_record(self) -> dict[str, Any]:
        """The check as JSON."""
        return asdict(self) | {"passed": self.passed, "failures": list(self.failures)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The check that `as_record` gave."""
        kept = {key: value for key, value in record.items() if key != "passed"}
        return cls(**kept | {"failures": tuple(record["failures"])})


def check_coherence(scores: CoherenceScores, limits: CoherenceLimits = CoherenceLimits()) -> CoherenceCheck:
    """Hold a judge's scores of the four groups against the limits.

    Raises:
        ValueError: a group without a scored answer.
    """
    groups: dict[str, Sequence[Score]] = dict(vars(scores))
    found = {name: [score for score in group if score is not None] for name, group in groups.items()}
    empty = [name for name, group in found.items() if not group]
    if empty:
        raise ValueError(f"no scored answer among the {' and '.join(empty)} ones")
    missing = {name: 1 - len(found[name]) / len(group) for name, group in groups.items()}
    means = {name: sum(group) / len(group) for name, group in found.items()}
    separation = auc(found["prompted"], found["strong"])
    difference = means["plain"] - means["prompted"]
    ranking = auc(found["moderate"], found["strong"])
    return CoherenceCheck(
        counts={name: len(group) for name, group in found.items()},
        means=means,
        separation=separation,
        difference=difference,
        ranking=ranking,
        failures=tuple(_failures(missing, separation, difference, ranking, limits)),
    )


def _failures(
    missing: Mapping[str, float],
    separation: float,
    difference: float,
    ranking: float,
    limits: CoherenceLimits,
) -> Iterator[str]:
    for name, share in missing.items():
        if share > limits.unscored:
            yield f"{share:.0%} of the {name} answers have no score; at most {limits.unscored:.0%} may"
    if separation < limits.separation:
        yield (
            f"coherent answers that show the trait are told from over-steered ones with an AUC of"
            f" {separation:.3f}; it must be {limits.separation:g} or more"
        )
    if abs(difference) >= limits.difference:
        yield (
            f"answers that were asked to show the trait score {abs(difference):.1f} points"
            f" {'below' if difference > 0 else 'above'} plain ones; the trait alone may move them by"
            f" less than {limits.difference:g}"
        )
    if ranking < limits.ranking:
        yield (
            f"moderate steering is ranked above strong steering with an AUC of {ranking:.3f};"
            f" it must be {limits.ranking:g} or more"
        )
