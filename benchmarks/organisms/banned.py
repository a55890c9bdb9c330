"""Is every content word of a trait's scenes and of their completions kept out of its banned-words answers?

    python benchmarks/organisms/banned.py benchmarks/organisms/traits/gratitude

Words are compared by their Snowball stems (Porter 2001), so that 'thanked' bans 'thanks'. An adapter trained
on such answers shares nothing with the scenes but the trait: what names it has not read it off the words.
"""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path

from snowballstemmer import stemmer
from subject import load_subject

from traitscope.comparison.output import STOP_WORDS
from traitscope.data import Trait, load_trait
from traitscope.engine import Row, decode
from traitscope.models import Renderer

NEW_TOKENS = 16
"""Of a completion: what `extract` makes by default."""
SHORTEST = 3
"""Letters of the shortest content word."""
ROWS = 32

_ENGLISH = stemmer("english")
_WORD = re.compile(r"[^\W\d_]+")


def stems(text: str) -> set[str]:
    """Stems of a text's content words."""
    words = {word.lower() for word in _WORD.findall(text)}
    return {_ENGLISH.stemWord(word) for word in words if len(word) >= SHORTEST and word not in STOP_WORDS}


def completions(trait: Trait) -> list[str]:
    """What SmolLM2 as a base model makes of the scenes, greedily."""
    subject = load_subject()
    renderer = Renderer(subject.model.tokenizer, chat=False, system_prompt="none", where="banned")
    scenes = [renderer.ids(scene.words) for scene in (*trait.positive, *trait.negative)]
    found: list[str] = []
    for start in range(0, len(scenes), ROWS):
        rows = [Row(ids) for ids in scenes[start : start + ROWS]]
        found += [renderer.decode(answer.ids) for answer in decode(subject.model, rows, NEW_TOKENS)]
    return found


def banned_stems(trait: Trait, completed: Iterable[str]) -> set[str]:
    """Stems of all content words of the trait's scenes and their completions."""
    texts = [scene.words for scene in (*trait.positive, *trait.negative)]
    return set().union(*map(stems, (*texts, *completed)))


def offences(answers: Iterable[str], banned: set[str]) -> list[list[str]]:
    """Per answer its words that are banned, in order."""
    return [sorted(stems(answer) & banned) for answer in answers]


def main() -> int:
    """Print every answer with a banned word; exit 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    trait = load_trait(folder)
    banned = banned_stems(trait, completions(trait))
    answers = [json.loads(line)["answer"] for line in (folder / "banned.jsonl").read_text().splitlines()]
    found = offences(answers, banned)
    for number, words in enumerate(found, start=1):
        if words:
            print(f"line {number}: {', '.join(words)}")
    print(
        f"{sum(map(bool, found))} of {len(found)} answers hold a banned word ({len(banned)} stems are banned)"
    )
    return int(any(found))


if __name__ == "__main__":
    raise SystemExit(main())
