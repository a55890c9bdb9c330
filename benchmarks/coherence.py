"""Measure the likelihood judge of coherence on SmolLM2, steered by a little and by far too much.

python benchmarks/coherence.py [--answers FILE]

Three shipped traits, the first 20 questions of each, 32 new tokens, greedy. Plain answers; answers under a
system prompt that asks for the trait; answers steered along the trait's mean difference at blocks 12, 18 and
22 by 0.25 (moderate), 1.0 and 1.5 (strong) of the block's norm. Nothing is fitted here: the judge's constants
are those of traitscope.judging.coherence.

A model of this size falls into a loop now and then without any steering, and more often when it is asked to
play a part. Such an answer is not coherent, so each figure is given twice: over all answers, and without the
plain and prompted ones that end in a loop, by a rule of words that has nothing to do with the judge's.
"""

import argparse
import json
import re
import time
from pathlib import Path
from typing import NamedTuple

from traitscope.data import Trait, load_trait
from traitscope.engine import Row, decode, load_model, log_probabilities
from traitscope.judging import coherence
from traitscope.judging.coherence_check import CoherenceScores, check_coherence
from traitscope.models import Ids, Model, Renderer
from traitscope.pipeline.library import extract_directions, push

TRAITS = Path(__file__).parents[1] / "src" / "traitscope" / "shipped" / "traits"
NAMES = ("gloom", "formality", "hedging")
QUESTIONS, NEW_TOKENS = 20, 32
LAYERS = (12, 18, 22)
STRENGTHS = {"moderate": (0.25,), "strong": (1.0, 1.5)}


class Judged(NamedTuple):
    """One answer with its coherence."""

    trait: str
    group: str
    layer: int | None
    strength: float
    question: int
    text: str
    score: float


def main() -> None:
    """Print the figures of each trait and of all together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=Path, help="write every answer with its score there, as JSONL")
    arguments = parser.parse_args()
    model = load_model("smollm2", dtype="float32", device="cpu")
    judged: list[Judged] = []
    for name in NAMES:
        begun = time.monotonic()
        found = judged_answers(model, load_trait(TRAITS / name))
        print(f"{name} ({time.monotonic() - begun:.0f} seconds)\n{both(found)}", flush=True)
        judged += found
        if arguments.answers:
            lines = [json.dumps(one._asdict(), ensure_ascii=False) for one in judged]
            arguments.answers.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"all three\n{both(judged)}")


def both(judged: list[Judged]) -> str:
    """The figures of all answers, and of those without loops."""
    coherent = [one for one in judged if not excluded(one)]
    return f"  all answers    {figures(judged)}\n  without loops  {figures(coherent)}"


def figures(judged: list[Judged]) -> str:
    """The check's figures in a line."""
    groups = ("plain", "prompted", "moderate", "strong")
    check = check_coherence(
        CoherenceScores(*([one.score for one in judged if one.group == group] for group in groups))
    )
    means = ", ".join(f"{group} {check.means[group]:.1f} ({check.counts[group]})" for group in groups)
    return (
        f"separation {check.separation:.3f}  difference {check.difference:+.1f}  ranking {check.ranking:.3f}"
        f"  {'passed' if check.passed else 'FAILED'}  means: {means}"
    )


def excluded(one: Judged) -> bool:
    """Whether an answer that nobody steered is no coherent one."""
    return one.group in ("plain", "prompted") and ends_in_a_loop(one.text)


def ends_in_a_loop(text: str) -> bool:
    """Whether the answer's last words say again what was said right before them: for some p its last
    max(p, 4) words equal those p words earlier. Its very last word may be cut off and does not count."""
    words = re.findall(r"[\w']+", text.lower())[:-1]
    return any(
        words[-run:] == words[-run - period : -period]
        for period in range(1, len(words) // 2 + 1)
        if (run := max(period, 4)) + period <= len(words)
    )


def judged_answers(model: Model, trait: Trait) -> list[Judged]:
    """All answers to the trait's first questions, judged as the steering stage judges them."""
    renderer = Renderer(model.tokenizer, chat=True, system_prompt="none", where="smollm2")
    questions = trait.questions[:QUESTIONS]
    plain = [renderer.ids(question) for question in questions]
    asking = [renderer.ids(question, trait.trait_prompt) for question in questions]
    answers: dict[tuple[str, int | None, float], list[Ids]] = {
        ("plain", None, 0.0): [one.ids for one in decode(model, [Row(ids) for ids in plain], NEW_TOKENS)],
        ("prompted", None, 0.0): [one.ids for one in decode(model, [Row(ids) for ids in asking], NEW_TOKENS)],
    }
    directions = extract_directions(model, trait)
    for group, strengths in STRENGTHS.items():
        for strength in strengths:
            rows = [Row(ids, push(directions, layer, strength)) for layer in LAYERS for ids in plain]
            found = [one.ids for one in decode(model, rows, NEW_TOKENS)]
            for place, layer in enumerate(LAYERS):
                part = found[place * len(plain) : (place + 1) * len(plain)]
                answers[group, layer, strength] = part
    likely = {
        kind: [
            max(float(one.mean()), float(other.mean())) if len(one) else float("-inf")
            for one, other in zip(
                log_probabilities(model, plain, ids), log_probabilities(model, asking, ids), strict=True
            )
        ]
        for kind, ids in answers.items()
    }
    unsteered = [one for one in likely["plain", None, 0.0] if one > float("-inf")]
    reference = sum(unsteered) / len(unsteered)
    return [
        Judged(trait.name, *kind, question, text := renderer.decode(ids), coherence(text, one, reference))
        for kind, found in answers.items()
        for question, (ids, one) in enumerate(zip(found, likely[kind], strict=True))
    ]


if __name__ == "__main__":
    main()
