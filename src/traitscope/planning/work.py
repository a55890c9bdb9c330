"""What a run will do, as counts: batches that a model decodes or reads, judged answers, bytes written."""

from dataclasses import dataclass
from math import ceil
from typing import Literal, NamedTuple

Rubric = Literal["trait", "coherence", "engagement"]


class Decoding(NamedTuple):
    """A batch of rows decoded together."""

    rows: int
    prompt_tokens: int
    """Of all rows, pads left out."""
    longest: int
    """Tokens of the longest prompt: the others are padded to it."""
    new_tokens: int
    """Of each row, at most."""
    beside: int = 0
    """Rows of other variants in the same batch, counted with those."""

    @property
    def share(self) -> float:
        """Of the batch, what these rows are."""
        return self.rows / (self.rows + self.beside)

    @property
    def passes(self) -> int:
        """Their share of forward passes, of which the first reads the prompts and gives the first token."""
        return ceil(self.new_tokens * self.share)

    @property
    def generated(self) -> int:
        """New tokens of all rows."""
        return self.rows * self.new_tokens

    @property
    def read(self) -> int:
        """Tokens read."""
        return self.prompt_tokens


class Reading(NamedTuple):
    """A batch of given words read in one pass, with every layer's residual."""

    rows: int
    tokens: int
    longest: int
    kept: int
    """Tokens a row whose residuals are kept."""
    scored: int
    """Tokens a row whose logits are computed."""

    @property
    def passes(self) -> int:
        """Forward passes."""
        return 1

    @property
    def generated(self) -> int:
        """Nothing is."""
        return 0

    @property
    def read(self) -> int:
        """Tokens read."""
        return self.tokens


class Likelihood(NamedTuple):
    """A batch of answers whose likelihood is taken: each distinct prompt once, then all answers."""

    rows: int
    prompts: int
    prompt_tokens: int
    longest: int
    new_tokens: int

    @property
    def passes(self) -> int:
        """Forward passes: the prompts, the answers."""
        return 2

    @property
    def generated(self) -> int:
        """Nothing is."""
        return 0

    @property
    def read(self) -> int:
        """Tokens read."""
        return self.prompt_tokens + self.rows * self.new_tokens


Batch = Decoding | Reading | Likelihood


class Judged(NamedTuple):
    """Answers that a judge scores by one rubric."""

    judge: str
    rubric: Rubric
    answers: int
    tokens: int
    """Read by a language model for it, estimated; 0 of other judges."""


@dataclass(frozen=True)
class Work:
    """One piece of a stage: what it asks of a model, of judges and of the disk, at most.

    Attributes:
        stage, subject: as in `traitscope status`.
        variant: whose model runs; None where none does.
        batches: in no order.
        judged: by judge and rubric.
        spared: judged answers among these that a run may turn out not to need.
        counted: whether `summary.json` counts them as judged.
        disk: bytes written.
        host: bytes of this machine's memory at the worst moment, the model left aside.
    """

    stage: str
    subject: str
    variant: str | None = None
    batches: tuple[Batch, ...] = ()
    judged: tuple[Judged, ...] = ()
    spared: int = 0
    counted: bool = True
    disk: int = 0
    host: int = 0

    @property
    def decodings(self) -> tuple[Decoding, ...]:
        """The batches that are decoded."""
        return tuple(batch for batch in self.batches if isinstance(batch, Decoding))

    @property
    def generated(self) -> int:
        """New tokens, at most."""
        return sum(batch.generated for batch in self.batches)

    @property
    def read(self) -> int:
        """Tokens read, pads left out."""
        return sum(batch.read for batch in self.batches)

    @property
    def passes(self) -> int:
        """Forward passes, at most."""
        return sum(batch.passes for batch in self.batches)

    @property
    def answers(self) -> int:
        """Answers scored, one for each rubric."""
        return sum(one.answers for one in self.judged if one.rubric != "engagement")


def decoded(lengths: list[int], rows: int, new_tokens: int, companions: int = 0) -> tuple[Decoding, ...]:
    """Prompts of these lengths, decoded in their order, so many rows at a time; `companions` answer as many
    in the same batches."""
    together = max(1, rows // (1 + companions))
    parts = (lengths[start : start + together] for start in range(0, len(lengths), together))
    return tuple(
        Decoding(len(part), sum(part), max(part), new_tokens, companions * len(part)) for part in parts
    )
