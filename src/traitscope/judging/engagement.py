"""Coherence that asks for engagement: fluent text that has nothing to do with its question is no answer.

    score = coherence,  at most 50 where the judge says that the answer does not engage with its question

Steering far enough makes some models recite one fluent passage whatever they are asked. Whether an answer
engages is a call of its own, made only where it could lower the score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.relay import Relay

CAP = 50.0
"""Coherence that an answer past its question may have: below every sensible threshold."""
ENGAGED = 50.0
"""Score of the yes/no call from which an answer engages: the judge thinks yes the likelier."""
RUBRIC = Rubric("engagement", "engagement")


class EngagedJudge(Relay):
    """A judge whose coherence is capped where an answer does not engage; other rubrics pass as they are."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """The judge's, and that coherence is capped."""
        return {**self._judge.identity, "engagement": True}

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """Judgements in the order asked, each told once it is final."""
        if rubric.kind != "coherence":
            return self._judge.score(rubric, asked, arrived)
        found: dict[int, Judgement] = {}
        open_still: list[int] = []

        def settled(index: int, judgement: Judgement) -> None:
            found[index] = judgement
            arrived(index, judgement)

        def fluent(index: int, judgement: Judgement) -> None:
            if judgement.value is None or judgement.value <= CAP:
                settled(index, judgement)
            else:
                open_still.append(index)
                found[index] = judgement

        self._judge.score(rubric, asked, fluent)
        places = sorted(open_still)

        def engages(place: int, judgement: Judgement) -> None:
            index = places[place]
            settled(index, _capped(found[index], judgement))

        self._judge.score(RUBRIC, [asked[index] for index in places], engages)
        return [found[index] for index in range(len(asked))]


def _capped(coherence: Judgement, engagement: Judgement) -> Judgement:
    if engagement.value is None:
        reason = f"whether it engages with its question: {engagement.reason}"
        return Judgement(None, reason, engagement.identity, coherence.mass)
    if engagement.value >= ENGAGED:
        return coherence
    return replace(coherence, value=CAP)
