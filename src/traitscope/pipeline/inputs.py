"""Every input looked at before the first token is generated: what is wrong is said now, not in an hour."""

from collections.abc import Iterator, Sequence

from traitscope.comparison import FIRST_TOKEN
from traitscope.config import SteerSettings, parse_position
from traitscope.data import Trait, near_duplicate_groups, near_duplicate_pair_groups, split_questions
from traitscope.errors import InputError
from traitscope.models import check_fit, check_quantization
from traitscope.pipeline.check.stage import asked_in, judges_used
from traitscope.pipeline.extract.completing import used_scenes
from traitscope.pipeline.infer.fields import refuse_unknown_groups
from traitscope.pipeline.infer.stage import prompt_sets, questions_asked
from traitscope.pipeline.judge.scoring import trait_prompt
from traitscope.pipeline.judge.trait_judge import learns_completions, trait_judge, trusted_judge
from traitscope.pipeline.readable import (
    Texts,
    refuse_chat_scenes_without_chat,
    refuse_conversations_without_chat,
    refuse_longer_than_context,
)
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.stage import searched_layers, settings_of, steered_traits
from traitscope.pipeline.vet.stage import refuse_filter_without_pairs


def check_inputs(run: Run) -> None:
    """Look at all that needs no weights: traits, questions, prompts, adapters' files, sizes, lengths.

    What needs no model comes first: finding one may mean fetching it.

    Raises:
        InputError: a trait, question list, prompt set, model or adapter cannot be used.
    """
    config = run.experiment.config
    for trait in run.traits.values():
        _refuse_duplicates(trait, config.extract.pairs)
    refuse_filter_without_pairs(run)
    if config.steer is not None:
        for trait in steered_traits(run).values():
            run.judges.check_serves(trait, config.steer.judge)
            split_questions(trait, config.steer.questions, config.steer.report_questions, run.seed)
    if config.infer is not None:
        refuse_conversations_without_chat(run)
        questions_asked(run)
        refuse_unknown_groups(run)
    for variant, chosen in config.variants.items():
        check_quantization(f"{run.experiment.file}, variants.{variant}", chosen.quantization)
        run.variants.adapter(variant)
    for variant in config.variants:
        run.variants.shape(variant)
        run.variants.renderer(variant)
    for trait in run.traits.values():
        refuse_chat_scenes_without_chat(run, trait)
    _refuse_other_sizes(run)
    if config.steer is not None:
        layers = run.variants.shape(config.extract.variant).layers
        for trait in steered_traits(run).values():
            searched_layers(run, settings_of(config.steer, trait), layers)
    _refuse_other_vocabularies(run)
    _refuse_short_prompts(run)
    _refuse_short_answers(run)
    for texts in _texts(run):
        refuse_longer_than_context(run, texts)


def check_adapters(run: Run) -> None:
    """Hold every adapter against its model, still without weights, but slower than `check_inputs`.

    Raises:
        InputError: an adapter was made for another model, or changes nothing.
    """
    for name, settings in run.experiment.config.variants.items():
        adapter = run.variants.adapter(name)
        if adapter is not None and run.variants.has_weights(name):
            check_fit(adapter, run.variants.source(name), settings.trust_remote_code)


def make_judges(run: Run, stages: Sequence[str]) -> None:
    """Make every judge that these stages ask, before they do: a missing key or too weak a classifier is said
    before the work.

    Raises:
        InputError: a judge cannot be made, or is not worth asking.
        WorkError: its model does not fit, or its cache is damaged.
    """
    asked = [
        one
        for one in judges_used(run)
        if run.works_on(one.trait.name) and not asked_in(one).isdisjoint(stages)
    ]
    # Those that learn from completed scenes let scenes be completed.
    for one in sorted(asked, key=lambda one: learns_completions(run, one.trait, one.choice)):
        if one.kind == "trait":
            # What is only compared goes without a verdict where its judge is weak; a choice needs a good one.
            make = trait_judge if one.stages.isdisjoint({"steer", "vet"}) else trusted_judge
            make(run, one.trait, one.choice, one.where)
        else:
            run.judges.of_coherence(one.judge)


def _texts(run: Run) -> Iterator[Texts]:
    config = run.experiment.config
    for trait in run.traits.values():
        scenes, extract = used_scenes(run, trait), config.extract
        texts = [scene.text for scene in scenes.all]
        yield Texts(str(trait.folder), "extract", extract.variant, texts, scenes.prompts, extract.new_tokens)
    if config.steer is not None:
        for trait in steered_traits(run).values():
            yield from _questions(run, trait, config.steer)
    if config.infer is not None:
        for variant in config.infer.variants:
            renderer = run.variants.renderer(variant)
            for asked in (*prompt_sets(run), *questions_asked(run)):
                ids = asked.rendered(renderer)
                where = f"prompts '{asked.name}'"
                yield Texts(where, "infer", variant, asked.texts, ids, config.infer.new_tokens)


def _questions(run: Run, trait: Trait, settings: SteerSettings) -> Iterator[Texts]:
    """A trait's questions, alone and as the coherence judge reads them: below a system prompt that asks for
    the trait."""
    file, renderer = trait.folder / "steering.json", run.variants.renderer(settings.variant)
    split = split_questions(trait, settings.questions, settings.report_questions, run.seed)
    questions, asking = (*split.search, *split.report), trait_prompt(trait)
    for key, texts, system_prompt in (
        ("questions", questions, trait.system_prompt),
        ("trait_prompt", [asking] * len(questions), asking),
    ):
        ids = [renderer.ids(question, system_prompt) for question in questions]
        yield Texts(f"{file}, {key}", "steer", settings.variant, texts, ids, settings.new_tokens)


def _refuse_duplicates(trait: Trait, pairs: int | None) -> None:
    """Near-duplicates are held out together: if all are, nothing is left to fit a direction on."""
    positive, negative = (
        [scene.words for scene in pole[:pairs]] for pole in (trait.positive, trait.negative)
    )
    if len(positive) == len(negative):
        groups = near_duplicate_pair_groups(positive, negative)
    else:
        groups = near_duplicate_groups([*positive, *negative])
    if len(set(groups)) == 1:
        raise InputError(
            str(trait.folder),
            "all scenes are near-duplicates of each other, so that none can be held out",
            "write scenes that differ in more than a word",
        )


def _refuse_other_sizes(run: Run) -> None:
    """Directions of one model fit no model of another depth or width."""
    config = run.experiment.config
    users = [("steer.variant", config.steer.variant)] if config.steer else []
    users += [("infer.variants", name) for name in config.infer.variants] if config.infer else []
    made = run.variants.shape(config.extract.variant)
    for key, name in users:
        found = run.variants.shape(name)
        if (found.layers, found.width) != (made.layers, made.width):
            raise InputError(
                f"{run.experiment.file}, {key}",
                f"'{name}' has {found.layers} layers of width {found.width}, and the directions come from "
                f"'{config.extract.variant}', which has {made.layers} of width {made.width}",
                "name variants whose models have the same layers",
            )


def _refuse_other_vocabularies(run: Run) -> None:
    """Variants that are compared read each other's tokens; only special ones, which no answer holds, may
    differ."""
    for pair in run.experiment.config.comparisons:
        before, after = (_vocabulary(run, name) for name in (pair.before, pair.after))
        if before != after:
            raise InputError(
                f"{run.experiment.file}, compare",
                f"'{pair.before}' and '{pair.after}' have tokenizers of different vocabularies, and each "
                "reads the other's tokens",
                "compare variants of one tokenizer",
            )


def _vocabulary(run: Run, variant: str) -> dict[str, int]:
    tokenizer = run.variants.renderer(variant).tokenizer
    added = tokenizer.get_added_vocab()
    return {token: number for token, number in tokenizer.get_vocab().items() if token not in added}


def _refuse_short_answers(run: Run) -> None:
    """What is compared are the tokens after an answer's opening words."""
    config = run.experiment.config
    if config.comparisons and config.infer is not None and config.infer.new_tokens <= FIRST_TOKEN:
        raise InputError(
            f"{run.experiment.file}, infer.new_tokens",
            f"found {config.infer.new_tokens}, and variants are compared on the tokens after the first "
            f"{FIRST_TOKEN} of each answer",
            f"write at least {2 * FIRST_TOKEN}",
        )


def _refuse_short_prompts(run: Run) -> None:
    """A position inside the prompt is known before anything is generated."""
    settings = run.experiment.config.extract
    for text in settings.fitted_positions:
        where = f"{run.experiment.file}, extract.{'positions' if settings.positions else 'position'}"
        position = parse_position(text, where)
        for trait in run.traits.values() if position.frame == "prompt" else ():
            scenes = used_scenes(run, trait)
            if not all(len(position.tokens(len(prompt), 0)) for prompt in scenes.prompts):
                shortest = min(map(len, scenes.prompts))
                raise InputError(
                    where,
                    f"'{text}' holds no token of the shortest scene of trait '{trait.name}', which has "
                    f"{shortest}",
                    "choose tokens that every scene has, such as 'prompt[-1]'",
                )
