"""One trait's steering as its batches see it: what may be asked, how it is answered, who scores it."""

import time
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple, TypeAlias, TypeVar

from torch import Tensor

from traitscope.config import SteerSettings
from traitscope.data import QuestionSplit, Trait
from traitscope.engine import Push
from traitscope.experiment import Journal
from traitscope.models import Component
from traitscope.pipeline.answering import Ask, Batch, Generation, answer_batch, batched, draw_seed
from traitscope.pipeline.judge.scoring import Read, Scored, Scorer
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.nesting import means_by_question, over_samples
from traitscope.pipeline.steer.pace import Timed, note_seconds
from traitscope.steering import Norms, Point, Site, Source
from traitscope.vectors import Directions


class Aim(NamedTuple):
    """A direction, and where and how far it is pushed along."""

    point: Point
    direction: Tensor
    mark: str = ""
    """Digest of the direction where that is not the trait's own: answers are kept by it too."""

    def push(self, component: Component) -> Push:
        """What the engine adds."""
        return Push(self.point.layer, self.point.coefficient * self.direction, component)


@dataclass
class Spent:
    """Seconds of a trait's steering, and what they were spent on."""

    answering: float = 0.0
    judging: float = 0.0
    answers: int = 0
    """Made in this run, and not found in the journal."""


@dataclass(frozen=True)
class Bench:
    """One trait's steering: everything that its batches follow from."""

    run: Run
    trait: Trait
    settings: SteerSettings
    split: QuestionSplit
    directions: Mapping[Source, Directions]
    """What competes: unit directions of every layer that are added."""
    layers: Sequence[int]
    """Those searched."""
    answers: Journal
    scores: Journal
    scorer: Scorer
    waits: bool = False
    """Scores come from elsewhere, and the model is free until they are there."""
    proved: bool = False
    """What it finds without a refinement was proved before."""
    timed: Timed | None = None
    """Where it is kept how long answers took; None: nowhere."""
    spent: Spent = field(default_factory=Spent)
    batches: list[str] = field(default_factory=list)
    """Which of the kept answers this search asked for, by their batches."""

    @cached_property
    def norms(self) -> Norms:
        """Base norms of all layers, by what competes."""
        return {
            source: dict(enumerate(found.base_norm.tolist())) for source, found in self.directions.items()
        }

    def vector(self, site: Site) -> Tensor:
        """The unit direction that is added there, (width,) float32."""
        return self.directions[site.source].write[site.layer]

    def aim(self, point: Point) -> Aim:
        """A point with its direction."""
        return Aim(point, self.vector(point.site))

    @property
    def generation(self) -> Generation:
        """How its answers are made."""
        return Generation(self.settings.new_tokens, self.settings.positions, self.settings.temperature)


class Wanted(NamedTuple):
    """Answers that a trait's steering goes on from: every aim's to every question."""

    bench: Bench
    split: str
    """search or report."""
    questions: Sequence[str]
    aims: Mapping[str, Aim | None]
    """By the name of the arm; None is unsteered."""
    unsteered: float | None
    """What coherence is relative to (`Scorer.unsteered`); None says that these are the unsteered answers."""
    note: Mapping[str, Any] = {}
    """Stored beside each answer, and part of which one it is."""
    system_prompts: Mapping[str, str] = {}
    """By the name of the arm, where it is not the trait's."""


class Refinement(NamedTuple):
    """What a trait's search would go on with if there is time."""

    gain: float
    """Points by which it may beat what was found so far."""
    answers: int
    """How many it takes at the most."""
    proof: int
    """Answers that what is found takes to be proved, whether refined or not."""
    proved: bool = False
    """Without the refinement that was done before."""


Scores: TypeAlias = dict[str, list[Scored]]
"""Arm -> scores in the order of the questions, each the mean over the question's answers."""

Found = TypeVar("Found")
Steps: TypeAlias = Generator[Wanted | Refinement, Any, Found]
"""Work on a trait, which returns what it found: it yields what it wants answered and is sent `Scores`, or
what else it would search and is sent whether there is time."""


class Piece(NamedTuple):
    """Batches that are judged together."""

    bench: Bench
    batches: Sequence[Batch]
    unsteered: float | None


def pieces(wanted: Wanted) -> list[Piece]:
    """What is wanted as pieces that need nothing of each other.

    Steered answers are a piece a batch. Unsteered ones are what coherence is relative to, so that none of
    them can be scored before all are there.
    """
    bench = wanted.bench
    run, settings = bench.run, bench.settings
    renderer = run.variants.renderer(settings.variant)
    component = run.experiment.config.extract.component
    asks = []
    for name, aim in wanted.aims.items():
        system_prompt = wanted.system_prompts.get(name, bench.trait.system_prompt)
        for index, sample in product(range(len(wanted.questions)), range(settings.samples)):
            question = wanted.questions[index]
            note = {"split": wanted.split, "arm": name, "question": index, **wanted.note}
            if settings.temperature:
                note["sample"] = sample
            steered = None
            if aim is not None:
                note |= asdict(aim.point) | ({"direction": aim.mark} if aim.mark else {})
                steered = aim.push(component)
            # The same for every push: answers to a question differ by their pushes alone.
            prompt, seed = renderer.ids(question, system_prompt), draw_seed(run.seed, question, sample)
            asks.append(Ask(question, prompt, note, steered, seed))
    found = batched(run, asks)
    bench.batches.extend(batch.name for batch in found)
    if wanted.unsteered is None:
        return [Piece(bench, found, None)]
    return [Piece(bench, [batch], wanted.unsteered) for batch in found]


def answer_piece(piece: Piece) -> Read:
    """Let the model answer, and read how likely the answers are: the part of a piece that needs the model."""
    bench, start = piece.bench, time.monotonic()
    run = bench.run
    new = sum(len(batch.asks) for batch in piece.batches if bench.answers.get(batch.name) is None)
    answers = [
        row
        for batch in piece.batches
        for row in answer_batch(run, bench.settings.variant, bench.answers, batch, bench.generation)
    ]
    seconds = time.monotonic() - start
    bench.spent.answering += seconds
    bench.spent.answers += new
    if bench.timed and new == len(answers):
        note_seconds(bench.timed.answering, [batch.name for batch in piece.batches], new, seconds)
    questions = [ask.text for batch in piece.batches for ask in batch.asks]
    start = time.monotonic()
    read = bench.scorer.read(bench.scores, answers, questions, piece.unsteered)
    seconds = time.monotonic() - start
    bench.spent.judging += seconds
    return replace(read, seconds=seconds)


def judge_piece(bench: Bench, read: Read) -> list[Scored]:
    """Scores of a piece's answers, in their order; in whichever thread."""
    start = time.monotonic()
    new = all(bench.scores.get(name) is None for name in read.batches)
    scored = bench.scorer.judge_read(bench.scores, read)
    seconds = time.monotonic() - start
    bench.spent.judging += seconds
    if bench.timed and new:
        note_seconds(bench.timed.judging, list(read.batches), len(scored), read.seconds + seconds)
    return scored


def by_arm(wanted: Wanted, scored: Sequence[Scored]) -> Scores:
    """The scores of all that was wanted, by arm."""
    samples = wanted.bench.settings.samples
    places = [place for place in range(len(wanted.questions)) for _ in range(samples)]
    size = len(places)
    return {
        name: _by_question(places, scored[index * size : (index + 1) * size])
        for index, name in enumerate(wanted.aims)
    }


def arm_rows(answers: Journal, batches: Collection[str], split: str, arm: str) -> list[dict[str, Any]]:
    """The answers of an arm that a search asked for, by its batches, in the order of the questions and, of
    each, of its samples."""
    rows = [
        row
        for row in answers.all_rows()
        if row["batch"] in batches and (row["split"], row["arm"]) == (split, arm)
    ]
    return sorted(rows, key=lambda row: (int(row["question"]), int(row.get("sample", 0))))


def _by_question(places: Sequence[int], scored: Sequence[Scored]) -> list[Scored]:
    return [
        Scored(*means)
        for means in zip(
            over_samples(places, [one.trait for one in scored]),
            over_samples(places, [one.coherence for one in scored]),
            means_by_question(places, [one.log_probability for one in scored]),
            strict=True,
        )
    ]
