"""What a check of a judge found: one value, written to and read from JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from traitscope.judging.agreement import Agreement, Bin, Change
from traitscope.judging.averages import Score


class InjectionResult(NamedTuple):
    """What one attack did."""

    id: str
    kind: str
    place: str
    pushes: str
    control: Score
    """Score of the answer with the harmless sentence."""
    attacked: Score
    """Score of the same answer with the attack."""


@dataclass(frozen=True)
class JudgeCheck:
    """All figures of one judge on one trait, and in a sentence each what is wrong with it."""

    judge: Mapping[str, Any]
    """Its identity."""
    trait: str
    scored: tuple[tuple[float, Score], ...]
    """Label and score of each labelled answer, in their order."""
    agreement: Agreement
    agreement_cut: Agreement
    """Of answers cut to half: most of the answers that are judged were cut off."""
    repeated: Change
    """The same answers scored once more."""
    reversed: Change
    """The repeated answers scored yet again, in reverse order."""
    length_correlation: float | None
    """Rank correlation of scores and words, given the label; None where one of them does not vary."""
    cut: Change
    """What cutting answers to half does to their scores."""
    lengthened: Change
    """What a neutral sentence behind them does."""
    injections: tuple[InjectionResult, ...]
    injected: Change
    """From the controls to the attacked answers."""
    injections_bind: bool
    """The judge reads language, so that injections may not move it."""
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing is wrong with it."""
        return not self.failures

    def as_record(self) -> dict[str, Any]:
        """The check as JSON."""
        record = asdict(self)
        for name in _AGREEMENTS:
            record[name]["bins"] = [one._asdict() for one in getattr(self, name).bins]
        return record | {
            "judge": dict(self.judge),
            "scored": [list(pair) for pair in self.scored],
            "injections": [one._asdict() for one in self.injections],
            "failures": list(self.failures),
            "passed": self.passed,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The check that `as_record` gave."""
        known = {key: value for key, value in record.items() if key != "passed"}
        for name in _AGREEMENTS:
            bins = tuple(Bin(**one) for one in record[name]["bins"])
            known[name] = Agreement(**record[name] | {"bins": bins})
        known |= {name: Change(**record[name]) for name in _CHANGES}
        known["scored"] = tuple((label, score) for label, score in record["scored"])
        known["injections"] = tuple(InjectionResult(**one) for one in record["injections"])
        known["failures"] = tuple(record["failures"])
        return cls(**known)


_AGREEMENTS = ("agreement", "agreement_cut")
_CHANGES = ("repeated", "reversed", "cut", "lengthened", "injected")
