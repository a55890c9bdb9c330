"""An experiment small enough to run in seconds: a tiny random Llama, two traits, two LoRAs, twelve prompts.

A random network writes no words, so that a mood lexicon has nothing to say of its answers: `word_free_score`
stands in for it, a figure that follows from the text alone and differs from text to text.
"""

import json
import random
import zlib
from pathlib import Path
from textwrap import dedent

PAIRS = 20
PLACES = ("harbour", "kitchen", "garden", "station", "market", "river", "bridge", "school", "tower", "island")
PEOPLE = ("sailor", "teacher", "baker", "painter", "doctor", "farmer", "singer", "driver", "cousin", "judge")
THINGS = ("letter", "wall", "door", "table", "rain", "note", "boat", "clock", "lamp", "road", "coat", "drum")
TOPICS = ("baskets", "bicycles", "clouds", "ferries", "ladders", "maps")
TOPIC_SCENES = 6
ENDS = {"sombre": ("grieved and felt", "rejoiced and felt"), "tidy": ("swept and kept", "spilled and left")}

FILE = """\
name: tiny
variants:
  base:  {{model: {model}}}
  chat:  {{model: {model}, chat: true, system_prompt: none}}
  moved: {{model: {model}, chat: true, system_prompt: none, lora: lora/moved}}
  plain: {{model: {model}, chat: true, system_prompt: none, lora: lora/plain, control: true}}
traits: [sombre, tidy]
extract: {{variant: base, new_tokens: 6, position: "response[:3]", methods: [mean_diff, probe]}}
steer:
  variant: chat
  traits: [sombre]
  layers: "1,2"
  start: 0.4
  steps: 2
  questions: 4
  report_questions: 5
  new_tokens: 10
  threshold: 0
  damage: false
infer: {{variants: [chat, moved, plain], prompts: everyday, new_tokens: 12}}
compare:
  - {{before: chat, after: moved}}
  - {{before: chat, after: plain}}
run: {{batch_rows: 16, threads: 1}}
seed: 0
"""


def word_free_score(text: str, polarity: str) -> float:
    """A score of 0 to 100 that any text has, without a word in it."""
    score = zlib.crc32(text.encode()) % 1001 / 10
    return score if polarity == "positive" else 100 - score


def write_tiny_files(folder: Path, model: Path) -> Path:
    """Write traits, prompts and `tiny.yaml` into `folder`; the two adapters are the caller's."""
    rng = random.Random(0)
    for trait in ENDS:
        write_trait(folder / "traits" / trait, trait, rng)
    prompts = [{"id": f"p{n:02d}", "text": f"{_scene(rng)}?"} for n in range(1, 13)]
    (folder / "prompts").mkdir()
    (folder / "prompts" / "everyday.json").write_text(json.dumps({"name": "everyday", "prompts": prompts}))
    write_bank(folder / "neutral_topics")
    file = folder / "tiny.yaml"
    file.write_text(dedent(FILE).format(model=model))
    return file


def write_bank(folder: Path) -> None:
    """Write a bank of neutral scenes that is a small part of the shipped one's size."""
    rng = random.Random(1)
    folder.mkdir()
    for topic in TOPICS:
        scenes = [f"{_scene(rng)} and spoke of the {topic}" for _ in range(TOPIC_SCENES)]
        (folder / f"{topic}.txt").write_text("".join(f"{scene}\n" for scene in scenes))


def write_trait(folder: Path, trait: str, rng: random.Random) -> None:
    """Write a trait's scenes, definition and questions."""
    folder.mkdir(parents=True)
    scenes = [_scene(rng) for _ in range(PAIRS)]
    ends = ENDS.get(trait, (f"was {trait} and felt", f"was hardly {trait} and felt"))
    for pole, end in zip(("positive", "negative"), ends, strict=True):
        (folder / f"{pole}.txt").write_text("".join(f"{scene} {end}\n" for scene in scenes))
    (folder / "definition.txt").write_text(f"What is {trait} shows it.\n")
    steering = {"questions": [f"{_scene(rng)}?" for _ in range(12)], "trait_prompt": f"Be {trait}."}
    if trait == "sombre":
        steering["lexicon"] = "negative"
    (folder / "steering.json").write_text(json.dumps(steering))


def _scene(rng: random.Random) -> str:
    """Words that no other scene has in this order: near-duplicates would share a fold."""
    person, place = rng.choice(PEOPLE), rng.choice(PLACES)
    return f"The {person} of the {place} saw {' and '.join(rng.sample(THINGS, 4))}"
