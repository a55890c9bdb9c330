"""The tiny experiment without infer and compare, judged by whom a test says; and what a server was asked."""

import json
import re
import sys
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from tiny_run import Tiny

from traitscope.judging.lexicon import lexicon_score

sys.path.append(str(Path(__file__).parents[1] / "judging"))
from chat_server import KEY as SECRET
from chat_server import MODEL, ChatServer, changed, mean, opinion
from chat_server import running as running_server

__all__ = ["MODEL", "SECRET", "ChatServer", "changed", "mean", "opinion", "running_server"]

KEY_NAME = "TRAITSCOPE_TEST_KEY"
REAL_LEXICON = lexicon_score
"""As it was imported: the tiny experiment puts a figure without words in its place."""


@dataclass
class Notebook:
    """Progress that remembers what it was told."""

    begun: list[str]
    said: list[str]
    notes: list[str]
    rows: list[tuple[int, int]]
    """Of each piece of work: rows announced, rows done."""

    def __init__(self) -> None:
        self.begun, self.said, self.notes, self.rows = [], [], [], []

    def begin(self, stage: str, trait: str, rows: int) -> None:
        self.begun.append(f"{stage} {trait}")
        self.rows.append((rows, 0))

    def advance(self, rows: int, _: int) -> None:
        announced, done = self.rows[-1]
        self.rows[-1] = (announced, done + rows)

    def end(self) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)


def rewrite(tiny: Tiny, **groups: Any) -> None:
    """Set whole groups of the experiment file, or take away those that are None; `steer=` is added to."""
    settings = yaml.safe_load(tiny.file.read_text())
    for name, group in groups.items():
        if group is None:
            settings.pop(name, None)
        elif name == "steer":
            settings[name] = settings.get(name, {}) | group
        else:
            settings[name] = group
    tiny.file.write_text(yaml.safe_dump(settings, sort_keys=False))


def without_comparison(tiny: Tiny) -> None:
    """One trait, scenes to steering: what judges take part in, and no more."""
    rewrite(
        tiny,
        traits=["sombre"],
        infer=None,
        compare=None,
        extract={"variant": "base", "new_tokens": 6, "position": "response[:3]", "methods": ["mean_diff"]},
    )


def served(url: str, **keys: Any) -> dict[str, Any]:
    """An entry under `judges`: the server on loopback."""
    judge = {"kind": "openai", "model": "judge-large", "base_url": url, "key_env": KEY_NAME}
    return judge | {"engagement": False, "concurrency": 4, "retries": 1} | keys


def run_told(tiny: Tiny, *stages: str) -> Notebook:
    """Run, and what was told meanwhile."""
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import STAGES, run_stages

    told = Notebook()
    run_stages(open_experiment(tiny.file), stages or STAGES, told)
    return told


def write_labelled(tiny: Tiny, answers: Iterable[tuple[str, str, float]], trait: str = "sombre") -> None:
    """Write a trait's labelled answers: question, answer, score."""
    lines = [json.dumps({"question": q, "answer": a, "score": s}) for q, a, s in answers]
    (tiny.folder / f"traits/{trait}/labelled.jsonl").write_text("\n".join(lines) + "\n")


def grief(count: int = 24) -> list[tuple[str, str, float]]:
    """Labelled answers, three to a question; the stub encoder reads their score off the word 'grief'."""
    found = []
    for number in range(count):
        grades = ("quiet quiet quiet quiet", "quiet grief quiet grief", "grief grief grief grief")
        question = f"What of thing number {number // 3} and its like?"
        found.append(
            (
                question,
                f"Of {_word(number)}: {grades[number % 3]} {_word(number + 500)}.",
                5 + 45.0 * (number % 3),
            )
        )
    return found


def nonsense(count: int = 24) -> list[tuple[str, str, float]]:
    """Labelled answers whose scores nothing in them tells."""
    return [
        (q, f"{_word(n)} {_word(n + 90)} {_word(n + 300)}.", s) for n, (q, _, s) in enumerate(grief(count))
    ]


def stub_encoder(*_: Any) -> Any:
    """In place of an encoder of sentences; see `stub_features`."""
    return SimpleNamespace(name="stub", identity="stub")


def stub_features(_: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """(texts, 1, 2, 4): the share of the words that are 'grief', and figures that say nothing."""
    found = np.zeros((len(texts), 1, 2, 4), np.float32)
    for index, text in enumerate(texts):
        words = re.findall(r"\w+", text.lower())
        found[index, 0, 0, 0] = words.count("grief") / max(1, len(words))
        found[index, 0, 1] = [zlib.crc32(f"{place}{text}".encode()) % 1000 / 5000 for place in range(4)]
    return found


def _word(number: int) -> str:
    """A word that no other number gives."""
    return "".join(
        "bdfgklmnprstvz"[number // 14**place % 14] + "aeiou"[(number + place) % 5] for place in range(4)
    )
