"""Part of stage 3: variants of the same weights answer in the same batches, adapted rows beside clean ones.

What can share a batch is decided by the file alone. An adapter that cannot (DoRA, one that replaces whole
modules, ...) answers by itself, and the reason is said.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any

from traitscope.config.batches import MIXED_VARIANTS
from traitscope.engine import Row, mixing_obstacle
from traitscope.experiment import Artefact, Journal
from traitscope.models import Renderer
from traitscope.pipeline.answering import Ask, Batch, Generation, batch_of, decoded
from traitscope.pipeline.run import Run


class Companions:
    """Which variants answer together; an adapter is tried once, when its weights are first wanted."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._obstacles: dict[str, str | None] = {}

    def groups(self, variants: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """The variants divided among batches: those of the same weights together, in the file's order."""
        by_weights: dict[Any, list[str]] = {}
        for name in variants:
            by_weights.setdefault(
                (self.run.variants.source(name), self.run.variants.placement(name)), []
            ).append(name)
        for names in by_weights.values():
            alone = [name for name in names if len(names) > 1 and self._obstacle(name)]
            mixed = [name for name in names if name not in alone]
            for start in range(0, len(mixed), MIXED_VARIANTS):
                yield tuple(mixed[start : start + MIXED_VARIANTS])
            yield from ((name,) for name in alone)

    def _obstacle(self, name: str) -> str | None:
        if name not in self._obstacles:
            # Looking at an adapter that has answered already would load its weights for nothing.
            self._obstacles[name] = (
                mixing_obstacle(self.run.variants.model(name)) if self.run.variants.adapter(name) else None
            )
            if self._obstacles[name]:
                self.run.progress.say(f"{name} answers by itself: {self._obstacles[name]}")
        return self._obstacles[name]


def answer_together(
    run: Run,
    variants: Sequence[str],
    artefacts: Sequence[Artefact],
    asks: Sequence[Sequence[Ask]],
    new_tokens: int,
    rows_each: int,
) -> None:
    """Let variants answer, batch by batch through a journal each.

    Args:
        variants: of the same weights.
        artefacts: of each, what its answers belong to; none of them is done.
        asks: of each, the same questions as it renders them.
        new_tokens: at the most, of each answer.
        rows_each: of each variant in a batch, by the file alone, so that a batch is the same when run again.

    Raises:
        Stopped: the work shall end; all before this batch is kept.
    """
    start = time.monotonic()
    with ExitStack() as stack:
        records = [stack.enter_context(run.making(artefact)) for artefact in artefacts]
        journals = [Journal(artefact.folder / "responses.jsonl") for artefact in artefacts]
        rows: list[list[dict[str, Any]]] = [[] for _ in variants]
        together = max(1, rows_each)
        for first in range(0, len(asks[0]), together):
            run.conduct.check()
            batches = [batch_of(some[first : first + together]) for some in asks]
            found = [journal.get(batch.name) for journal, batch in zip(journals, batches, strict=True)]
            if any(one is None for one in found):
                answers = _decoded(run, variants, batches, new_tokens)
                for number, journal in enumerate(journals):
                    if found[number] is None:
                        found[number] = journal.add(batches[number].name, answers[number])
            for number, one in enumerate(found):
                rows[number] += one or []
            tokens = sum(len(row["ids"]) for one in found for row in one or [])
            run.progress.advance(sum(len(batch.asks) for batch in batches), tokens)
        for record, some in zip(records, rows, strict=True):
            record["generated_tokens"] = sum(len(row["ids"]) for row in some)
            record["seconds"] = (time.monotonic() - start) / len(variants)


def _decoded(
    run: Run, variants: Sequence[str], batches: Sequence[Batch], new_tokens: int
) -> list[list[dict[str, Any]]]:
    """The answers of each variant's batch, all decoded as one."""
    adapted = [run.variants.model(name) for name in variants]
    alone = len(variants) == 1
    model = adapted[0] if alone else run.variants.bare_model(variants[0])
    rows, asked = list[Row](), list[tuple[Ask, Renderer]]()
    for name, one, batch in zip(variants, adapted, batches, strict=True):
        rows += [Row(ask.prompt, adapter=None if alone else one.adapter) for ask in batch.asks]
        asked += [(ask, run.variants.renderer(name)) for ask in batch.asks]
    answers = iter(decoded(model, rows, asked, Generation(new_tokens)))
    return [list(islice(answers, len(batch.asks))) for batch in batches]
