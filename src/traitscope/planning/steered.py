"""What steering and the check of its judges take: answers searched, reported, scored."""

from collections.abc import Iterator, Sequence

from traitscope.config import LIKELIHOOD, Choice, SteerSettings, judge_name
from traitscope.data import Trait
from traitscope.data.trait import prompt_baseline, trait_prompt
from traitscope.judging.check import why_not_checked
from traitscope.judging.choosing import can_judge
from traitscope.judging.coherence_check import CHECKED_QUESTIONS
from traitscope.planning.disk import SCORE, answers_bytes
from traitscope.planning.inputs import Inputs
from traitscope.planning.judges import by_check, by_coherence, by_trait
from traitscope.planning.work import Batch, Decoding, Judged, Likelihood, Work, decoded
from traitscope.steering.competing import competing_sources
from traitscope.steering.counting import count_arms, search_size

COHERENCE_GROUPS = 4
"""Plain, prompted, moderately and strongly steered answers; the steered ones at one layer."""


def steering(inputs: Inputs, trait: Trait) -> Work:
    """A trait's search and its report, with every arm that there may be."""
    settings = inputs.experiment.config.steer
    assert settings is not None
    split = inputs.split(trait, settings)
    layers, arms = inputs.layers(trait, settings), count_arms(settings, len(inputs.traits))
    depth = inputs.architecture(settings.variant).layers
    own = settings.model_copy(update={"refine": settings.refine_of(trait.name)})
    size = search_size(own, layers, depth, len(competing_sources(inputs.experiment.config)))
    searched = [(split.search, 1)]
    searched += [(split.search[: one.questions], one.points) for one in (*size.coarse, *size.refined)]
    again = is_proved_twice(inputs, trait)
    # Unsteered answers are decoded first and by themselves, then step by step, then the other arms.
    alone, proofs = [*searched, (split.report, 1)], [(split.report, arms.most - 1)] * (1 + again)
    parts = [*alone, *proofs]
    asking = prompt_baseline(trait, settings.push)
    batches = (
        *(b for part in alone for b in answered(inputs, trait, settings, *part)),
        # The last arm is the system prompt that asks for the trait.
        *(b for proof in proofs for b in answered(inputs, trait, settings, *proof, asking)),
    )
    judged = tuple(
        one
        for questions, aims in parts
        for times in [aims * settings.samples]
        for one in (
            *by_trait(inputs, trait, settings.judge, questions, times, settings.new_tokens),
            *by_coherence(inputs, settings.coherence, questions, times, settings.new_tokens),
        )
    )
    # Where the refinement finds no other winner, nothing is proved again.
    spared = again * 2 * settings.samples * len(split.report) * (arms.most - 1)
    if settings.specificity:
        specific = _for_others(inputs, trait, settings, split.report)
        judged += specific * (1 + again)
        spared += again * sum(one.answers for one in specific if one.rubric != "engagement")
    decodings = [batch for batch in batches if isinstance(batch, Decoding)]
    rows, prompts = (
        sum(found) for found in zip(*((b.rows, b.prompt_tokens) for b in decodings), strict=True)
    )
    return Work(
        "steer",
        trait.name,
        settings.variant,
        batches,
        judged,
        # Where nothing is coherent nothing is refined around it.
        spared=spared
        + 2
        * settings.samples
        * (
            len(split.report) * (arms.most - arms.least)
            + sum(one.points * one.questions for one in size.refined)
        ),
        disk=answers_bytes(rows, prompts, settings.new_tokens) + rows * SCORE,
    )


def is_proved_twice(inputs: Inputs, trait: Trait) -> bool:
    """Whether a coarse winner is proved first, because the order leaves the refinement for later."""
    config = inputs.experiment.config
    return trait.name in config.refined_traits and any(entry.do == "refine" for entry in config.order)


def _for_others(
    inputs: Inputs, trait: Trait, settings: SteerSettings, questions: Sequence[str]
) -> tuple[Judged, ...]:
    """The winner's answers and the unsteered ones, judged for every other trait that can be."""
    config = inputs.experiment.config
    return tuple(
        found
        for name, other in inputs.traits.items()
        if name != trait.name and can_judge(config, other, config.compared_by)
        for found in by_trait(
            inputs, other, config.compared_by, questions, 2 * settings.samples, settings.new_tokens
        )
    )


def checks(inputs: Inputs, trait: Trait) -> Iterator[Work]:
    """The checks of every judge that scores a trait, as far as it can be checked."""
    config = inputs.experiment.config
    choices: list[Choice] = []
    if config.steer is not None and trait.name in inputs.steered:
        choices.append(config.steer.judge)
    if config.comparisons:
        choices.append(config.compared_by)
    if config.vet is not None:
        choices.append(config.vet.judge)
    able = [choice for choice in choices if can_judge(inputs.experiment.config, trait, choice)]
    names = dict.fromkeys(judge_name(choice, trait.name) for choice in able)
    for name in names:
        if name is not None and why_not_checked(trait.labelled) is None:
            judged = by_check(inputs, trait, name)
            yield Work("check", f"{trait.name}: {name}", judged=judged, counted=False, disk=10 * SCORE)
    if config.steer is not None and trait.name in inputs.steered:
        yield _coherence_check(inputs, trait, config.steer)


def _coherence_check(inputs: Inputs, trait: Trait, settings: SteerSettings) -> Work:
    questions = inputs.split(trait, settings).search[:CHECKED_QUESTIONS]
    lengths = inputs.lengths[settings.variant]
    plain = [lengths.of(question, trait.system_prompt) for question in questions]
    asking = [lengths.of(question, trait_prompt(trait)) for question in questions]
    prompts = [*plain, *asking, *plain, *plain]
    batches: list[Batch] = list(decoded(prompts, inputs.batch_rows, settings.new_tokens))
    if settings.coherence == LIKELIHOOD:
        batches += [_likelihood(len(prompts), unique, settings.new_tokens) for unique in (plain, asking)]
    judged = by_coherence(inputs, settings.coherence, questions, COHERENCE_GROUPS, settings.new_tokens)
    subject = f"{trait.name}: {settings.coherence} (coherence)"
    disk = answers_bytes(len(prompts), sum(prompts), settings.new_tokens)
    return Work("check", subject, settings.variant, tuple(batches), judged, counted=False, disk=disk)


def answered(
    inputs: Inputs,
    trait: Trait,
    settings: SteerSettings,
    questions: Sequence[str],
    aims: int,
    last_system_prompt: str | None = None,
) -> Iterator[Batch]:
    """All samples of every question under every aim, and the likelihood of answers where that is coherence.

    `last_system_prompt` is that of the last aim, where it is not the trait's.
    """
    lengths = inputs.lengths[settings.variant]
    system_prompts = [trait.system_prompt] * (aims - 1) + [last_system_prompt or trait.system_prompt]
    asked = [
        (question, system_prompt)
        for system_prompt in system_prompts
        for question in questions
        for _ in range(settings.samples)
    ]
    of = {one: lengths.of(*one) for one in dict.fromkeys(asked)}
    start = 0
    for batch in decoded([of[one] for one in asked], inputs.batch_rows, settings.new_tokens):
        yield batch
        if settings.coherence == LIKELIHOOD:
            distinct = dict.fromkeys(asked[start : start + batch.rows])
            asking = dict.fromkeys(question for question, _ in distinct)
            yield _likelihood(batch.rows, [of[one] for one in distinct], settings.new_tokens)
            yield _likelihood(
                batch.rows, [lengths.of(one, trait_prompt(trait)) for one in asking], settings.new_tokens
            )
        start += batch.rows


def _likelihood(rows: int, prompts: Sequence[int], new_tokens: int) -> Likelihood:
    return Likelihood(rows, len(prompts), sum(prompts), max(prompts), new_tokens)
