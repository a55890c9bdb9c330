"""A trait's questions answered without steering, by the model that will be steered, and judged."""

from traitscope.config import SteerSettings
from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.experiment import Journal, digest
from traitscope.pipeline.answering import Ask, Generation, answer, draw_seed
from traitscope.pipeline.judge.judges import TraitJudge
from traitscope.pipeline.judge.trait_judge import trusted_judge
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.nesting import drawing
from traitscope.pipeline.steer.stage import settings_of, steered_traits
from traitscope.report.vet_text import QuestionsView
from traitscope.vetting import QuestionScore, check_questions

FILE = "questions.jsonl"


def vet_questions(run: Run) -> dict[str, QuestionsView]:
    """How the questions of every steered trait that is worked on stand, by trait.

    Raises:
        InputError: the file has no `steer`, or a trait no questions or no judge.
        WorkError: as a judge does.
    """
    settings = run.experiment.config.steer
    if settings is None:
        what = "there is no 'steer', so that nothing says who answers the questions and who judges"
        raise InputError(str(run.experiment.file), what, "add steer with variant and judge")
    traits = {name: trait for name, trait in steered_traits(run).items() if run.works_on(name)}
    for trait in traits.values():
        if not trait.questions:
            where = str(trait.folder / "steering.json")
            raise InputError(
                f"{where}, questions", "there are no questions", "write some, or do not steer it"
            )
    judges = {name: trusted_judge(run, trait, settings.judge) for name, trait in traits.items()}
    return {
        name: _check(run, trait, settings_of(settings, trait), judges[name]) for name, trait in traits.items()
    }


def _check(run: Run, trait: Trait, settings: SteerSettings, judge: TraitJudge) -> QuestionsView:
    renderer = run.variants.renderer(settings.variant)
    made = digest([run.variants.parts(settings.variant), settings.new_tokens, *drawing(settings, run.seed)])
    prompts = [renderer.ids(question, trait.system_prompt) for question in trait.questions]
    asks = [
        Ask(
            question,
            prompt,
            {"question": question, "made": made},
            seed=draw_seed(run.seed, question, 0),
        )
        for question, prompt in zip(trait.questions, prompts, strict=True)
    ]
    journal = Journal(run.experiment.layout.steer(trait.name, settings.variant) / FILE)
    run.progress.begin("vet", f"{trait.name} questions", len(asks))
    rows = answer(
        run,
        settings.variant,
        journal,
        asks,
        Generation(settings.new_tokens, temperature=settings.temperature),
    )
    texts = [row["text"] for row in rows]
    scores = [one.value for one in judge.score(trait.questions, texts)]
    run.progress.end()
    scored = [QuestionScore(*one) for one in zip(trait.questions, texts, scores, strict=True)]
    return QuestionsView(
        judge=str(judge.record()["label"]),
        push=settings.push or "induce",
        questions=len(scored),
        unscored=scores.count(None),
        check=check_questions(scored, settings.push),
    )
