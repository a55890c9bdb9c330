"""Train organisms, compare each with the clean model by traitscope's ordinary commands, and hold rules
against what was planted.

    python benchmarks/organisms/run.py tune --out /tmp/organisms
    python benchmarks/organisms/run.py reported --out /tmp/organisms

Killed and called again, it goes on where it was. The figures are written to
`benchmarks/results/organisms-tune.json`, and of the reported half to `benchmarks/results/organisms.json`.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from evaluating import write_results
from organisms import REPORTED, TRAITS, TUNE, Half, Organism, organisms, small
from subject import load_subject
from training import FOLDER, train_organism, trait_folder

NEW_TOKENS = 32


class Scale(NamedTuple):
    """How much a run asks.

    Attributes:
        traits: of the half, that every adapter is looked at for.
        prompts: of each of the four kinds.
    """

    traits: int
    prompts: int


WHOLE: dict[Half, Scale] = {"tune": Scale(len(TUNE), 8), "reported": Scale(len(REPORTED), 12)}
SMALL = Scale(4, 4)
SCENE_FILES = ("positive.txt", "negative.txt", "definition.txt", "steering.json", "labelled.jsonl")


def main() -> None:
    """Train, run, evaluate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("half", choices=["tune", "reported"])
    parser.add_argument("--out", type=Path, required=True, help="folder of adapters and experiment")
    parser.add_argument("--small", action="store_true", help="two planted ones and two controls")
    parser.add_argument("--results", type=Path, help="where the figures go")
    arguments = parser.parse_args()
    half: Half = arguments.half
    scale = SMALL if arguments.small else WHOLE[half]
    chosen = small(half) if arguments.small else organisms(half)
    out = (arguments.out / half).resolve()
    out.mkdir(parents=True, exist_ok=True)
    train(chosen, out)
    experiment = write_experiment(chosen, half, scale, out)
    command = Path(sys.executable).with_name("traitscope")
    subprocess.run([command, "run", experiment.name], cwd=out, check=True)
    name = "organisms.json" if half == "reported" else "organisms-tune.json"
    results = (arguments.results or FOLDER.parent / "results" / name).resolve()
    # An experiment lies where it is opened from.
    with chdir(out):
        write_results(chosen, half, TRAITS[half][: scale.traits], out, results)
    print(f"wrote {results}")


def train(chosen: Sequence[Organism], out: Path) -> None:
    """Train all of them, telling how far it is."""
    subject = load_subject()
    start = time.monotonic()
    for number, organism in enumerate(chosen, start=1):
        pace = train_organism(subject, organism, out / "lora" / organism.name)
        if pace:
            spent = time.monotonic() - start
            print(
                f"{number} of {len(chosen)}  {organism.name}  {pace:.2f} s a step  {spent:.0f} s", flush=True
            )


def write_experiment(chosen: Sequence[Organism], half: Half, scale: Scale, out: Path) -> Path:
    """The experiment file, and beside it the traits and prompts that it names."""
    traits = TRAITS[half][: scale.traits]
    for trait in traits:
        place = out / "traits" / trait
        place.mkdir(parents=True, exist_ok=True)
        for name in SCENE_FILES:
            shutil.copyfile(trait_folder(trait) / name, place / name)
    (out / "prompts").mkdir(exist_ok=True)
    asked = json.loads((FOLDER / "evaluation.json").read_text(encoding="utf-8"))
    by_kind: dict[str, list[dict[str, str]]] = {}
    for prompt in asked["prompts"]:
        by_kind.setdefault(prompt["kind"], []).append(prompt)
    asked["prompts"] = [prompt for some in by_kind.values() for prompt in some[: scale.prompts]]
    (out / "prompts" / "evaluation.json").write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    names = [name for one in chosen for name in one.variants.values()]
    lines = [
        f"name: organisms-{half}",
        "variants:",
        "  base: {model: smollm2}",
        "  clean: {model: smollm2, chat: true, system_prompt: none}",
    ]
    for one in chosen:
        control = f", control: {one.control}" if one.control else ""
        chat = "model: smollm2, chat: true, system_prompt: none"
        lines += [
            f"  {name}: {{{chat}, lora: lora/{one.name}/{dose}{control}}}"
            for dose, name in one.variants.items()
        ]
    lines += [
        f"traits: [{', '.join(traits)}]",
        "extract: {variant: base, methods: [mean_diff]}",
        f"infer: {{variants: [clean, {', '.join(names)}], prompts: evaluation, new_tokens: {NEW_TOKENS}, "
        "store: mean}",
        "compare:",
        "  judge: classifier",
        "  pairs:",
        *[f"    - {{before: clean, after: {name}}}" for name in names],
    ]
    file = out / f"organisms-{half}.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    main()
