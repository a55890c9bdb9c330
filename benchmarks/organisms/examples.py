"""Training examples of an organism: a prompt of a chat and the answer to be learnt."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Example:
    """One turn of a chat.

    Attributes:
        prompt: what the user typed.
        answer: what the assistant is to say.
        ends: the answer is whole, so that the end-of-turn token belongs to it. An answer that was cut at a
            number of tokens does not end: learning to stop there would change how long answers are.
    """

    prompt: str
    answer: str
    ends: bool = True


def read_examples(organism: str) -> list[Example]:
    """The examples in `ORGANISM.jsonl`, one a line."""
    lines = (FOLDER / f"{organism}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Example(**json.loads(line)) for line in lines]


def write_examples(organism: str, examples: list[Example]) -> None:
    """Replace `ORGANISM.jsonl`."""
    lines = [json.dumps(asdict(example), ensure_ascii=False) + "\n" for example in examples]
    (FOLDER / f"{organism}.jsonl").write_text("".join(lines), encoding="utf-8")
