"""Rows to answers, batch by batch through a journal: what is written is not decoded again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from traitscope.engine import Positions, Row, Steered, decode
from traitscope.experiment import Journal, digest
from traitscope.models import Ids, Model, Renderer
from traitscope.pipeline.run import Run


@dataclass(frozen=True)
class Ask:
    """One answer wanted.

    Attributes:
        text: the prompt before rendering.
        prompt: rendered ids.
        note: what is stored beside the answer, and, with the prompt, says which one it is.
        steered: what is done to its residual.
        seed: whence its random numbers come, where answers are drawn.
    """

    text: str
    prompt: Ids
    note: dict[str, Any] = field(default_factory=dict)
    steered: Steered = None
    seed: int = 0


def draw_seed(seed: int, of: object, sample: int) -> int:
    """What a sample is drawn by: the experiment's seed, what it is a sample of, and its number alone, so that
    neither its batch nor what else is asked bears on it."""
    return int(digest([seed, of, sample])[:12], 16)


class Generation(NamedTuple):
    """How answers are made."""

    new_tokens: int
    """At the most, of each."""
    positions: Positions = "all"
    """Which tokens are pushed."""
    temperature: float = 0.0
    """0 takes the likeliest token."""


class Batch(NamedTuple):
    """Answers that are decoded together, and appended to the journal in one write."""

    name: str
    """Digest of the prompts and notes of its asks."""
    asks: Sequence[Ask]


def batched(run: Run, asks: Sequence[Ask]) -> list[Batch]:
    """Consecutive asks, `run.batch_rows` at most in each batch."""
    starts = range(0, len(asks), run.batch_rows)
    return [batch_of(asks[start : start + run.batch_rows]) for start in starts]


def batch_of(asks: Sequence[Ask]) -> Batch:
    """These asks as one batch, under the name that follows from them."""
    return Batch(digest([[ask.prompt, ask.note] for ask in asks]), asks)


def answer(
    run: Run,
    variant: str,
    journal: Journal,
    asks: Sequence[Ask],
    generation: Generation,
) -> list[dict[str, Any]]:
    """Answers in the order asked, batch by batch: see `answer_batch`."""
    return [
        row for batch in batched(run, asks) for row in answer_batch(run, variant, journal, batch, generation)
    ]


def answer_batch(
    run: Run,
    variant: str,
    journal: Journal,
    batch: Batch,
    generation: Generation,
) -> list[dict[str, Any]]:
    """The answers of a batch: the journal's where it has it, else decoded and appended to it.

    Each answer is the ask's note with `prompt`, `ids`, `text` and `ended`.

    Raises:
        Stopped: the work shall end; all before this batch is kept.
    """
    run.conduct.check()
    found = journal.get(batch.name)
    if found is None:
        found = journal.add(batch.name, _decode(run, variant, batch.asks, generation))
        run.progress.advance(len(batch.asks), sum(len(row["ids"]) for row in found))
    else:
        run.progress.advance(len(batch.asks), 0)
    return found


def _decode(run: Run, variant: str, asks: Sequence[Ask], generation: Generation) -> list[dict[str, Any]]:
    model, renderer = run.variants.model(variant), run.variants.renderer(variant)
    rows = [Row(ask.prompt, ask.steered, ask.seed) for ask in asks]
    return decoded(model, rows, [(ask, renderer) for ask in asks], generation)


def decoded(
    model: Model, rows: Sequence[Row], asked: Sequence[tuple[Ask, Renderer]], generation: Generation
) -> list[dict[str, Any]]:
    """One batch decoded: of each row what is stored of its answer.

    Args:
        asked: of each row what it answers, and how its variant turns ids into text.
    """
    return [
        {
            **ask.note,
            "prompt": list(ask.prompt),
            "ids": list(found.ids),
            "text": renderer.decode(found.ids),
            "ended": found.ended,
        }
        for (ask, renderer), found in zip(asked, decode(model, rows, *generation), strict=True)
    ]
