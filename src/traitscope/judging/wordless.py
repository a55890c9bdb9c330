"""A judge that is watched, so that one without a score for anything is not asked a thousand times.

    stop after 20 judgements in a row without a score, where the judge never scored this rubric,
    or where none of the 20 is its own word: a fault on the way, which the next run asks again

A judge that has scored before is let be: answers past all coherence may have no score, many in a row.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from traitscope.errors import WorkError
from traitscope.judging.cache import JudgeCache
from traitscope.judging.cached import is_word
from traitscope.judging.judgement import Arrived, Asked, Judge, Judgement, Rubric, unheeded
from traitscope.judging.relay import Relay

MOST_IN_A_ROW = 20


@dataclass
class _Heard:
    """What a judge said for one rubric."""

    scored: bool = False
    in_a_row: list[Judgement] = field(default_factory=list)
    """Without a score, since the last one that had one."""


class WatchedJudge(Relay):
    """A judge that is stopped when it only fails to score.

    Args:
        judge: who is asked.
        where: what the user calls it, for the error.
        cache: knows whether the judge has scored in an earlier run.
    """

    def __init__(self, judge: Judge, where: str, cache: JudgeCache | None = None) -> None:
        super().__init__(judge)
        self._where, self._cache = where, cache
        self._heard: dict[Rubric, _Heard] = {}

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """Judgements in the order asked.

        Raises:
            WorkError: as the judge does; or it has no score for anything, with the reason it gave most often.
        """
        heard = self._heard.setdefault(rubric, _Heard())

        def listen(index: int, judgement: Judgement) -> None:
            arrived(index, judgement)
            if judgement.value is not None:
                heard.scored = True
                heard.in_a_row.clear()
                return
            heard.in_a_row.append(judgement)
            if len(heard.in_a_row) >= MOST_IN_A_ROW:
                self._stop_unless_it_can(rubric, heard)

        return self._judge.score(rubric, asked, listen)

    def _stop_unless_it_can(self, rubric: Rubric, heard: _Heard) -> None:
        row = heard.in_a_row
        scored = heard.scored or (
            self._cache is not None and self._cache.has_scored(self._judge.identity, rubric)
        )
        if scored and any(map(is_word, row)):
            row.clear()
            return
        reason = Counter(one.reason for one in row).most_common(1)[0][0]
        raise WorkError(
            self._where,
            f"{len(row)} answers in a row got no score for {rubric.name} ({reason})",
            "name another model or mode, or mend what keeps this one from scoring, and run the same command "
            "again; what was scored is kept",
        )
