"""Answers to scores, batch by batch through a journal: what is written is not judged again, unless the
judge's word was lost on the way.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from traitscope.data import Trait
from traitscope.data.trait import trait_prompt as trait_prompt
from traitscope.engine import log_probabilities
from traitscope.errors import WorkError
from traitscope.experiment import Journal
from traitscope.judging import Judge, Judgement, Score, coherence
from traitscope.models import Ids
from traitscope.pipeline.judge.judges import COHERENCE, EMPTY, TraitJudge, judged, label, was_lost
from traitscope.pipeline.run import Run

Answers = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Scored:
    """The scores of one answer."""

    trait: float | None
    coherence: float | None
    log_probability: float | None
    """Mean over the answer's tokens under the unsteered model, nats; the better of with and without the
    trait's system prompt. None for an empty answer, and where likelihood does not judge coherence."""


@dataclass(frozen=True)
class Scorer:
    """Who scores a trait's answers for the trait, and who for coherence."""

    run: Run
    variant: str
    trait: Trait
    judge: TraitJudge
    reader: Judge | None
    """Reads coherence; None where the likelihood judges it."""

    def score(
        self, journal: Journal, answers: Answers, questions: Sequence[str], unsteered: float | None
    ) -> list[Scored]:
        """Scores of `answers` to `questions`, in order; batches are those the answers were decoded in.

        `unsteered` is the mean log-probability of the unsteered answers to the same questions; None says that
        these are they.
        """
        return self.judge_read(journal, self.read(journal, answers, questions, unsteered))

    def read(
        self, journal: Journal, answers: Answers, questions: Sequence[str], unsteered: float | None
    ) -> "Read":
        """The part of `score` that needs the model: how likely the answers are, where that is coherence."""
        batches: dict[str, list[int]] = {}
        for index, row in enumerate(answers):
            batches.setdefault(row["batch"], []).append(index)
        likelihoods = self._likelihoods(journal, answers, questions, batches, unsteered)
        return Read(answers, questions, batches, likelihoods)

    def judge_read(self, journal: Journal, read: "Read") -> list[Scored]:
        """The rest of `score`, which asks the judges and may be done in a thread of its own."""
        scored: dict[int, Scored] = {}
        for name, places in read.batches.items():
            rows = kept_scores(journal, name)
            if rows is None:
                texts = [read.answers[place]["text"] for place in places]
                asked = [read.questions[place] for place in places]
                coherences = (
                    judged(self.reader, COHERENCE, asked, texts)
                    if self.reader
                    else read.likelihoods.judgements(name, texts)
                )
                traits = self.judge.score(asked, texts)
                nats = read.likelihoods.of(name, len(places))
                rows = journal.add(
                    name, [score_row(*one) for one in zip(traits, coherences, nats, strict=True)]
                )
            for place, row in zip(places, rows, strict=True):
                scored[place] = Scored(row["trait"], row["coherence"], row["log_probability"])
        return [scored[index] for index in range(len(read.answers))]

    def unsteered(self, scored: Sequence[Scored]) -> float:
        """What coherence is relative to: the mean log-probability of unsteered answers."""
        return 0.0 if self.reader else _mean([one.log_probability for one in scored])

    def coherence_record(self, name: str, journal: Journal) -> dict[str, Any]:
        """Who scored coherence, in tables, and as which models it named itself."""
        if self.reader is None:
            return {"coherence_judge": name, "coherence_answered_by": []}
        answered_by = sorted({row["coherence_judge"] for row in journal.all_rows()} - {""})
        shown = label(name, self.reader.identity, answered_by)
        return {"coherence_judge": shown, "coherence_answered_by": answered_by}

    def _likelihoods(
        self,
        journal: Journal,
        answers: Answers,
        questions: Sequence[str],
        batches: dict[str, list[int]],
        unsteered: float | None,
    ) -> "_Likelihoods":
        """Log-probabilities of batches that the journal does not have; of all, where they are held against
        their own mean."""
        if self.reader:
            return _Likelihoods({}, 0.0)
        found: dict[str, list[float | None]] = {}
        for name, places in batches.items():
            done = kept_scores(journal, name)
            if done is None:
                found[name] = _log_probabilities(
                    self.run,
                    self.variant,
                    self.trait,
                    [answers[i] for i in places],
                    [questions[i] for i in places],
                )
            elif unsteered is None:
                found[name] = [row["log_probability"] for row in done]
        reference = (
            _mean([one for some in found.values() for one in some]) if unsteered is None else unsteered
        )
        return _Likelihoods(found, reference)


@dataclass(frozen=True)
class _Likelihoods:
    """Mean log-probabilities of answers, by batch, and what they are held against."""

    batches: dict[str, list[float | None]]
    unsteered: float

    def of(self, batch: str, size: int) -> list[float | None]:
        return self.batches.get(batch, [None] * size)

    def judgements(self, batch: str, texts: Sequence[str]) -> list[Judgement]:
        return [
            Judgement(0.0 if nats is None else coherence(text, nats, self.unsteered), identity="likelihood")
            for text, nats in zip(texts, self.batches[batch], strict=True)
        ]


@dataclass(frozen=True)
class Read:
    """Answers that the judges can be asked about: the model has done its part."""

    answers: Answers
    questions: Sequence[str]
    batches: dict[str, list[int]]
    """Name of a batch -> places of its answers."""
    likelihoods: _Likelihoods
    seconds: float = 0.0
    """What the model's part took."""


def coherence_scores(
    run: Run,
    variant: str,
    trait: Trait,
    reader: Judge | None,
    answers: Answers,
    questions: Sequence[str],
    unsteered: int,
) -> list[Score]:
    """Coherence of answers of all kinds to plain questions; likelihoods are held against those of the first
    `unsteered` ones."""
    texts = [row["text"] for row in answers]
    if reader is not None:
        return [one.value for one in judged(reader, COHERENCE, questions, texts)]
    nats = _log_probabilities(run, variant, trait, answers, questions)
    reference = _mean(nats[:unsteered])
    return [
        0.0 if one is None else coherence(text, one, reference) for text, one in zip(texts, nats, strict=True)
    ]


def common_reason(journal: Journal) -> str:
    """Why answers have no trait score, as was said most often; empty where all have one."""
    said = Counter(row["trait_reason"] for row in journal.all_rows() if "trait_reason" in row)
    return said.most_common(1)[0][0] if said else ""


def score_row(trait: Judgement, coherent: Judgement, nats: float | None) -> dict[str, Any]:
    """A line of `scores.jsonl`; an empty answer is incoherent, whoever judges."""
    empty = coherent.value is None and coherent.reason == EMPTY
    row: dict[str, Any] = {"trait": trait.value, "coherence": 0.0 if empty else coherent.value}
    if trait.value is None:
        row["trait_reason"] = trait.reason
    if row["coherence"] is None:
        row["coherence_reason"] = coherent.reason
    row |= {"judge": trait.identity, "coherence_judge": coherent.identity}
    if trait.mass is not None:
        row["mass"] = trait.mass
    return row | {"log_probability": nats}


def kept_scores(journal: Journal, batch: str) -> list[dict[str, Any]] | None:
    """The scores of a batch; None where there are none yet, and where one was lost."""
    rows = journal.get(batch)
    return None if rows is None or any(map(_was_lost, rows)) else rows


def _was_lost(row: dict[str, Any]) -> bool:
    return was_lost(row["trait"], row.get("trait_reason", ""), row["judge"]) or was_lost(
        row["coherence"], row.get("coherence_reason", ""), row["coherence_judge"]
    )


def _mean(values: Sequence[float | None]) -> float:
    found = [value for value in values if value is not None]
    if not found:
        raise WorkError(
            "the unsteered answers",
            "are all empty, so that nothing can be compared with them",
            "check the steered variant's chat template and system prompt",
        )
    return sum(found) / len(found)


def _log_probabilities(
    run: Run, variant: str, trait: Trait, answers: Answers, questions: Sequence[str]
) -> list[float | None]:
    """Mean log-probability of each answer, with or without a system prompt asking for the trait."""
    model, renderer = run.variants.model(variant), run.variants.renderer(variant)
    texts: list[Ids] = [tuple(row["ids"]) for row in answers]
    plain = [tuple(row["prompt"]) for row in answers]
    asking = [renderer.ids(question, trait_prompt(trait)) for question in questions]
    readings = [log_probabilities(model, prompts, texts) for prompts in (plain, asking)]
    return [
        max(float(without.mean()), float(asked.mean())) if len(without) else None
        for without, asked in zip(*readings, strict=True)
    ]
