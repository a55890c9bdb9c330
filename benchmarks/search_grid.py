"""Record what every strength at every layer does, so that searches can be replayed without a model.

python benchmarks/search_grid.py answer ANSWERS.jsonl [--device cuda]
python benchmarks/search_grid.py judge ANSWERS.jsonl GRID.parquet

`answer` decodes, with SmolLM2 in float32, 32 tokens to 20 questions of each trait, unsteered and steered
along its mean difference at every second block by strengths spaced evenly in their logarithm. It measures
what needs no judge: the log-probability of each answer's first tokens, and how far the push moves the next
token along the unsteered answer's first tokens (the question's own, and those of neutral prompts). `judge`
scores the answers with the judges that passed their checks on these traits (docs/traits.md).
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.data import Trait, load_prompt_set, load_trait
from traitscope.engine import Row, Words, decode, divergences, load_model, log_probabilities
from traitscope.models import Ids, Model, Renderer
from traitscope.pipeline.library import extract_directions, push

SHIPPED = Path(__file__).parents[1] / "src" / "traitscope" / "shipped"
TRAITS = ("gloom", "formality", "hedging", "alignment/helpfulness_expressed", "alignment/sycophancy")
QUESTIONS, NEW_TOKENS, FIRST_TOKENS, NEUTRAL = 20, 32, 8, 20
LAYERS = tuple(range(2, 29, 2))
STRENGTHS = tuple(round(0.05 * 20 ** (place / 11), 4) for place in range(12))
ROWS = 480
"""Answers decoded together, at most."""


class Kind(NamedTuple):
    """How a set of answers was steered; the unsteered ones have layer -1 and strength 0."""

    layer: int
    strength: float


def main() -> None:
    """Answer, or judge what was answered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("answer", "judge"))
    parser.add_argument("answers", type=Path)
    parser.add_argument("grid", type=Path, nargs="?")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    if arguments.step == "judge":
        judge(arguments.answers, arguments.grid)
        return
    model = load_model("smollm2", dtype="float32", device=arguments.device)
    with arguments.answers.open("w", encoding="utf-8") as stream:
        for name in TRAITS:
            begun = time.monotonic()
            for row in recorded(model, load_trait(SHIPPED / "traits" / name)):
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            stream.flush()
            print(f"{name}: {time.monotonic() - begun:.0f} seconds", flush=True)


def recorded(model: Model, trait: Trait) -> Iterator[dict[str, Any]]:
    """Every answer to the trait's first questions, with what needs no judge."""
    renderer = Renderer(model.tokenizer, chat=True, system_prompt="none", where="smollm2")
    questions = trait.questions[:QUESTIONS]
    plain = [renderer.ids(question) for question in questions]
    asking = [renderer.ids(question, trait.trait_prompt) for question in questions]
    neutral = [
        renderer.ids(one.text)
        for one in load_prompt_set(SHIPPED / "prompts" / "neutral.json").prompts[:NEUTRAL]
    ]
    directions = extract_directions(model, trait)
    kinds = [Kind(layer, strength) for layer in LAYERS for strength in STRENGTHS]
    pushes = [push(directions, *kind) for kind in kinds]
    unsteered = [one.ids for one in decode(model, [Row(ids) for ids in plain], NEW_TOKENS)]
    along = _first_words(plain, unsteered)
    nowhere = [one.ids for one in decode(model, [Row(ids) for ids in neutral], FIRST_TOKENS)]
    moved = divergences(model, along, pushes)
    moved_neutral = divergences(model, _first_words(neutral, nowhere), pushes)
    rows = [Row(ids, steered) for steered in pushes for ids in plain]
    answers = [
        one.ids
        for start in range(0, len(rows), ROWS)
        for one in decode(model, rows[start : start + ROWS], NEW_TOKENS)
    ]
    size = len(questions)
    for place, kind in enumerate([Kind(-1, 0.0), *kinds]):
        mine = answers[(place - 1) * size : place * size] if place else unsteered
        likely = [log_probabilities(model, prompts, mine) for prompts in (plain, asking)]
        for question, ids in enumerate(mine):
            both = [one[question] for one in likely]
            yield {
                "trait": trait.name,
                **kind._asdict(),
                "question": question,
                "text": renderer.decode(ids),
                "log_probability": max((float(one.mean()) for one in both), default=0.0) if ids else None,
                "first_log_probability": float(both[0][:FIRST_TOKENS].mean()) if ids else None,
                "divergence": float(moved[place - 1, question]) if place else 0.0,
                "neutral_divergence": float(moved_neutral[place - 1, question]) if place else 0.0,
            }


def _first_words(prompts: Sequence[Ids], answers: Sequence[Ids]) -> list[Words]:
    return [Words(prompt, ids[:FIRST_TOKENS]) for prompt, ids in zip(prompts, answers, strict=True)]


def judge(answers: Path, grid: Path) -> None:
    """Score the answers and write the grid: one row an answer, without its text."""
    import polars as pl

    from traitscope.judging import coherence

    rows = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    scored: list[dict[str, Any]] = []
    for name in TRAITS:
        trait = load_trait(SHIPPED / "traits" / name)
        mine = [row for row in rows if row["trait"] == trait.name]
        found = [row["log_probability"] for row in mine if row["layer"] == -1]
        reference = sum(found) / len(found)
        for row, score in zip(mine, trait_scores(trait, mine), strict=True):
            nats = row.pop("log_probability")
            text = row.pop("text")
            coherent = 0.0 if nats is None else coherence(text, nats, reference)
            scored.append(row | {"score": score, "coherence": coherent})
    floats = ("strength", "first_log_probability", "divergence", "neutral_divergence", "score", "coherence")
    frame = pl.DataFrame(scored).with_columns(
        pl.col("trait").cast(pl.Categorical),
        pl.col("layer", "question").cast(pl.Int8),
        pl.col(*floats).cast(pl.Float32),
    )
    frame.write_parquet(grid, compression="zstd", compression_level=19)
    print(f"{len(frame):,} answers, {grid.stat().st_size / 1e3:.0f} kB")


def trait_scores(trait: Trait, rows: Sequence[dict[str, Any]]) -> list[float]:
    """Scores 0-100, by the lexicon for a mood and by the classifier for the rest; 50 for an empty answer."""
    from traitscope.judging import lexicon_score
    from traitscope.judging.classifier import ClassifierJudge, train_classifier
    from traitscope.judging.judgement import Asked, Rubric
    from traitscope.models.encoders import load_encoder

    texts = [row["text"] for row in rows]
    if trait.lexicon is not None:
        values = [lexicon_score(text, trait.lexicon) for text in texts]
    else:
        encoder = load_encoder("minilm")
        trained = train_classifier(encoder, trait.labelled, [scene.text for scene in trait.scenes], 0)
        questions = [trait.questions[row["question"]] for row in rows]
        asked = [Asked(question, text) for question, text in zip(questions, texts, strict=True)]
        found = ClassifierJudge(trained, encoder).score(Rubric("trait", trait.name), asked)
        values = [one.value for one in found]
    return [50.0 if value is None else value for value in values]


if __name__ == "__main__":
    main()
