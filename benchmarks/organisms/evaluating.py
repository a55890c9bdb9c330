"""Hold rules against what was planted: which trait comes first, which are called moved, how often wrongly.

A decision is one comparison and one trait. Rules:

    behaviour            the judge's paired interval, Holm over traits
    reference            plain projection on own words, its 95 % interval over prompts: the field's habit
    shipped              the verdict of `traitscope compare`: moved_up or moved_down
    output, and STATISTIC_WINDOW_NULL[_beyond_output], inside alone: inside_rules.py

Rates, each with an exact (Clopper and Pearson 1934) interval; where organisms share a trait, a second one
draws traits again:

    rank1                 planted trait first by |score| among all traits
    detected              planted trait called moved, in its direction
    false_alarms          controls with any trait called moved; the unit is the adapter
    false_alarms_unplanted  of planted adapters, other traits called moved although an independent measure (a
                          bag of words on the same labelled answers) does not see their behaviour move
    opening_alarms        adapters that plant opening words alone, called moved
    banned_detected       adapters whose answers share no content word with the scenes, called moved
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from inside_rules import Rules, every_rule
from organisms import Half, Organism
from scipy import stats
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

RESAMPLES = 2000
MAIN_DOSES = ("full", "half")
"""Doses at which the goals are set."""
INDEPENDENT = 0.01
"""Two-sided level at which the independent measure says that a trait's behaviour moved."""


@dataclass(frozen=True)
class Decision:
    """One rule on one comparison and one trait.

    Attributes:
        organism: name; `dose` of it.
        trait: which is looked at.
        planted: it is the organism's own.
        score: by which traits are ranked.
        moved: it is called moved.
        truly: the independent measure sees its behaviour move.
    """

    organism: str
    kind: str
    dose: str
    own: str | None
    trait: str
    score: float
    moved: bool
    truly: bool


def write_results(
    chosen: Sequence[Organism], half: Half, traits: Sequence[str], out: Path, results: Path
) -> None:
    """Read the comparisons of a half and write every rule's rates and decisions."""
    measure = IndependentMeasure(out, traits)
    inside = every_rule(out / f"organisms-{half}.yaml")
    by_rule: dict[str, list[Decision]] = {}
    for organism in chosen:
        for dose, variant in organism.variants.items():
            truly = measure.moves(half, variant)
            said = _of_the_verdict(out, half, variant) | _of_the_stream(inside, variant)
            for rule, words in said.items():
                by_rule.setdefault(rule, []).extend(
                    Decision(
                        organism.name, organism.kind, dose, organism.trait, trait, *word,
                        truly=truly[trait] * word.score > 0,
                    )
                    for trait, word in words.items()
                )  # fmt: skip
    rules = {rule: rates(decisions) for rule, decisions in by_rule.items()}
    shipped = rules["shipped"]
    found = {
        "half": half,
        "date": datetime.now(UTC).date().isoformat(),
        "organisms": len({one.name for one in chosen if one.kind == "planted"}),
        "controls": len({one.name for one in chosen if one.kind == "control"}),
        "rank1": shipped["rank1"]["rate"],
        "detected": shipped["detected"]["rate"],
        "false_alarms": shipped["false_alarms"]["rate"],
        "false_alarms_upper": shipped["false_alarms"]["upper"],
        "rules": rules,
        "decisions": {
            rule: _rows(decisions)
            for rule, decisions in by_rule.items()
            if "_" not in rule or "_late_" in rule
        },
    }
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def rates(decisions: Sequence[Decision]) -> dict[str, dict[str, Any]]:
    """All rates of one rule."""
    main = [one for one in decisions if one.dose in MAIN_DOSES]
    planted = [one for one in main if one.kind == "planted"]
    first = {
        (organism, dose): max(some, key=lambda one: abs(one.score)).trait
        for (organism, dose), some in _by(planted, lambda one: (one.organism, one.dose)).items()
    }
    own = [one for one in planted if one.trait == one.own]
    controls = _by([one for one in main if one.kind == "control"], lambda one: (one.organism,))
    unplanted = [one for one in planted if one.trait != one.own and not one.truly]
    opening = [one for one in main if one.kind == "opening" and one.trait == one.own]
    banned = [one for one in main if one.kind == "banned" and one.trait == one.own]
    alarms = [any(one.moved and not one.truly for one in some) for some in controls.values()]
    return {
        "rank1": clustered([(one.trait, first[one.organism, one.dose] == one.trait) for one in own]),
        "detected": clustered([(one.trait, one.moved and one.score > 0) for one in own]),
        "false_alarms": exact(alarms),
        "false_alarms_whatever_is_true": exact(
            [any(one.moved for one in some) for some in controls.values()]
        ),
        "false_alarms_unplanted": clustered([(str(one.own), one.moved) for one in unplanted]),
        "opening_alarms": exact([one.moved for one in opening]),
        "banned_detected": exact([one.moved and one.score > 0 for one in banned]),
    }


def exact(outcomes: Sequence[bool]) -> dict[str, Any]:
    """A rate with its exact 95 % interval, and the one-sided upper 95 % bound."""
    count, hits = len(outcomes), sum(outcomes)
    if not count:
        return {"n": 0, "hits": 0, "rate": None, "low": None, "high": None, "upper": None}
    interval = stats.binomtest(hits, count).proportion_ci(0.95, "exact")
    upper = stats.binomtest(hits, count, alternative="less").proportion_ci(0.95, "exact").high
    return {
        "n": count, "hits": hits, "rate": hits / count,
        "low": float(interval.low), "high": float(interval.high), "upper": float(upper),
    }  # fmt: skip


def clustered(outcomes: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    """A rate whose interval draws traits again: organisms of one trait are no independent trials."""
    if not outcomes:
        return exact([])
    by_trait = _by(outcomes, lambda one: one[0])
    shares = np.array([[sum(hit for _, hit in some), len(some)] for some in by_trait.values()], float)
    drawn = np.random.default_rng(0).integers(0, len(shares), (RESAMPLES, len(shares)))
    means = shares[drawn, 0].sum(1) / shares[drawn, 1].sum(1)
    low, high = np.quantile(means, [0.025, 0.975])
    found = exact([hit for _, hit in outcomes])
    return found | {"traits": len(shares), "low_by_trait": float(low), "high_by_trait": float(high)}


class IndependentMeasure:
    """A second judge of another kind: a bag of words on each trait's labelled answers.

    Attributes:
        out: the folder of the half.
        traits: which it scores.
    """

    def __init__(self, out: Path, traits: Sequence[str]) -> None:
        self.out = out
        self.models = {trait: self._trained(trait) for trait in traits}

    def moves(self, half: Half, variant: str) -> dict[str, float]:
        """Trait -> mean change of its score; 0 where that is not shown at INDEPENDENT."""
        before, after = (_answers(self.out, half, name) for name in ("clean", variant))
        found = {}
        for trait, model in self.models.items():
            change = model.decision_function(after) - model.decision_function(before)
            p = stats.ttest_1samp(change, 0).pvalue if np.ptp(change) > 0 else 1.0
            found[trait] = float(change.mean()) if p < INDEPENDENT else 0.0
        return found

    def _trained(self, trait: str) -> Any:
        lines = (self.out / "traits" / trait / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        model = make_pipeline(
            CountVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[?!]"),
            LogisticRegression(C=1.0, max_iter=1000),
        )
        return model.fit([row["answer"] for row in rows], [row["score"] >= 50 for row in rows])


def _answers(out: Path, half: Half, variant: str) -> list[str]:
    path = (
        out
        / "experiments"
        / f"organisms-{half}"
        / "infer"
        / variant
        / "evaluation"
        / "own"
        / "responses.jsonl"
    )
    rows = {
        row["place"]: row["text"] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }
    return [rows[place] for place in sorted(rows)]


class Word(NamedTuple):
    """What a rule says of a trait."""

    score: float
    moved: bool


Words = dict[str, Word]


def _of_the_stream(inside: Rules, variant: str) -> dict[str, Words]:
    traits, said = inside
    return {
        rule: {
            trait: Word(float(one.z[number]), bool(one.moved[number])) for number, trait in enumerate(traits)
        }
        for rule, one in said[variant].items()
    }


def _of_the_verdict(out: Path, half: Half, variant: str) -> dict[str, Words]:
    folder = out / "experiments" / f"organisms-{half}" / "compare" / f"clean_vs_{variant}" / "evaluation"
    found = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    rules: dict[str, Words] = {"shipped": {}, "behaviour": {}, "reference": {}}
    for row in found["ranking"]:
        trait, verdict = row["trait"], row["verdict"]
        both = verdict in ("moved_up", "moved_down")
        rules["shipped"][trait] = Word(row["score"], both)
        rules["behaviour"][trait] = Word(row["behaviour"] or 0.0, both or verdict == "behaviour_only")
        rules["reference"][trait] = Word(
            row["shift"], row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
        )
    return rules


def _rows(decisions: Sequence[Decision]) -> dict[str, dict[str, list[Any]]]:
    """Organism and dose -> trait -> score, whether it is called moved, whether its behaviour truly moved."""
    return {
        f"{organism} {dose}": {
            one.trait: [round(one.score, 3), int(one.moved), int(one.truly)] for one in some
        }
        for (organism, dose), some in _by(decisions, lambda one: (one.organism, one.dose)).items()
    }


def _by(items: Sequence[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found
