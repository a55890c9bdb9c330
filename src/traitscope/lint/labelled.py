"""Answers scored by hand: enough of them, all over the scale, and in words of their own."""

from collections.abc import Iterator, Sequence

from traitscope.config.lint import LintSettings
from traitscope.data.duplicates import near_duplicates
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Labelled
from traitscope.lint.finding import Finding
from traitscope.lint.repeats import shared_run
from traitscope.lint.words import beginning, n_grams, words

THIRDS = ("0-30", "30-70", "70-100")


def labelled_answers(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Exact: counts, repeats, and runs of words shared with scenes and questions."""
    answers, file = draft.labelled, draft.labelled_file
    if not file.exists():
        yield codes.NO_LABELLED.found(file, None, "there is no such file")
        return
    if len(answers) < settings.few_labelled:
        what = f"{len(answers)} answer{'s' * (len(answers) != 1)}, fewer than {settings.few_labelled}"
        yield codes.FEW_LABELLED.found(file, None, what)
    for third, share in spread(answers).items():
        if share < settings.labelled_third:
            what = f"{share:.0%} of the scores lie in {third}, fewer than {settings.labelled_third:.0%}"
            yield codes.LABELLED_SPREAD.found(file, None, what)
    yield from _repeats(draft, settings)
    yield from _shared_with_scenes(draft, settings)
    yield from _shared_with_questions(draft, settings)


def spread(answers: Sequence[Labelled]) -> dict[str, float]:
    """Share of the scores in each third of the scale; 30 and 70 belong to the middle."""
    if not answers:
        return {}
    low = sum(answer.score < 30 for answer in answers)
    high = sum(answer.score > 70 for answer in answers)
    counts = (low, len(answers) - low - high, high)
    return {third: count / len(answers) for third, count in zip(THIRDS, counts, strict=True)}


def _repeats(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    told = set()
    texts = [answer.answer for answer in draft.labelled]
    for first, second in near_duplicates(texts, settings.near_duplicate):
        if second not in told:
            told.add(second)
            one, other = draft.labelled[first], draft.labelled[second]
            what = f"{beginning(other.answer, 40)} repeats line {one.line}, or nearly so"
            yield codes.REPEATED_ANSWER.found(draft.labelled_file, other.line, what)


def _shared_with_scenes(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    size = settings.shared_run
    runs = [
        (f"{side.file.name}, line {scene.line}", n_grams(scene.text, size))
        for side in draft.sides
        for scene in side.scenes
    ]
    known = {run: place for place, found in reversed(runs) for run in found}
    for answer in draft.labelled:
        for text in (answer.question, answer.answer):
            run = shared_run(text, known, size)
            if run:
                what = f'"{run}" is also in {known[tuple(run.split())]}'
                yield codes.LABELLED_SHARES_SCENE.found(draft.labelled_file, answer.line, what)


def _shared_with_questions(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    asked = [question.text for question in draft.questions]
    own = list(dict.fromkeys(answer.question for answer in draft.labelled))
    alike = {
        own[second - len(asked)]: asked[first]
        for first, second in near_duplicates([*asked, *own], settings.near_duplicate)
        if first < len(asked) <= second
    }
    for answer in draft.labelled:
        if answer.question in alike and len(words(answer.question)) > 2:
            asked_there = f"asked, nearly or wholly, in {draft.steering_file.name}"
            what = f"{beginning(answer.question, 50)} is also {asked_there}"
            yield codes.LABELLED_SHARES_QUESTION.found(draft.labelled_file, answer.line, what)
