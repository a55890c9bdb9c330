"""A judge that asks nothing twice."""

from collections.abc import Sequence

from traitscope.judging.cache import JudgeCache, judgement_key
from traitscope.judging.judgement import Arrived, Asked, Judge, Judgement, Rubric, unheeded
from traitscope.judging.relay import Relay


def cached(judge: Judge, cache: JudgeCache) -> "CachedJudge":
    """The judge behind a cache: it is asked only what the cache does not know, and equal questions once."""
    return CachedJudge(judge, cache)


class CachedJudge(Relay):
    """See `cached`."""

    def __init__(self, judge: Judge, cache: JudgeCache) -> None:
        super().__init__(judge)
        self._cache = cache

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """Judgements in the order asked; each new one is on the disk before it is told.

        Raises:
            WorkError: the cache cannot be read or written; or as the judge does.
        """
        identity = self._judge.identity
        keys = [judgement_key(identity, rubric, one) for one in asked]
        places: dict[str, list[int]] = {}
        for index, key in enumerate(keys):
            places.setdefault(key, []).append(index)
        found: dict[str, Judgement] = {}

        def tell(key: str, judgement: Judgement) -> None:
            found[key] = judgement
            for index in places[key]:
                arrived(index, judgement)

        for key, judgement in self._cache.look_up(list(places)).items():
            tell(key, judgement)
        missing = [key for key in places if key not in found]

        def heard(place: int, said: Judgement) -> None:
            key = missing[place]
            one = asked[places[key][0]]
            kept = is_word(said)
            tell(key, self._cache.add(key, identity, rubric, one, said) if kept else _plain(said))

        if missing:
            self._judge.score(rubric, [asked[places[key][0]] for key in missing], heard)
        return [found[key] for key in keys]


def is_word(said: Judgement) -> bool:
    """Whether a judgement is the judge's own word; without value and identity it is a fault on the way."""
    return said.value is not None or bool(said.identity)


def _plain(said: Judgement) -> Judgement:
    return Judgement(said.value, said.reason, said.identity, said.mass)
