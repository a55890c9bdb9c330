"""Finished searches of a trait, the present one and those it replaced, each with what it rests on.

A manifest names the fingerprint of what its artefact was made from, so that scores which still lie in the
folder are found to belong to a search in the archive, and the other way round.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.experiment import Experiment, Journal, read_manifest
from traitscope.experiment.files import read_json
from traitscope.pipeline.steer.nesting import over_samples
from traitscope.pipeline.steer.stage import BEST

Manifest = dict[str, Any]


class Judged(NamedTuple):
    """A stored answer with its scores."""

    question: str
    answer: Mapping[str, Any]
    """Its row of `answers.jsonl`."""
    score: Mapping[str, Any]
    """Its row of `scores.jsonl`."""


@dataclass(frozen=True)
class PastSearch:
    """A search that came to its end.

    Attributes:
        best: what it found, the content of `best.json`.
        search, scores, answers: manifests of the artefacts; None where one is gone.
        answered: where its answers lie, among those of other searches.
        scored: where their scores lie.
        vectors: the folder of the extraction that it steered with; None where that is gone.
        extraction: its manifest.
        archived: it was replaced.
    """

    best: dict[str, Any]
    search: Manifest
    scores: Manifest | None
    answers: Manifest | None
    answered: Path
    scored: Path
    vectors: Path | None
    extraction: Manifest | None
    archived: bool

    @cached_property
    def judged(self) -> list[Judged]:
        """Its answers with their scores, in the order in which they were asked for; those that are gone are
        left out."""
        if self.scores is None or self.answers is None:
            return []
        answers, scores = Journal(self.answered), Journal(self.scored)
        return [
            Judged(self.question(answer), answer, score)
            for batch in dict.fromkeys(self.best["batches"])
            for answer, score in zip(answers.get(batch) or (), scores.get(batch) or (), strict=False)
        ]

    def question(self, answer: Mapping[str, Any]) -> str:
        """What an answer is one to."""
        return str(self.best["questions"][answer["split"]][answer["question"]])

    def reported(self, arm: str) -> dict[str, float]:
        """Report question -> mean trait score of an arm's answers to it, of those that have one."""
        own = [one for one in self.judged if (one.answer["split"], one.answer["arm"]) == ("report", arm)]
        places = [one.answer["question"] for one in own]
        means = over_samples(places, [one.score["trait"] for one in own])
        questions = self.best["questions"]["report"]
        return {
            questions[place]: mean
            for place, mean in zip(sorted(set(places)), means, strict=True)
            if mean is not None
        }


def finished_searches(experiment: Experiment, trait: str) -> list[PastSearch]:
    """A trait's searches that came to their end, oldest first.

    Raises:
        WorkError: a manifest or what was found is damaged.
    """
    config, layout = experiment.config, experiment.layout
    assert config.steer is not None
    steered = layout.steer(trait, config.steer.variant)
    extracted = layout.extract(trait, config.extract.variant)
    places, sources = ([*layout.replaced(folder), folder] for folder in (steered, extracted))
    return list(_finished(places, sources))


def _finished(places: Sequence[Path], sources: Sequence[Path]) -> Iterator[PastSearch]:
    kept = {
        name: [(place, read_manifest(place / f"{name}.manifest.json")) for place in places]
        for name in ("answers", "scores", "search")
    }
    extractions = [(source, read_manifest(source / "manifest.json")) for source in sources]
    for number, (place, manifest) in enumerate(kept["search"]):
        if manifest is None or manifest["state"] != "done" or not (place / BEST).exists():
            continue
        scored, scores = _nearest(kept["scores"], manifest["parts"].get("scores"), number)
        answered, answers = _nearest(
            kept["answers"], (scores or {"parts": {}})["parts"].get("answers"), number
        )
        directions = (answers or {"parts": {}})["parts"].get("directions")
        vectors, extraction = _nearest(extractions, directions, len(extractions))
        yield PastSearch(
            read_json(place / BEST),
            manifest,
            scores,
            answers,
            answered / "answers.jsonl",
            scored / "scores.jsonl",
            None if extraction is None else vectors,
            extraction,
            archived=place != places[-1],
        )


def _nearest(
    found: Sequence[tuple[Path, Manifest | None]], fingerprint: str | None, number: int
) -> tuple[Path, Manifest | None]:
    """Of the artefacts with a fingerprint the one that was archived at nearly the same time: what a file once
    said, it may say again."""
    fitting = [
        (abs(place - number), -place, folder, manifest)
        for place, (folder, manifest) in enumerate(found)
        if manifest is not None and manifest["fingerprint"] == fingerprint
    ]
    if not fitting:
        return found[-1][0], None
    _, _, folder, manifest = min(fitting, key=lambda one: one[:2])
    return folder, manifest
