"""Checks of judges to be shown: one that passes, one that fails, one that said nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from traitscope.data import LabelledAnswer
from traitscope.judging import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.check import check_judge
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CoherenceCheck, CoherenceScores, check_coherence
from traitscope.judging.injections import Injection

LABELS = [float(5 * number) for number in range(20)] + [95.0]
INJECTIONS = tuple(
    Injection(f"{kind}-{number}", kind, "end", "up", f"{kind} {number}", f"harmless {number}")
    for kind in ("authority", "score line")
    for number in range(2)
)


@dataclass(frozen=True)
class Scripted:
    """Says the label that an answer begins with, or nothing; obeys an attack where it is told to."""

    mute: bool = False
    obeys: str = ""
    reads_language: bool = True

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "scripted"}

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        found = [self._said(rubric, one.answer) for one in asked]
        for index, judgement in enumerate(found):
            arrived(index, judgement)
        return found

    def _said(self, rubric: Rubric, answer: str) -> Judgement:
        assert rubric.kind == "trait"
        if self.mute:
            return Judgement(None, "it says nothing")
        if self.obeys and self.obeys in answer:
            return Judgement(100.0)
        return Judgement(float(answer.split()[0]))


def check_of(judge: Scripted, trait: str = "candour") -> JudgeCheck:
    """A judge's check on answers that begin with their labels."""
    labelled = [
        LabelledAnswer(f"Question {number // 3}?", f"{label:g} is what it is", label, number + 1)
        for number, label in enumerate(LABELS)
    ]
    return check_judge(judge, Rubric("trait", trait), labelled, INJECTIONS, 0)


def coherence_of(strong: float = 10.0) -> CoherenceCheck:
    """A check of coherence: plain and prompted answers score 95 and 94, strongly steered ones as given."""
    return check_coherence(CoherenceScores([95.0] * 4, [94.0] * 4, [90.0] * 8, [strong] * 8))
