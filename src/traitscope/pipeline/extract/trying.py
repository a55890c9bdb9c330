"""Look before extracting: scenes completed as extraction would, and what went wrong in each.

A trait's own completions are those that extraction uses. Scenes tried by hand and other wordings of a set are
kept beside them, and no figure rests on those.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from traitscope.config import one_of, parse_position, trait_name
from traitscope.data import Scene, Trait, load_trait
from traitscope.errors import InputError
from traitscope.experiment import Experiment, Journal, digest
from traitscope.judging import Score
from traitscope.judging.choosing import can_judge
from traitscope.lint.kind import kind_of
from traitscope.lint.reading import read_draft
from traitscope.pipeline.answering import Ask, Generation, answer
from traitscope.pipeline.extract.completing import PAGE, Scenes, complete_in, rendered_scenes, used_scenes
from traitscope.pipeline.judge.judges import TraitJudge
from traitscope.pipeline.judge.trait_judge import learns_completions, trusted_judge
from traitscope.pipeline.readable import Texts, refuse_chat_scenes_without_chat, refuse_longer_than_context
from traitscope.pipeline.run import Run, running
from traitscope.progress import Progress
from traitscope.report.try_page import write_try_page
from traitscope.vetting import Completion, Looked, LookedSet, Pole, Standard, cut, look, look_at

_UNLIKE = " The judge under vet learned from one of the wordings, so that it was asked about neither."
JOURNAL = "tried.jsonl"
"""Scenes tried by hand, beside the trait's completions."""


@dataclass(frozen=True)
class Tried:
    """What there is to look at."""

    sets: tuple[LookedSet, ...]
    """The trait's own scenes and, where it was held against one, another wording of them."""
    made: str
    """Who completed them, and which words count."""
    page: Path


def try_trait(experiment: Experiment, name: str, progress: Progress) -> Tried:
    """Complete every scene of a trait that extraction would use; the page lies beside the completions.

    Raises:
        InputError: the file has no such trait, or its folder, the model or the judge cannot be used.
        WorkError: disk, memory, the judge, or another process holds the experiment.
    """
    trait = _trait(experiment, name)
    with running(experiment, progress) as run:
        return _look_at(run, trait, [_own(run, trait)])


def try_against(experiment: Experiment, name: str, wording: Path, progress: Progress) -> Tried:
    """Complete a trait's scenes and those of another folder alike, to hold one wording against the other.

    Raises:
        InputError, WorkError: as `try_trait`; or the other folder is no trait.
    """
    trait, other = _trait(experiment, name), load_trait(wording)
    folder = experiment.layout.against(trait.name, experiment.config.extract.variant, wording)
    with running(experiment, progress) as run:
        scenes = rendered_scenes(run, other)
        return _look_at(
            run, trait, [_own(run, trait), _Wording(_told_apart(other, trait), other, scenes, folder)]
        )


def try_scenes(
    experiment: Experiment, name: str, scenes: Sequence[Scene], pole: Pole, progress: Progress
) -> tuple[Looked, ...]:
    """Complete scenes tried by hand for one side; what was tried before is not decoded again.

    Raises:
        InputError: the file has no such trait, or a scene is too long.
        WorkError: disk, memory, or another process holds the experiment.
    """
    listed, settings = _listed(experiment, name), experiment.config.extract
    name, standard = trait_name(listed), Standard(act=_act_of_input(experiment, listed))
    journal = experiment.layout.extract(name, settings.variant) / JOURNAL
    with running(experiment, progress) as run:
        renderer, texts = run.variants.renderer(settings.variant), [scene.text for scene in scenes]
        prompts = [renderer.ids(text) for text in texts]
        refuse_longer_than_context(
            run, Texts("--scene", "extract", settings.variant, texts, prompts, settings.new_tokens)
        )
        made = digest([run.variants.parts(settings.variant), settings.new_tokens])
        asks = [
            Ask(text, prompt, {"made": made, "scene": text})
            for text, prompt in zip(texts, prompts, strict=True)
        ]
        rows = _kept_answers(run, name, Journal(journal), asks)
        completions = [replace(one, pole=pole) for one in _completions(run, scenes, rows)]
        return tuple(look(one, None, standard) for one in completions)


@dataclass(frozen=True)
class _Wording:
    """One set of scenes, and where its completions are kept."""

    name: str
    """What it is called beside another."""
    trait: Trait
    scenes: Scenes
    folder: Path


def _trait(experiment: Experiment, name: str) -> Trait:
    return load_trait(experiment.input("traits", _listed(experiment, name)))


def _listed(experiment: Experiment, name: str) -> str:
    """A trait as the file lists it, by name or by path."""
    listed = experiment.config.trait_paths
    if name in listed.values():
        return name
    if name not in listed:
        what = f"'{name}' is not among the traits of {experiment.file}"
        raise InputError("--trait", what, f"write {one_of(name, listed)}, or add it to traits")
    return listed[name]


def _own(run: Run, trait: Trait) -> _Wording:
    folder = run.experiment.layout.extract(trait.name, run.experiment.config.extract.variant)
    return _Wording(trait.name, trait, used_scenes(run, trait), folder)


def _told_apart(other: Trait, trait: Trait) -> str:
    """A name for another wording, longer by its parent folder where both are called alike."""
    folder = other.folder.resolve()
    return other.name if other.name != trait.name else f"{folder.parent.name}/{folder.name}"


def _look_at(run: Run, trait: Trait, wordings: Sequence[_Wording]) -> Tried:
    """Complete, judge and show the wordings; the page lies beside the completions of the last one."""
    for wording in wordings:
        _refuse_unreadable(run, wording)
    unlike = len(wordings) > 1 and _learned_from_one(run, trait)
    judge, standard = None if unlike else _judge(run, trait), _standard(run, trait)
    completed = [_complete(run, wording) for wording in wordings]
    sets = tuple(
        _looked(run, wording, found, judge, standard)
        for wording, found in zip(wordings, completed, strict=True)
    )
    settings = run.experiment.config.extract
    made = (
        f"Variant '{settings.variant}' ({run.variants.settings(settings.variant).model}) wrote up to "
        f"{settings.new_tokens} tokens after each scene; {' and '.join(settings.fitted_positions)} counts."
        f"{_left_out(trait, settings.pairs)} {_looked_for(standard.act)}"
        f"{_UNLIKE if unlike else ''}"
    )
    page = wordings[-1].folder / PAGE
    write_try_page(page, " against ".join(wording.name for wording in wordings), made, sets)
    return Tried(sets, made, page)


def _left_out(trait: Trait, pairs: int | None) -> str:
    """A sentence on scenes that extraction leaves out, so that nobody looks at them; empty without any."""
    longest = max(len(trait.positive), len(trait.negative))
    if pairs is None or pairs >= longest:
        return ""
    return (
        f" extract.pairs takes the first {pairs} of {longest} scenes a side; the others were not looked at."
    )


def _looked_for(act: Pole | None) -> str:
    """Which reversals could be found at all."""
    if act is None:
        return "Of reversals only refusals are looked for: this trait is no act that people would blame."
    return f"Confession, guilt and moralising are looked for on the {act} side, refusals on both."


def _refuse_unreadable(run: Run, wording: _Wording) -> None:
    settings, scenes = run.experiment.config.extract, wording.scenes
    refuse_chat_scenes_without_chat(run, wording.trait)
    where, texts = str(wording.trait.folder), [scene.text for scene in scenes.all]
    refuse_longer_than_context(
        run, Texts(where, "extract", settings.variant, texts, scenes.prompts, settings.new_tokens)
    )


def _judge(run: Run, trait: Trait) -> TraitJudge | None:
    """The one that vets the trait; None where nobody does."""
    vet = run.experiment.config.vet
    if vet is None or not can_judge(run.experiment.config, trait, vet.judge):
        return None
    return trusted_judge(run, trait, vet.judge, "vet.judge")


def _learned_from_one(run: Run, trait: Trait) -> bool:
    """Whether the one that vets was trained on the trait's own wording, which it scores out of fold, and any
    other wording as something new: figures that cannot be compared."""
    vet = run.experiment.config.vet
    return vet is not None and learns_completions(run, trait, vet.judge)


def _standard(run: Run, trait: Trait) -> Standard:
    """The bounds under `vet`; whether the scenes do what people would blame is read off the definition."""
    vet, act = run.experiment.config.vet, _act(trait.folder)
    return Standard(vet.positive, vet.negative, act) if vet else Standard(act=act)


def _act_of_input(experiment: Experiment, listed: str) -> Pole | None:
    """The pole of a set's blamed acts; every reversal is looked for where there is no set yet."""
    try:
        return _act(experiment.input("traits", listed))
    except InputError:
        return "positive"


def _act(folder: Path) -> Pole | None:
    kind = kind_of(read_draft(folder))
    return None if kind.of == "other" else kind.pole


def _complete(run: Run, wording: _Wording) -> list[Completion]:
    rows = complete_in(run, wording.name, wording.scenes, wording.folder)
    return _completions(run, wording.scenes.all, rows)


def _looked(
    run: Run,
    wording: _Wording,
    completions: Sequence[Completion],
    judge: TraitJudge | None,
    standard: Standard,
) -> LookedSet:
    scores = _scores(run, wording.name, completions, judge)
    label = judge.record()["label"] if judge else ""
    return look_at(wording.name, completions, scores, wording.scenes.paired, label, standard)


def _scores(
    run: Run, name: str, completions: Sequence[Completion], judge: TraitJudge | None
) -> Sequence[Score]:
    """The judge sees the completions and neither their scenes nor their poles."""
    if judge is None:
        return [None] * len(completions)
    run.progress.begin("try", f"{name} judged", len(completions))
    texts = [one.text for one in completions]
    found = [said.value for said in judge.score([""] * len(texts), texts)]
    run.progress.advance(len(texts), 0)
    run.progress.end()
    return found


def _kept_answers(run: Run, name: str, journal: Journal, asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """Rows in the order asked; only what the journal lacks is decoded."""
    wanted = {(ask.note["made"], ask.prompt): ask for ask in asks}
    kept = {(row["made"], tuple(row["prompt"])): row for row in journal.all_rows()}
    new = [ask for key, ask in wanted.items() if key not in kept]
    if new:
        settings = run.experiment.config.extract
        run.progress.begin("try", name, len(new))
        for row in answer(run, settings.variant, journal, new, Generation(settings.new_tokens)):
            kept[row["made"], tuple(row["prompt"])] = row
        run.progress.end()
    return [kept[ask.note["made"], ask.prompt] for ask in asks]


def _completions(run: Run, scenes: Sequence[Scene], rows: Sequence[dict[str, Any]]) -> list[Completion]:
    """Rows cut where the words lie that count; one without a pole is taken for positive."""
    settings = run.experiment.config.extract
    position = parse_position(settings.fitted_positions[0], f"{run.experiment.file}, extract.position")
    decode = run.variants.renderer(settings.variant).decode
    completions = []
    for scene, row in zip(scenes, rows, strict=True):
        prompt, ids = len(row["prompt"]), tuple(row["ids"])
        tokens = position.tokens(prompt, len(ids))
        pieces = cut(ids, range(tokens.start - prompt, tokens.stop - prompt), decode)
        pole = row.get("pole", "positive")
        completions.append(Completion(pole, scene.line, scene.words, *pieces, row["ended"]))
    return completions
