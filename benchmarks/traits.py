"""The table of docs/traits.md: what the lint measures of each shipped trait, and what SmolLM2 makes of it.

python benchmarks/traits.py [TRAIT ...]

Each scene is completed by SmolLM2-135M-Instruct as raw text (16 tokens, greedy; the first five count).
Reversals and drifts are flagged by words. "told apart" is the held-out AUC by pair of a classifier on MiniLM
embeddings of the completions alone, their scenes hidden. "classifier" is that of the classifier judge on the
labelled answers, whole and cut to 25 words.
"""

import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from traitscope.config import LintSettings
from traitscope.data import load_trait, trait_folders
from traitscope.experiment import SHIPPED, open_experiment
from traitscope.judging import train_classifier, train_on_completions
from traitscope.lint import lint_folder
from traitscope.models.encoders import load_encoder
from traitscope.pipeline.trying import try_trait
from traitscope.progress import Silence
from traitscope.vetting import Share

FILE = """\
name: {name}
variants: {{base: {{model: smollm2}}}}
traits: ["{path}"]
extract: {{variant: base, new_tokens: 16, position: "response[:5]"}}
"""
HEAD = (
    "| trait | pairs | lint | bag of words | largest \\|d\\| | expresses | reverses | drifts "
    "| opposite drifts | told apart | labelled | classifier |"
)


def main() -> None:
    """Print the table, a line as soon as it is measured."""
    traits = SHIPPED / "traits"
    wanted = set(sys.argv[1:])
    encoder = load_encoder("minilm")
    print(HEAD)
    print("|---" * (HEAD.count(" | ") + 1) + "|")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for path in trait_folders([traits]):
            if not wanted or path.name in wanted:
                print(row(path, Path(folder), encoder), flush=True)


def row(path: Path, folder: Path, encoder: object) -> str:
    """One trait's line."""
    trait, lint = load_trait(path), lint_folder(path, LintSettings())
    file = folder / f"{trait.name}.yaml"
    file.write_text(FILE.format(name=trait.name, path=path.relative_to(SHIPPED / "traits").as_posix()))
    looked = try_trait(open_experiment(file), trait.name, Silence()).sets[0]
    texts = [[one.completion.text for one in pole] for pole in (looked.positive, looked.negative)]
    apart = train_on_completions(encoder, *texts, True, 0)
    judge = train_classifier(encoder, trait.labelled, [scene.words for scene in trait.scenes], 0)
    positive, negative = looked.shares("positive"), looked.shares("negative")
    words = lint.figures.bag_of_words
    cells = (
        trait.name,
        str(len(trait.positive)),
        f"{lint.count('error')} / {lint.count('warning')} / {lint.count('note')}, {len(lint.waived)} waived",
        "-" if words is None else f"{words.auc:.2f}",
        f"{max(abs(effect.d) for effect in lint.figures.effects):.1f}",
        percent(positive["expresses"]),
        percent(positive["reverses"]),
        percent(positive["drifts"]),
        percent(negative["drifts"]),
        f"{apart.held_out_auc:.2f}",
        str(len(trait.labelled)),
        f"{judge.held_out_auc:.2f} / {judge.held_out_auc_cut:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def percent(share: Share) -> str:
    """A share with its 95 % interval over scenes."""
    return f"{100 * share.share:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"


if __name__ == "__main__":
    main()
