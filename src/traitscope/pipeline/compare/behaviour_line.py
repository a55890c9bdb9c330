"""The behaviour line of a comparison: what judges make of both variants' own answers, whole and cut alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from traitscope.comparison import Behaviour, behaviour, unjudged
from traitscope.config import InferSettings
from traitscope.data import Trait
from traitscope.inference import Summary
from traitscope.judging import coherence, mean_score
from traitscope.judging.classifier import LEAST_AUC
from traitscope.pipeline.compare.readings import Compared, Readings
from traitscope.pipeline.extract.stage import extracted_traits
from traitscope.pipeline.infer.stage import judge_choice, judged_traits, load_answers, questions_asked
from traitscope.pipeline.judge.judges import TraitJudge
from traitscope.pipeline.judge.trait_judge import trait_judge
from traitscope.pipeline.run import QUESTIONS, Run

COHERENT = 70.0
"""Mean coherence of a variant's own answers below which nothing is said of its behaviour."""


@dataclass(frozen=True)
class BehaviourLine:
    """What is known of the answers.

    Attributes:
        whole: trait -> what the judge found, None without one.
        cut: the same of answers cut to equal length: both to a question have as many response tokens as the
            shorter one.
        judged: answers that were scored, whole and cut.
        coherence: mean over the prompt set's answers, before and after.
        incoherent: why the answers cannot be judged, None if they can.
    """

    whole: Mapping[str, Behaviour | None]
    cut: Mapping[str, Behaviour | None]
    judged: int
    coherence: tuple[float, float]
    incoherent: str | None


@dataclass(frozen=True)
class _Answers:
    """Both variants' answers to some questions: as they are, and cut; None where one of the two is empty."""

    questions: list[str]
    whole: tuple[list[str], list[str]]
    cut: tuple[list[str | None], list[str | None]]


def behaviour_line(run: Run, one: Compared, settings: InferSettings, found: Readings) -> BehaviourLine:
    """Scores of every trait's judge, and how coherent the answers are."""
    able = extracted_traits(run)
    judges = {
        name: trait_judge(run, trait, judge_choice(run))
        for name, trait in judged_traits(run).items()
        if name in able
    }
    tests = sum(judge.weakness is None for judge in judges.values())
    whole: dict[str, Behaviour | None] = dict.fromkeys(able)
    cut: dict[str, Behaviour | None] = dict.fromkeys(able)
    judged = 0
    for name, judge in judges.items():
        answers = _answers(run, one, settings, able[name])
        whole[name], cut[name], count = _judged(answers, judge, run.seed, tests)
        judged += count
    means = _coherence(run, one, settings, found)
    return BehaviourLine(whole, cut, judged, means, _incoherent(one, means))


def _answers(run: Run, compared: Compared, settings: InferSettings, trait: Trait) -> _Answers:
    """The answers to the prompt set and to the trait's report questions."""
    pair, prompts = compared
    asked = [prompts, *(one for one in questions_asked(run) if one.name == f"{QUESTIONS}{trait.name}")]
    both = [
        [row for one in asked for row in load_answers(run, variant, one, settings)]
        for variant in (pair.before, pair.after)
    ]
    lengths = [min(len(row["ids"]) for row in rows) for rows in zip(*both, strict=True)]
    before, after = (
        [_cut(run, variant, row, length) for row, length in zip(rows, lengths, strict=True)]
        for variant, rows in zip((pair.before, pair.after), both, strict=True)
    )
    whole = [row["text"] for row in both[0]], [row["text"] for row in both[1]]
    return _Answers([text for one in asked for text in one.texts], whole, (before, after))


def _cut(run: Run, variant: str, row: Mapping[str, Any], length: int) -> str | None:
    if not length:
        return None
    whole = len(row["ids"]) == length
    return str(row["text"] if whole else run.variants.renderer(variant).decode(tuple(row["ids"][:length])))


def _judged(answers: _Answers, judge: TraitJudge, seed: int, tests: int) -> tuple[Behaviour, Behaviour, int]:
    """Behaviour of whole and of cut answers, and how many the judge was given."""
    asked = len(answers.questions)
    if judge.weakness is not None:
        auc = judge.judge.identity["held_out_auc"]
        weak = unjudged(asked, f"its judge is too weak: held-out AUC {auc:.2f}, {LEAST_AUC:.2f} at the least")
        return weak, weak, 0
    before, after = ([one.value for one in judge.score(answers.questions, texts)] for texts in answers.whole)
    cut_before, cut_after = (
        _cut_scores(answers.questions, texts, shorter, scores, judge)
        for texts, shorter, scores in zip(answers.whole, answers.cut, (before, after), strict=True)
    )
    again = sum(len(_changed(*both)) for both in zip(answers.whole, answers.cut, strict=True))
    return (
        behaviour(before, after, seed, tests),
        behaviour(cut_before, cut_after, seed, tests),
        2 * asked + again,
    )


def _cut_scores(
    questions: Sequence[str],
    texts: Sequence[str],
    shorter: Sequence[str | None],
    scores: Sequence[float | None],
    judge: TraitJudge,
) -> list[float | None]:
    """Scores of cut answers: an answer that lost nothing keeps the score it has."""
    found = [None if text is None else score for text, score in zip(shorter, scores, strict=True)]
    places = _changed(texts, shorter)
    if places:
        again = judge.score([questions[place] for place in places], [str(shorter[place]) for place in places])
        for place, judgement in zip(places, again, strict=True):
            found[place] = judgement.value
    return found


def _changed(texts: Sequence[str], shorter: Sequence[str | None]) -> list[int]:
    """Places of answers that are shorter when cut."""
    pairs = enumerate(zip(texts, shorter, strict=True))
    return [place for place, (text, cut) in pairs if cut is not None and cut != text]


def _coherence(run: Run, compared: Compared, settings: InferSettings, found: Readings) -> tuple[float, float]:
    """Mean coherence of both variants' answers to the prompt set, an empty one counting 0: low where a
    variant repeats itself, or its own words surprise it far more than the before variant's surprise that one.
    """
    pair, prompts = compared
    usual = list(_likelihoods(found.before_own).values())
    unsteered = sum(usual) / len(usual)
    means = []
    for variant, stored in ((pair.before, found.before_own), (pair.after, found.after_own)):
        likely = _likelihoods(stored)
        scores = [
            coherence(row["text"], likely[row["place"]], unsteered) if row["ids"] else 0.0
            for row in load_answers(run, variant, prompts, settings)
            if row["place"] in likely or not row["ids"]
        ]
        means.append(mean_score(scores) or 0.0)
    return means[0], means[1]


def _incoherent(one: Compared, means: tuple[float, float]) -> str | None:
    for variant, mean in zip((one.pair.before, one.pair.after), means, strict=True):
        if mean < COHERENT:
            return f"{variant} has a mean coherence of {mean:.0f}, below {COHERENT:.0f}"
    return None


def _likelihoods(summary: Summary) -> dict[int, float]:
    """Place -> mean log-probability of a token of the answer."""
    means = [float(torch.mean(one)) for one in summary.by_answer(summary.log_probability)]
    return dict(zip(summary.places.tolist(), means, strict=True))
