"""Answers that a coherence judge is checked on: plain ones, ones that were asked to show the trait, and ones
that were steered, by a little and by far too much."""

from collections.abc import Mapping, Sequence

from traitscope.config import SteerSettings
from traitscope.data import Trait
from traitscope.engine import Push
from traitscope.experiment import Journal
from traitscope.judging import Judge, Score
from traitscope.judging.coherence_check import CoherenceScores
from traitscope.pipeline.answering import Ask, Generation, answer, draw_seed
from traitscope.pipeline.extract.stage import load_directions
from traitscope.pipeline.judge.scoring import coherence_scores, trait_prompt
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.stage import searched_layers
from traitscope.steering import competing_sources

MODERATE = 0.25
"""Relative strength that leaves language whole on every model tried."""
STRONG = 1.0
"""Relative strength past the edge: the push is as long as the stream itself."""


def layers_checked(run: Run, settings: SteerSettings) -> tuple[int, ...]:
    """The middle one of the layers searched; the check costs a fraction of the search."""
    depth = run.variants.shape(settings.variant).layers
    layers = searched_layers(run, settings, depth)
    return (layers[len(layers) // 2],)


def group_scores(
    run: Run,
    trait: Trait,
    settings: SteerSettings,
    questions: Sequence[str],
    layers: Sequence[int],
    reader: Judge | None,
    journal: Journal,
) -> CoherenceScores:
    """Coherence of all four groups, each as the search would score it."""
    directions = load_directions(run, trait, *competing_sources(run.experiment.config)[0])
    pushes: dict[str, list[Push | None]] = {"plain": [None], "prompted": [None]}
    for group, strength in (("moderate", MODERATE), ("strong", STRONG)):
        sign = settings.sign
        pushes[group] = [
            Push(
                layer,
                sign * strength * directions.base_norm[layer] * directions.write[layer],
                directions.component,
            )
            for layer in layers
        ]
    asks = _asks(run, trait, settings, questions, pushes)
    generation = Generation(settings.new_tokens, settings.positions, settings.temperature)
    rows = answer(run, settings.variant, journal, list(asks.values()), generation)
    renderer = run.variants.renderer(settings.variant)
    plain = {question: list(renderer.ids(question, trait.system_prompt)) for question in questions}
    asked = [ask.text for ask in asks.values()]
    # Whatever brought an answer about, it is judged as an answer to the plain question.
    answers = [{**row, "prompt": plain[question]} for row, question in zip(rows, asked, strict=True)]
    groups = [group for group, _, _ in asks]
    scores = coherence_scores(run, settings.variant, trait, reader, answers, asked, groups.count("plain"))
    found: dict[str, list[Score]] = {group: [] for group in pushes}
    for group, score in zip(groups, scores, strict=True):
        found[group].append(score)
    return CoherenceScores(found["plain"], found["prompted"], found["moderate"], found["strong"])


def _asks(
    run: Run,
    trait: Trait,
    settings: SteerSettings,
    questions: Sequence[str],
    pushes: Mapping[str, Sequence[Push | None]],
) -> dict[tuple[str, int, int], Ask]:
    """(group, layer, question) -> what is asked; the plain ones come first."""
    renderer = run.variants.renderer(settings.variant)
    asks = {}
    for group, some in pushes.items():
        system_prompt = trait_prompt(trait) if group == "prompted" else trait.system_prompt
        for push in some:
            layer = -1 if push is None else push.layer
            for index, question in enumerate(questions):
                note = {"group": group, "layer": layer, "question": index}
                seed = draw_seed(run.seed, question, 0)
                prompt = renderer.ids(question, system_prompt)
                asks[group, layer, index] = Ask(question, prompt, note, push, seed)
    return asks
