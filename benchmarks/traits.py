"""The table of docs/traits.md: what the lint measures of each shipped trait, and what SmolLM2 makes of it.

python benchmarks/traits.py [TRAIT ...]

Each scene is completed by SmolLM2-135M-Instruct as raw text (16 tokens, greedy; the first five count).
"positive" and "negative" are per cent of that side's completions: with no flag / reversed / drifted, by their
words. "told apart" is the held-out AUC by pair of a classifier on MiniLM embeddings of the completions alone,
their scenes hidden. "classifier" is the held-out AUC of the classifier judge on the labelled answers, whole /
cut to 25 words; where it reaches 0.80, "judged" is per cent of completions that it scores 60 and more on the
positive side / 40 and less on the negative one.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

from traitscope.config import LintSettings
from traitscope.data import Trait, load_trait, trait_folders
from traitscope.experiment import SHIPPED, open_experiment
from traitscope.judging import Asked, ClassifierJudge, Rubric, train_classifier, train_on_completions
from traitscope.judging.classifier import LEAST_AUC
from traitscope.lint import lint_folder
from traitscope.models.encoders import Encoder, load_encoder
from traitscope.pipeline.extract.trying import try_trait
from traitscope.progress import Silence
from traitscope.vetting import Share
from traitscope.vetting.shares import share

FILE = """\
name: {name}
variants: {{base: {{model: smollm2}}}}
traits: ["{path}"]
extract: {{variant: base, new_tokens: 16, position: "response[:5]"}}
"""
COLUMNS = (
    "set",
    "pairs",
    "findings",
    "bag of words",
    "largest d",
    "positive",
    "negative",
    "told apart",
    "labelled",
    "classifier",
    "judged",
)
POSITIVE_FROM, NEGATIVE_TO = 60, 40
"""Scores at which a completion passes as its pole; those of `vet`."""


def main() -> None:
    """Print the table, a line as soon as it is measured."""
    traits = SHIPPED / "traits"
    wanted = set(sys.argv[1:])
    encoder = load_encoder("minilm")
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for path in trait_folders([traits]):
            if not wanted or path.name in wanted:
                print(row(path, Path(folder), encoder), flush=True)


def row(path: Path, folder: Path, encoder: Encoder) -> str:
    """One trait's line."""
    trait, lint = load_trait(path), lint_folder(path, LintSettings())
    file = folder / f"{trait.name}.yaml"
    file.write_text(FILE.format(name=trait.name, path=path.relative_to(SHIPPED / "traits").as_posix()))
    looked = try_trait(open_experiment(file), trait.name, Silence()).sets[0]
    texts = [[one.completion.text for one in pole] for pole in (looked.positive, looked.negative)]
    apart = train_on_completions(encoder, *texts, True, 0)
    made = train_classifier(encoder, trait.labelled, [scene.words for scene in trait.scenes], 0)
    words = lint.figures.bag_of_words
    cells = (
        trait.name,
        str(len(trait.positive)),
        f"{lint.count('error') + lint.count('warning')}, {len(lint.waived)} waived",
        "-" if words is None else f"{words.auc:.2f}",
        f"{max(abs(effect.d) for effect in lint.figures.effects):.1f}",
        *(" / ".join(map(percent, looked.shares(pole).values())) for pole in ("positive", "negative")),
        f"{apart.held_out_auc:.2f}",
        str(len(trait.labelled)),
        f"{made.held_out_auc:.2f} / {made.held_out_auc_cut:.2f}",
        judged(ClassifierJudge(made, encoder), trait, texts) if made.held_out_auc >= LEAST_AUC else "-",
    )
    return f"| {' | '.join(cells)} |"


def judged(judge: ClassifierJudge, trait: Trait, texts: Sequence[Sequence[str]]) -> str:
    """How many completions of either side pass as their pole."""
    rubric = Rubric("trait", trait.name, trait.definition)
    positive, negative = (
        [
            one.value
            for one in judge.score(rubric, [Asked("", text) for text in side])
            if one.value is not None
        ]
        for side in texts
    )
    passed = (
        share(sum(value >= POSITIVE_FROM for value in positive), len(positive)),
        share(sum(value <= NEGATIVE_TO for value in negative), len(negative)),
    )
    return " / ".join(map(percent, passed))


def percent(found: Share) -> str:
    """A share, without its sign."""
    return f"{100 * found.share:.0f}"


if __name__ == "__main__":
    main()
