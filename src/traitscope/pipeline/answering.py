"""Rows to answers, batch by batch through a journal: what is written is not decoded again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from traitscope.engine import Positions, Row, Steered, decode
from traitscope.experiment import Journal, digest
from traitscope.models import Ids
from traitscope.pipeline.run import Run


@dataclass(frozen=True)
class Ask:
    """One answer wanted.

    Attributes:
        text: the prompt before rendering.
        prompt: rendered ids.
        note: what is stored beside the answer, and, with the prompt, says which one it is.
        steered: what is done to its residual.
    """

    text: str
    prompt: Ids
    note: dict[str, Any] = field(default_factory=dict)
    steered: Steered = None


def answer(
    run: Run,
    variant: str,
    journal: Journal,
    asks: Sequence[Ask],
    new_tokens: int,
    positions: Positions = "all",
) -> list[dict[str, Any]]:
    """Answers in the order asked: the journal's where it has the batch, else decoded and appended to it.

    Batches are consecutive asks, `run.batch_rows` at most; each answer is the ask's note with `prompt`,
    `ids`, `text` and `ended`.
    """
    rows: list[dict[str, Any]] = []
    for start in range(0, len(asks), run.batch_rows):
        batch = asks[start : start + run.batch_rows]
        name = digest([[ask.prompt, ask.note] for ask in batch])
        found = journal.get(name)
        if found is None:
            found = journal.add(name, _decode(run, variant, batch, new_tokens, positions))
            run.progress.advance(len(batch), sum(len(row["ids"]) for row in found))
        else:
            run.progress.advance(len(batch), 0)
        rows.extend(found)
    return rows


def _decode(
    run: Run, variant: str, batch: Sequence[Ask], new_tokens: int, positions: Positions
) -> list[dict[str, Any]]:
    model, renderer = run.variants.model(variant), run.variants.renderer(variant)
    answers = decode(model, [Row(ask.prompt, ask.steered) for ask in batch], new_tokens, positions)
    return [
        {
            **ask.note,
            "prompt": list(ask.prompt),
            "ids": list(found.ids),
            "text": renderer.decode(found.ids),
            "ended": found.ended,
        }
        for ask, found in zip(batch, answers, strict=True)
    ]
