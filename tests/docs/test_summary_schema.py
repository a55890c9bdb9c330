"""The JSON schema of summary.json: what it accepts, what it refuses, and that its page names every key."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from traitscope.comparison import VerdictName
from traitscope.config.choices import Method
from traitscope.experiment import SHIPPED
from traitscope.experiment.artefact import StateName
from traitscope.pipeline import STAGES
from traitscope.steering import Result

SCHEMA: dict[str, Any] = json.loads((SHIPPED / "summary.schema.json").read_text(encoding="utf-8"))
VERSIONS = {"traitscope": "0.1.0", "torch": "2.13.0"}
FEW = "fewer than 80 % of the answers were scored"

FINISHED: dict[str, Any] = {
    "schema": 1,
    "experiment": "moods",
    "versions": VERSIONS,
    "stages": {stage: {"state": "done", "seconds": 12.5} for stage in STAGES},
    "counts": {"generated_tokens": 48_211, "judged": 920},
    "traits": {
        "gloom": {
            "pairs": 60,
            "result": "shown",
            "result_reason": "",
            "out_of_time": False,
            "baseline": 27.3,
            "best": {
                "layer": 18,
                "method": "mean_diff",
                "position": "response[:5]",
                "coefficient": 61.2,
                "relative_strength": 0.41,
                "trait": 66.0,
                "spread": 14.1,
                "above_50": 0.85,
                "delta": 38.7,
                "delta_low": 27.1,
                "delta_high": 49.9,
                "coherence": 78.4,
                "beaten": [
                    {
                        "method": "probe",
                        "position": "response[:5]",
                        "layer": 16,
                        "coefficient": 50.1,
                        "delta": 20.9,
                        "delta_low": 11.0,
                        "delta_high": 30.8,
                        "coherence": 71.3,
                    }
                ],
            },
            "arms": [
                {
                    "name": "unsteered",
                    "coefficient": None,
                    "coefficient_reason": "nothing is added",
                    "trait": 27.3,
                    "spread": 12.0,
                    "above_50": 0.05,
                    "coherence": 96.0,
                    "delta": None,
                    "delta_reason": "deltas are taken from this arm",
                    "delta_low": None,
                    "delta_low_reason": "deltas are taken from this arm",
                    "delta_high": None,
                    "delta_high_reason": "deltas are taken from this arm",
                    "lead": None,
                    "lead_reason": "no control",
                    "lead_low": None,
                    "lead_low_reason": "no control",
                    "lead_high": None,
                    "lead_high_reason": "no control",
                    "divergence": 0.0,
                },
                {
                    "name": "random_1",
                    "coefficient": 70.1,
                    "trait": 29.0,
                    "spread": None,
                    "spread_reason": FEW,
                    "above_50": 0.1,
                    "coherence": 91.2,
                    "delta": 1.7,
                    "delta_low": -6.0,
                    "delta_high": 9.4,
                    "lead": 37.0,
                    "lead_low": 24.1,
                    "lead_high": 48.8,
                    "divergence": None,
                    "divergence_reason": "the push breaks the network",
                },
            ],
            "arm_notes": ["other traits' directions: 0 of the 5 asked for; the file has no more"],
            "specificity": {
                "specific": True,
                "specific_reason": "",
                "cells": [
                    {
                        "judged": "gloom",
                        "baseline": 27.3,
                        "spread": 12.0,
                        "difference": 38.7,
                        "difference_low": 27.1,
                        "difference_high": 49.9,
                        "in_spreads": 3.2,
                        "in_spreads_low": 2.3,
                        "in_spreads_high": 4.2,
                        "questions": 20,
                    }
                ],
            },
            "damage": {
                "divergence": 0.42,
                "prompts": 20,
                "accuracy": {
                    "unsteered": 0.6,
                    "steered": 0.55,
                    "change": -0.05,
                    "change_low": -0.1,
                    "change_high": 0.0,
                    "items": 120,
                },
            },
            "elsewhere": {
                "prompts": 20,
                "baseline": 31.0,
                "trait": 44.0,
                "delta": 13.0,
                "delta_low": 4.0,
                "delta_high": 22.0,
                "coherence_unsteered": None,
                "coherence_unsteered_reason": FEW,
                "coherence": 81.0,
                "changed": 0.95,
            },
            "samples": [
                {
                    "flag": "worst",
                    "question": "How was the walk?",
                    "answer": "It rained.",
                    "trait": 21.0,
                    "coherence": 88.0,
                    "unsteered_answer": "It was a walk.",
                    "unsteered_trait": None,
                    "unsteered_trait_reason": "the answer has no score",
                }
            ],
            "detection": {"layer": 18, "method": "mean_diff", "auc": 0.97, "auc_shuffled": 0.48},
            "judge": {"name": "lexicon", "label": "lexicon", "check": "passed", "check_reason": ""},
            "vetting": {
                "judge": "lexicon",
                "positive_pass": 0.9,
                "negative_pass": 0.8,
                "separation": None,
                "separation_reason": FEW,
                "unscored": 30,
            },
        }
    },
    "comparisons": [
        {
            "before": "chat",
            "after": "gloomy",
            "prompts": "neutral",
            "dose": 0.21,
            "ranking": [
                {
                    "trait": "gloom",
                    "layer": 18,
                    "layer_reason": "steered best",
                    "shift": 14.2,
                    "low": 12.9,
                    "high": 15.4,
                    "score": 0.31,
                    "score_last_prompt": 0.28,
                    "tail_share": 0.0005,
                    "controls_above": None,
                    "controls_above_reason": "no controls run",
                    "output": 1.9,
                    "behaviour": 40.1,
                    "behaviour_low": 33.0,
                    "behaviour_high": 47.7,
                    "verdict": "moved_up",
                    "verdict_reason": "the answers score 40.1 higher (33.0 to 47.7), and so on",
                }
            ],
        }
    ],
}

HALF_DONE: dict[str, Any] = {
    "schema": 1,
    "experiment": "moods",
    "versions": VERSIONS,
    "stages": {
        "vet": {"state": "skipped", "seconds": 0},
        "extract": {"state": "done", "seconds": 44.0},
        "check": {"state": "missing", "seconds": 0},
        "steer": {"state": "running", "seconds": 3.0},
        "infer": {"state": "skipped", "seconds": 0},
        "compare": {"state": "skipped", "seconds": 0},
        "report": {"state": "missing", "seconds": 0},
    },
    "counts": {"generated_tokens": 1920, "judged": 0},
    "traits": {
        "gloom": {
            "pairs": 60,
            "result": "skipped",
            "result_reason": "steering is running",
            "out_of_time": False,
            "baseline": None,
            "baseline_reason": "steering is running",
            "best": None,
            "best_reason": "steering is running",
            "arms": [],
            "arm_notes": [],
            "specificity": None,
            "specificity_reason": "steering is running",
            "damage": None,
            "damage_reason": "steering is running",
            "elsewhere": None,
            "elsewhere_reason": "steering is running",
            "samples": [],
            "detection": {"layer": 24, "method": "mean_diff", "auc": 0.9, "auc_shuffled": 0.5},
            "judge": {
                "name": "lexicon",
                "label": "lexicon",
                "check": "unchecked",
                "check_reason": "there are 0 labelled answers, and a check takes 20",
            },
            "vetting": None,
            "vetting_reason": "not vetted",
        },
        "hedging": {
            "pairs": 60,
            "result": "skipped",
            "result_reason": "not under steer.traits",
            "out_of_time": False,
            "baseline": None,
            "baseline_reason": "not under steer.traits",
            "best": None,
            "best_reason": "not under steer.traits",
            "arms": [],
            "arm_notes": [],
            "specificity": None,
            "specificity_reason": "not under steer.traits",
            "damage": None,
            "damage_reason": "not under steer.traits",
            "elsewhere": None,
            "elsewhere_reason": "not under steer.traits",
            "samples": [],
            "detection": None,
            "detection_reason": "extraction is missing",
            "judge": None,
            "judge_reason": "no judge scores this trait",
            "vetting": None,
            "vetting_reason": "not vetted",
        },
    },
    "comparisons": [],
}

Change = Callable[[dict[str, Any]], object]


def _accepts(summary: object) -> bool:
    return bool(Draft202012Validator(SCHEMA).is_valid(summary))


def _after(change: Change) -> dict[str, Any]:
    changed = copy.deepcopy(FINISHED)
    change(changed)
    return changed


def _gloom(summary: dict[str, Any]) -> dict[str, Any]:
    trait: dict[str, Any] = summary["traits"]["gloom"]
    return trait


def _row(summary: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = summary["comparisons"][0]["ranking"][0]
    return row


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("summary", [FINISHED, HALF_DONE], ids=["finished", "half done"])
def test_finished_and_half_done_experiments_are_accepted(summary: dict[str, Any]) -> None:
    assert _accepts(summary)


def test_a_winner_without_scores_is_accepted_with_its_reasons() -> None:
    def unscored(summary: dict[str, Any]) -> None:
        trait = _gloom(summary)
        trait |= {
            "result": "not_shown",
            "result_reason": "incoherent",
            "out_of_time": False,
            "baseline": None,
            "baseline_reason": FEW,
        }
        for key in ("trait", "delta", "delta_low", "delta_high", "coherence"):
            trait["best"] |= {key: None, f"{key}_reason": FEW}

    assert _accepts(_after(unscored))


REFUSED: dict[str, Change] = {
    "a figure that is text": lambda summary: _gloom(summary)["best"].update(delta="NaN"),
    "a score past 100": lambda summary: _gloom(summary)["best"].update(trait=101),
    "a tail share of 0": lambda summary: _row(summary).update(tail_share=0),
    "a null figure without its reason": lambda summary: _row(summary).update(output=None),
    "a null winner without its reason": lambda summary: _gloom(summary).update(best=None),
    "an arm's null delta without its reason": lambda summary: _gloom(summary)["arms"][0].pop("delta_reason"),
    "an empty reason": lambda summary: _row(summary).update(controls_above_reason=""),
    "the winner among the arms": lambda summary: _gloom(summary)["arms"][1].update(name="winner"),
    "arms without a winner": lambda summary: _gloom(summary).update(
        result="not_shown", best=None, best_reason="no coherent evaluation"
    ),
    "a trait that is shown without a winner": lambda summary: _gloom(summary).update(
        best=None, best_reason="lost", arms=[]
    ),
    "an unknown verdict": lambda summary: _row(summary).update(verdict="unchanged"),
    "an unknown state": lambda summary: summary["stages"]["steer"].update(state="ok"),
    "an unknown key": lambda summary: summary.update(extra=1),
    "another schema": lambda summary: summary.update(schema=2),
    "no traits": lambda summary: summary.update(traits={}),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_the_contract_is_refused(change: Change) -> None:
    assert not _accepts(_after(change))


def test_every_key_of_a_finished_summary_is_needed_but_the_reasons_of_what_is_there() -> None:
    for path in _paths(FINISHED):
        if path[0] == "versions" and path[-1] != "traitscope":
            continue

        def without(summary: Any, path: tuple[str | int, ...] = path) -> None:
            for step in path[:-1]:
                summary = summary[step]
            del summary[path[-1]]

        assert not _accepts(_after(without)), path


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key at any depth, but a trait's name, which the file gives."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if path != ("traits",):
                yield (*path, key)
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


@pytest.mark.parametrize(
    ("place", "names"),
    [
        (SCHEMA["$defs"]["stage"]["properties"]["state"], StateName),
        (SCHEMA["$defs"]["trait"]["properties"]["result"], Result),
        (SCHEMA["$defs"]["best"]["properties"]["method"], Method),
        (SCHEMA["$defs"]["effect"]["properties"]["verdict"], VerdictName),
    ],
    ids=["state", "result", "method", "verdict"],
)
def test_the_schema_knows_the_words_that_the_code_writes(place: dict[str, Any], names: Any) -> None:
    assert set(place["enum"]) == set(names.__args__)


def test_the_page_names_every_key_and_every_word_of_the_schema(root: Path) -> None:
    page = (root / "docs" / "summary.md").read_text(encoding="utf-8")
    named = {word for code in re.findall(r"`([^`\n]+)`", page) for word in re.findall(r"\w+", code)}
    said = set(_said(SCHEMA))
    missing = {key for key in said if key not in named and not key.endswith("_reason")}
    assert {"traits", "delta_low", "tail_share", "moved_up"} <= said
    assert not missing


def _said(schema: Any) -> Iterator[str]:
    """Names of properties, and words of enumerations, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        for inner in schema.values():
            yield from _said(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _said(inner)
