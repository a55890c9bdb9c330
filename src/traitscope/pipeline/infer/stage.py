"""Stage 3, infer: variants answer in their own words, re-read each other's, and every token is projected."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.comparison import FIRST_TOKEN
from traitscope.config import Choice, InferSettings, SteerSettings
from traitscope.data import Prompt, Trait, split_questions
from traitscope.engine import Words
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.inference import Answer
from traitscope.inference.shards import INDEX
from traitscope.judging.choosing import can_judge
from traitscope.models import Ids, Renderer
from traitscope.pipeline.answering import Ask
from traitscope.pipeline.extract.stage import directions_print
from traitscope.pipeline.infer.capturing import capture_reading, lacking, wanted_layers
from traitscope.pipeline.infer.lines import read_places
from traitscope.pipeline.infer.together import Companions, answer_together
from traitscope.pipeline.judge.judge_parts import is_forced, judge_parts
from traitscope.pipeline.run import QUESTIONS, Run
from traitscope.pipeline.steer.stage import steered_traits

ANSWERS_VERSION = "1"
READING_VERSION = "2"


@dataclass(frozen=True)
class Asked:
    """A list of prompts that variants answer: a prompt set, or a steered trait's report questions.

    Attributes:
        name: of its folder.
        prompts: what is asked; a system prompt of theirs takes the place of the variant's.
    """

    name: str
    prompts: tuple[Prompt, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the prompts."""
        return tuple(one.id for one in self.prompts)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is asked, as judges and people read it."""
        return tuple(one.text for one in self.prompts)

    def rendered(self, renderer: Renderer) -> list[Ids]:
        """The prompts as a variant reads them."""
        return [renderer.ids(one.asked, one.system_prompt) for one in self.prompts]


@dataclass(frozen=True)
class Reading:
    """Who reads whose answers to which prompt set."""

    prompts: Asked
    reader: str
    writer: str

    @property
    def of_writer(self) -> "Reading":
        """The writer's reading of the same words, its own."""
        return Reading(self.prompts, self.writer, self.writer)

    @property
    def of_reader(self) -> "Reading":
        """The reader's reading of its own words."""
        return Reading(self.prompts, self.reader, self.reader)


def prompt_sets(run: Run) -> list[Asked]:
    """The prompt sets under `infer.prompts`, in the order of the file."""
    return [Asked(name, found.prompts) for name, found in run.prompt_sets.items()]


def chosen_prompt_sets(run: Run) -> list[Asked]:
    """Those that are worked on."""
    return [one for one in prompt_sets(run) if run.works_on_prompts(one.name)]


def report_questions(run: Run, trait: Trait, settings: SteerSettings) -> Asked:
    """A steered trait's report questions, which variants answer too: its behaviour is judged on them."""
    split = split_questions(trait, settings.questions, settings.report_questions, run.seed)
    prompts = tuple(
        Prompt(f"{trait.name}-{number:02d}", question, trait.system_prompt)
        for number, question in enumerate(split.report, start=1)
    )
    return Asked(f"{QUESTIONS}{trait.name}", prompts)


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
    """Who judges variants' answers: whom `compare` names, else those who judge steered ones."""
    return run.experiment.config.compared_by


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
    for pair in run.experiment.config.comparisons:
        found += [(pair.before, pair.after), (pair.after, pair.before)]
    return [Reading(prompts, *both) for both in dict.fromkeys(found) for prompts in asked]


def answers_artefact(run: Run, variant: str, asked: Asked, settings: InferSettings) -> Artefact:
    """A variant's own answers, and what they depend on."""
    renderer = run.variants.renderer(variant)
    return Artefact(
        run.experiment.layout.answers(variant, asked.name),
        "infer",
        {
            "prompts": run.once(
                ("answered", variant, asked), lambda: digest([asked.ids, asked.rendered(renderer)])
            ),
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
    folder = store(run, reading)
    kept = settings.model_dump(include={"store", "store_dtype", "components", "sides", "shard_mb"})
    # The writer's own likeliest tokens are what the reader is asked about.
    asked_about = (
        {}
        if reading.reader == reading.writer
        else {"asked about": digest(run.variants.parts(reading.writer))}
    )
    # Where no tokens are stored, projections are made while the model reads.
    along = (
        {"lines": digest(read_places(run)), "directions": directions_print(run)}
        if settings.store == "none"
        else {}
    )
    return Artefact(
        folder,
        "infer",
        {
            "answers": written.fingerprint,
            "prompts": run.once(("read", reading.reader, asked), lambda: digest(asked.rendered(renderer))),
            "settings": digest([kept, FIRST_TOKEN]),
            **run.variants.parts(reading.reader),
            **asked_about,
            **along,
            "version": READING_VERSION,
        },
        "reading.manifest.json",
        ("residuals", "summaries", "covariance", INDEX),
        lambda: lacking(
            folder, wanted_layers(run, settings, run.variants.shape(reading.reader).layers), settings
        ),
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
    companions = Companions(run)
    for asked in (*chosen, *questions_asked(run)):
        waiting = [
            variant
            for variant in settings.variants
            if not answers_artefact(run, variant, asked, settings).is_done()
        ]
        for group in companions.groups(settings.variants) if waiting else ():
            if some := [variant for variant in group if variant in waiting]:
                _answer(run, some, asked, settings, len(group))
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
    compared = {name for pair in run.experiment.config.comparisons for name in (pair.before, pair.after)}
    return [one for one in readings(run, [prompts]) if one.reader in compared]


def load_answers(run: Run, variant: str, asked: Asked, settings: InferSettings) -> list[dict[str, Any]]:
    """A variant's answers, in the order of the prompts."""
    folder = answers_artefact(run, variant, asked, settings).folder
    # Batches of another size may stand there too, if `run.batch_rows` was changed: the last ones count.
    by_place = {int(row["place"]): row for row in Journal(folder / "responses.jsonl").all_rows()}
    return [by_place[place] for place in sorted(by_place)]


def store(run: Run, reading: Reading) -> Path:
    """Where what a reading left is stored."""
    return run.experiment.layout.reading(reading.reader, reading.prompts.name, reading.writer)


def _answer(
    run: Run, variants: Sequence[str], asked: Asked, settings: InferSettings, companions: int
) -> None:
    """Let variants that share a batch answer a list of prompts."""
    asks = [
        [
            Ask(text, prompt, {"place": place, "id": name})
            for place, (name, text, prompt) in enumerate(
                zip(asked.ids, asked.texts, asked.rendered(run.variants.renderer(variant)), strict=True)
            )
        ]
        for variant in variants
    ]
    artefacts = [answers_artefact(run, variant, asked, settings) for variant in variants]
    who = " and ".join(filter(None, (", ".join(variants[:-1]), variants[-1])))
    verb = "answers" if len(variants) == 1 else "answer"
    run.progress.begin("infer", f"{who} {verb} {asked.name}", len(variants) * len(asked.texts))
    answer_together(run, variants, artefacts, asks, settings.new_tokens, run.batch_rows // companions)
    run.progress.end()


def _read(run: Run, reading: Reading, settings: InferSettings) -> None:
    artefact = reading_artefact(run, reading, settings)
    if artefact.is_done():
        return
    rows = load_answers(run, reading.writer, reading.prompts, settings)
    answers = _answers_read(run, reading, rows)
    if not answers:
        raise InputError(
            f"{run.experiment.file}, variants.{reading.writer}",
            "every answer of this variant is empty: its first token ends it",
            "check its chat template, system prompt and adapter",
        )
    with run.making(artefact):
        what = f"{reading.reader} reads {reading.writer}{settings.on_set(reading.prompts.name)}"
        run.progress.begin("infer", what, len(answers))
        ids = {int(row["place"]): str(row["id"]) for row in rows}
        written = None if reading.reader == reading.writer else store(run, reading.of_writer)
        capture_reading(run, reading.reader, answers, ids, artefact.folder, settings, written)
        run.progress.end()


def _answers_read(run: Run, reading: Reading, rows: Sequence[dict[str, Any]]) -> dict[int, Answer]:
    """Place -> what is read there: the reader renders the prompt in its own way, the words are the writer's;
    empty answers are left out."""
    renderer = run.variants.renderer(reading.reader)
    prompts = reading.prompts.rendered(renderer)
    return {
        place: Answer(
            place,
            Words(prompts[place], tuple(row["ids"])),
            renderer.content(prompts[place], reading.prompts.prompts[place].system_prompt),
        )
        for row in rows
        for place in [int(row["place"])]
        if row["ids"]
    }
