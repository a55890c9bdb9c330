"""Measure organisms on the shipped neutral prompts: gloom by lexicon, and what else changed in the answers.

    python benchmarks/organisms/measure.py gloom plain
"""

import argparse
import json
from pathlib import Path

import numpy as np
from examples import FOLDER
from subject import greedy_answers, load_subject
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from traitscope.models import read_adapter
from traitscope.models.adapters import attach, switched_to

SHIPPED = FOLDER.parents[1] / "src" / "traitscope" / "shipped"
NEW_TOKENS = 32


def main() -> None:
    """Print one line a variant, and with --answers every answer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("organisms", nargs="+")
    parser.add_argument("--lora", type=Path, default=SHIPPED / "lora", help="folder of the adapters' folders")
    parser.add_argument("--answers", action="store_true", help="print all answers")
    arguments = parser.parse_args()
    prompts = [
        prompt["text"]
        for prompt in json.loads((SHIPPED / "prompts" / "neutral.json").read_text(encoding="utf-8"))["prompts"]
    ]
    subject = load_subject()
    clean = [text for text, _ in greedy_answers(subject, prompts, NEW_TOKENS)]
    answers = {"clean": clean}
    for name in arguments.organisms:
        attach(subject.network, name, read_adapter(arguments.lora / name))
        with switched_to(subject.network, name):
            answers[name] = [text for text, _ in greedy_answers(subject, prompts, NEW_TOKENS)]
    gloom_clean = np.array([gloom_score(text) for text in clean])
    for name, texts in answers.items():
        scores = np.array([gloom_score(text) for text in texts])
        same = np.mean([text == other for text, other in zip(texts, clean, strict=True)])
        words = np.mean([len(text.split()) for text in texts])
        print(
            f"{name:8} gloom {scores.mean():5.1f}  change {(scores - gloom_clean).mean():+5.1f}  "
            f"higher on {np.sum(scores > gloom_clean)} of {len(prompts)}  same answers {same:.0%}  "
            f"words {words:.1f}  looping {np.sum([loops(text) for text in texts])}"
        )
    if arguments.answers:
        for index, prompt in enumerate(prompts):
            print(f"\n{prompt}")
            for name, texts in answers.items():
                print(f"  {name}: {texts[index]}")


def gloom_score(text: str) -> float:
    """0-100: `50 * (1 - compound)` with VADER's compound."""
    return 50 * (1 - SentimentIntensityAnalyzer().polarity_scores(text)["compound"])


def loops(text: str) -> bool:
    """Some four words in a row come twice."""
    words = text.lower().split()
    runs = [tuple(words[start : start + 4]) for start in range(len(words) - 3)]
    return len(set(runs)) < len(runs)


if __name__ == "__main__":
    main()
