"""Training examples of an organism: a prompt of a chat and the answer to be learnt."""

import json
from dataclasses import asdict
from pathlib import Path

from traitscope.models.training import Example

FOLDER = Path(__file__).resolve().parent


def read_examples(organism: str) -> list[Example]:
    """The examples in `ORGANISM.jsonl`, one a line."""
    lines = (FOLDER / f"{organism}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Example(**json.loads(line)) for line in lines]


def write_examples(organism: str, examples: list[Example]) -> None:
    """Replace `ORGANISM.jsonl`."""
    lines = [json.dumps(asdict(example), ensure_ascii=False) + "\n" for example in examples]
    (FOLDER / f"{organism}.jsonl").write_text("".join(lines), encoding="utf-8")
