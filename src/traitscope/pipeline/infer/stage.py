"""Stage 3, infer: variants answer in their own words, re-read each other's, and every token is projected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.comparison import FIRST_TOKEN
from traitscope.config import LEXICON, Choice, InferSettings, SteerSettings
from traitscope.config.batches import READ_ROWS
from traitscope.data import Trait, split_questions
from traitscope.engine import Words, read
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.inference import StoredReading, read_store, write_shard
from traitscope.judging.choosing import can_judge
from traitscope.models import Ids, Renderer
from traitscope.pipeline.answering import Ask, Generation, answer
from traitscope.pipeline.judge.judge_parts import is_forced, judge_parts
from traitscope.pipeline.run import QUESTIONS, Run
from traitscope.pipeline.steer.stage import steered_traits

ANSWERS_VERSION = "1"
READING_VERSION = "1"


@dataclass(frozen=True)
class Asked:
    """A list of prompts that variants answer: a prompt set, or a steered trait's report questions.

    Attributes:
        name: of its folder.
        ids: names of the prompts.
        texts: what is asked.
        system_prompt: the trait's own, in place of the variant's.
    """

    name: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    system_prompt: str | None = None

    def rendered(self, renderer: Renderer) -> list[Ids]:
        """The prompts as a variant reads them."""
        return [renderer.ids(text, self.system_prompt) for text in self.texts]


@dataclass(frozen=True)
class Reading:
    """Who reads whose answers to which prompt set."""

    prompts: Asked
    reader: str
    writer: str


def prompt_sets(run: Run) -> list[Asked]:
    """The prompt sets under `infer.prompts`, in the order of the file."""
    return [
        Asked(name, tuple(one.id for one in found.prompts), tuple(one.text for one in found.prompts))
        for name, found in run.prompt_sets.items()
    ]


def chosen_prompt_sets(run: Run) -> list[Asked]:
    """Those that are worked on."""
    return [one for one in prompt_sets(run) if run.works_on_prompts(one.name)]


def report_questions(run: Run, trait: Trait, settings: SteerSettings) -> Asked:
    """A steered trait's report questions, which variants answer too: its behaviour is judged on them."""
    split = split_questions(trait, settings.questions, settings.report_questions, run.seed)
    ids = tuple(f"{trait.name}-{number:02d}" for number in range(1, len(split.report) + 1))
    return Asked(f"{QUESTIONS}{trait.name}", ids, split.report, trait.system_prompt)


def judged_traits(run: Run) -> dict[str, Trait]:
    """Traits whose answers a judge can score, by name."""
    choice = judge_choice(run)
    return {
        name: trait for name, trait in run.traits.items() if can_judge(run.experiment.config, trait, choice)
    }


def judges_part(run: Run) -> list[list[Any]]:
    """What the scores of traits that have a judge depend on beside the answers."""
    choice = judge_choice(run)
    return [
        [name, judge_parts(run.experiment, trait, choice), is_forced(run.experiment, trait, choice)]
        for name, trait in judged_traits(run).items()
    ]


def judge_choice(run: Run) -> Choice:
    """Who judges variants' answers: those who judge steered ones."""
    steer = run.experiment.config.steer
    return steer.judge if steer else LEXICON


def questions_asked(run: Run) -> list[Asked]:
    """The report questions of every steered trait: asked once, however many prompt sets there are."""
    settings = run.experiment.config.steer
    if settings is None:
        return []
    return [report_questions(run, one, settings) for one in steered_traits(run).values()]


def readings(run: Run, asked: Sequence[Asked]) -> list[Reading]:
    """Every reading of these prompt sets: each variant of its own words, each pair under `compare` of the
    other's; of all sets one after the other, since models take turns in memory."""
    settings = run.experiment.config.infer
    assert settings is not None
    found = [(name, name) for name in settings.variants]
    for pair in run.experiment.config.compare:
        found += [(pair.before, pair.after), (pair.after, pair.before)]
    return [Reading(prompts, *both) for both in dict.fromkeys(found) for prompts in asked]


def answers_artefact(run: Run, variant: str, asked: Asked, settings: InferSettings) -> Artefact:
    """A variant's own answers, and what they depend on."""
    renderer = run.variants.renderer(variant)
    return Artefact(
        run.experiment.layout.answers(variant, asked.name),
        "infer",
        {
            "prompts": digest([asked.ids, asked.rendered(renderer)]),
            "settings": digest([settings.new_tokens]),
            **run.variants.parts(variant),
            "version": ANSWERS_VERSION,
        },
        "answers.manifest.json",
        ("responses.jsonl",),
    )


def reading_artefact(run: Run, reading: Reading, settings: InferSettings) -> Artefact:
    """A reading's residuals, and what they depend on."""
    asked = reading.prompts
    written = answers_artefact(run, reading.writer, asked, settings)
    renderer = run.variants.renderer(reading.reader)
    return Artefact(
        run.experiment.layout.reading(reading.reader, asked.name, reading.writer),
        "infer",
        {
            "answers": written.fingerprint,
            "prompts": digest(asked.rendered(renderer)),
            "settings": digest([settings.store, FIRST_TOKEN]),
            **run.variants.parts(reading.reader),
            "version": READING_VERSION,
        },
        "reading.manifest.json",
        ("residuals",),
    )


def infer(run: Run) -> None:
    """Make every answer and reading that is not there or no longer true.

    Raises:
        InputError: a variant has nothing to say.
    """
    settings = run.experiment.config.infer
    if settings is None:
        return
    chosen = chosen_prompt_sets(run)
    for variant in settings.variants:
        for asked in (*chosen, *questions_asked(run)):
            _answer(run, variant, asked, settings)
    for reading in readings(run, chosen):
        _read(run, reading, settings)


def is_inferred(run: Run, prompts: Asked, settings: InferSettings) -> bool:
    """Whether all is there that comparisons on a prompt set rest on: of the variants that are compared, their
    answers to it and to the report questions, and the readings."""
    compared = readings_compared(run, prompts)
    answered = all(
        answers_artefact(run, variant, asked, settings).is_done()
        for variant in dict.fromkeys(one.reader for one in compared)
        for asked in (prompts, *questions_asked(run))
    )
    return answered and all(reading_artefact(run, one, settings).is_done() for one in compared)


def readings_compared(run: Run, prompts: Asked) -> list[Reading]:
    """The readings of a prompt set by variants that are in a pair under `compare`."""
    compared = {name for pair in run.experiment.config.compare for name in (pair.before, pair.after)}
    return [one for one in readings(run, [prompts]) if one.reader in compared]


def load_answers(run: Run, variant: str, asked: Asked, settings: InferSettings) -> list[dict[str, Any]]:
    """A variant's answers, in the order of the prompts."""
    folder = answers_artefact(run, variant, asked, settings).folder
    # Batches of another size may stand there too, if `run.batch_rows` was changed: the last ones count.
    by_place = {int(row["place"]): row for row in Journal(folder / "responses.jsonl").all_rows()}
    return [by_place[place] for place in sorted(by_place)]


def load_reading(run: Run, reading: Reading) -> dict[int, StoredReading]:
    """A reading's residuals, by the prompts' places in the set.

    Raises:
        WorkError: a shard is damaged; the sentence names it.
    """
    folder = run.experiment.layout.reading(reading.reader, reading.prompts.name, reading.writer)
    return read_store(sorted((folder / "residuals").glob("*.safetensors")))


def _answer(run: Run, variant: str, asked: Asked, settings: InferSettings) -> None:
    artefact = answers_artefact(run, variant, asked, settings)
    if artefact.is_done():
        return
    with run.making(artefact) as record:
        run.progress.begin("infer", f"{variant} answers {asked.name}", len(asked.texts))
        prompts = asked.rendered(run.variants.renderer(variant))
        asks = [
            Ask(text, prompt, {"place": place, "id": name})
            for place, (name, text, prompt) in enumerate(zip(asked.ids, asked.texts, prompts, strict=True))
        ]
        journal = Journal(artefact.folder / "responses.jsonl")
        rows = answer(run, variant, journal, asks, Generation(settings.new_tokens))
        record["generated_tokens"] = sum(len(row["ids"]) for row in rows)
        run.progress.end()


def _read(run: Run, reading: Reading, settings: InferSettings) -> None:
    artefact = reading_artefact(run, reading, settings)
    if artefact.is_done():
        return
    shards = list(_shards(run, reading, settings, artefact.folder))
    if not shards:
        raise InputError(
            f"{run.experiment.file}, variants.{reading.writer}",
            "every answer of this variant is empty: its first token ends it",
            "check its chat template, system prompt and adapter",
        )
    with run.making(artefact):
        # Archiving a stale reading takes its shards away: which are missing is asked only now.
        todo = [(path, places) for path, places in shards if not path.exists()]
        what = f"{reading.reader} reads {reading.writer}{settings.on_set(reading.prompts.name)}"
        run.progress.begin("infer", what, len(reading.prompts.texts))
        answers = load_answers(run, reading.writer, reading.prompts, settings)
        for path, places in todo:
            run.conduct.check()
            write_shard(path, _read_batch(run, reading, answers, places), settings.store)
        run.progress.end()


def _shards(
    run: Run, reading: Reading, settings: InferSettings, folder: Path
) -> Iterator[tuple[Path, list[int]]]:
    """Shard -> places of the answers it holds; empty answers are in none."""
    answers = load_answers(run, reading.writer, reading.prompts, settings)
    places = [int(row["place"]) for row in answers if row["ids"]]
    for number, start in enumerate(range(0, len(places), READ_ROWS)):
        yield folder / "residuals" / f"{number:05d}.safetensors", places[start : start + READ_ROWS]


def _read_batch(
    run: Run, reading: Reading, answers: Sequence[dict[str, Any]], places: Sequence[int]
) -> dict[int, Any]:
    """Readings of a batch at the last prompt token and every response token, by place.

    The reader renders the prompt in its own way; the words are the writer's.
    """
    model, renderer = run.variants.model(reading.reader), run.variants.renderer(reading.reader)
    texts = reading.prompts.texts
    words = [Words(renderer.ids(texts[place]), tuple(answers[place]["ids"])) for place in places]
    kept = [range(len(one.prompt) - 1, len(one.prompt) + len(one.response)) for one in words]
    found = read(model, words, kept, FIRST_TOKEN)
    run.progress.advance(len(places), sum(len(one.prompt) + len(one.response) for one in words))
    return dict(zip(places, found, strict=True))
