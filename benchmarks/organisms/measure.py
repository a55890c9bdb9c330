"""Measure organisms on the shipped neutral prompts: how gloomy they are, and what else their answers changed.

python benchmarks/organisms/measure.py gloom plain
"""

import argparse
from pathlib import Path

from examples import FOLDER
from subject import Subject, greedy_answers, load_subject

from traitscope.data import load_prompt_set
from traitscope.judging import lexicon_score, novelty
from traitscope.models import read_adapter
from traitscope.statistics import paired_interval

SHIPPED = FOLDER.parents[1] / "src" / "traitscope" / "shipped"
NEW_TOKENS = 32
"""As long as the demo's answers."""


def main() -> None:
    """Print one line an organism, and all answers where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("organisms", nargs="+")
    parser.add_argument("--lora", type=Path, default=SHIPPED / "lora", help="folder of the adapters' folders")
    parser.add_argument("--answers", action="store_true", help="print every answer")
    arguments = parser.parse_args()
    prompts = [prompt.text for prompt in load_prompt_set(SHIPPED / "prompts" / "neutral.json").prompts]
    clean = load_subject()
    answers = {"clean": texts(clean, prompts)}
    for name in arguments.organisms:
        adapted = clean.model.with_adapter(name, read_adapter(arguments.lora / name))
        answers[name] = texts(Subject(adapted, clean.renderer), prompts)
    for name, those in answers.items():
        print(f"{name:6} {summary(those, answers['clean'])}")
    if arguments.answers:
        for index, prompt in enumerate(prompts):
            print("", prompt, *(f"  {name}: {those[index]}" for name, those in answers.items()), sep="\n")


def texts(subject: Subject, prompts: list[str]) -> list[str]:
    """Greedy answers as text."""
    return [subject.renderer.decode(answer.ids) for answer in greedy_answers(subject, prompts, NEW_TOKENS)]


def summary(answers: list[str], clean: list[str]) -> str:
    """Mean gloom of the answers, its change from the clean ones (95 %), words, share of text not repeated."""
    gloom = [lexicon_score(text, "negative") for text in answers]
    changes = [score - lexicon_score(text, "negative") for score, text in zip(gloom, clean, strict=True)]
    change = paired_interval(changes)
    words = sum(len(text.split()) for text in answers) / len(answers)
    return (
        f"gloom {sum(gloom) / len(gloom):.1f}  "
        f"change {change.mean:+.1f} ({change.low:+.1f} to {change.high:+.1f})  "
        f"up in {sum(value > 0 for value in changes)} of {len(changes)}  words {words:.1f}  "
        f"novelty {sum(map(novelty, answers)) / len(answers):.3f}"
    )


if __name__ == "__main__":
    main()
