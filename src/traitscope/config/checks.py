"""What the parts of a file must agree on: names used here and defined there, keys that exclude each other."""

from collections.abc import Iterator, Sequence

from traitscope.config.choices import prompt_set_name, trait_name
from traitscope.config.judge_choice import judge_disagreements
from traitscope.config.nearest import one_of
from traitscope.config.order_checks import order_disagreements
from traitscope.config.orthogonal import orthogonal_disagreements
from traitscope.config.positions import parse_position
from traitscope.config.problems import Problem
from traitscope.config.settings import Config, ExtractSettings, SteerSettings
from traitscope.config.values import Settings


def disagreements(config: Config) -> Iterator[Problem]:
    """Every place where the parts of a file, each valid by itself, do not fit together."""
    yield from _variants(config)
    yield from _repeated("traits", [trait_name(path) for path in config.traits], "trait name")
    yield from _extract(config.extract, config)
    yield from orthogonal_disagreements(config)
    yield from judge_disagreements(config)
    if config.steer:
        yield from _steer(config.steer, config)
    if config.infer:
        for index, name in enumerate(config.infer.variants):
            yield from _unknown_variant(f"infer.variants[{index}]", name, config)
        yield from _repeated("infer.variants", config.infer.variants, "variant")
        yield from _prompt_sets(config.infer.prompts)
    yield from _compare(config)
    yield from order_disagreements(config)


def _variants(config: Config) -> Iterator[Problem]:
    for name, variant in config.variants.items():
        key = f"variants.{name}"
        if not variant.chat and variant.system_prompt != "default":
            what = "a variant without chat has no system prompt"
            yield Problem(f"{key}.system_prompt", what, "write chat: true beside it, or remove the key")
        if variant.control and variant.lora is None:
            what = "control marks an adapter that plants nothing, and this variant has no adapter"
            yield Problem(f"{key}.control", what, "write lora: FOLDER beside it, or remove the key")
        if variant.device_map is not None and variant.device != "auto":
            what = "device and device_map both say where the model goes"
            yield Problem(f"{key}.device_map", what, "keep one of the two")


def _extract(extract: ExtractSettings, config: Config) -> Iterator[Problem]:
    yield from _unknown_variant("extract.variant", extract.variant, config)
    yield from _repeated("extract.methods", extract.methods, "method")
    yield from _one_of_two(extract, "extract", "position", "positions", "which tokens count")
    yield from _repeated("extract.positions", extract.positions or (), "position")
    for index, text in enumerate(extract.fitted_positions):
        key = f"extract.positions[{index}]" if extract.positions else "extract.position"
        position = parse_position(text, key)
        if position.frame == "response" and not position.tokens(0, extract.new_tokens):
            what = f"'{text}' holds none of the {extract.new_tokens} generated tokens"
            yield Problem(key, what, "choose earlier tokens, or raise extract.new_tokens")
    yield from _same_samples(extract, "extract", "scene")
    if extract.component != "residual" and config.infer is not None:
        what = f"directions of '{extract.component}' do not fit what infer captures"
        mend = "write component: residual, or leave infer out"
        if config.infer.store == "mean":
            yield Problem("extract.component", what, f"write infer.store: tokens, {mend}")
        elif extract.component not in config.infer.components:
            yield Problem("extract.component", what, f"add '{extract.component}' to infer.components, {mend}")
        elif config.comparisons:
            what = f"directions of '{extract.component}' do not fit the residual stream, which is compared"
            yield Problem("extract.component", what, "write component: residual, or leave compare out")


def _steer(steer: SteerSettings, config: Config) -> Iterator[Problem]:
    variant = config.variants.get(steer.variant)
    if variant is None:
        yield from _unknown_variant("steer.variant", steer.variant, config)
    elif not variant.chat:
        what = f"variant '{steer.variant}' has no chat template, and questions are asked through one"
        chats = [name for name, other in config.variants.items() if other.chat]
        mend = (
            f"name a chat variant ({', '.join(chats)})"
            if chats
            else "add a variant with chat: true and name it"
        )
        yield Problem("steer.variant", what, mend)
    names = [trait_name(path) for path in config.traits]
    for index, path in enumerate(steer.traits or ()):
        if path not in config.traits and path not in names:
            what = f"'{path}' is not among the traits of this file"
            yield Problem(f"steer.traits[{index}]", what, f"write {one_of(path, names)}, or add it to traits")
    if steer.policy == "fixed" and steer.strengths is None:
        yield Problem("steer.policy", "'fixed' tries the strengths of a list", "add steer.strengths")
    if steer.policy != "fixed" and steer.strengths is not None:
        what = f"policy '{steer.policy}' finds its own, and tries no list"
        yield Problem("steer.strengths", what, "write policy: fixed, or remove it")
    yield from _repeated("steer.strengths", [f"{one:g}" for one in steer.strengths or ()], "strength")
    for trait in steer.skip:
        if trait not in names:
            what = f"'{trait}' is not among the traits of this file"
            yield Problem(f"steer.skip.{trait}", what, f"write {one_of(trait, names)}, or remove it")
    if isinstance(steer.layers, dict):
        yield from _layers(steer.layers, config)
    if isinstance(steer.refine, dict):
        yield from _refined(steer.refine, config)
    yield from _repeated("steer.traits", [trait_name(path) for path in steer.traits or ()], "trait")
    yield from _same_samples(steer, "steer", "question")
    yield from _one_of_two(steer, "steer", "method", "methods", "whose directions are added")
    yield from _repeated("steer.methods", steer.methods or (), "method")
    for index, method in enumerate(steer.competing_methods):
        if method not in config.extract.methods:
            key = f"steer.methods[{index}]" if steer.methods else "steer.method"
            what = f"'{method}' is not among extract.methods, so it has no direction"
            yield Problem(key, what, f"write {one_of(method, config.extract.methods)}, or add it")


def _one_of_two(settings: Settings, section: str, one: str, several: str, what: str) -> Iterator[Problem]:
    """A key for one thing and a key for several exclude each other."""
    if {one, several} <= settings.model_fields_set and getattr(settings, several) is not None:
        yield Problem(f"{section}.{several}", f"{one} and {several} both say {what}", "keep one of the two")


def _same_samples(drawn: ExtractSettings | SteerSettings, section: str, of: str) -> Iterator[Problem]:
    """Several samples without a temperature are one."""
    if drawn.samples > 1 and drawn.temperature == 0:
        what = f"at temperature 0 all {drawn.samples} samples of a {of} are the same"
        yield Problem(f"{section}.samples", what, "write samples: 1, or a temperature such as 0.7")


def _layers(layers: dict[str, str], config: Config) -> Iterator[Problem]:
    """Layers for each steered trait, and for none that is not here."""
    names = list(config.trait_paths)
    for trait in layers:
        if trait not in names:
            what = f"'{trait}' is not among the traits of this file"
            yield Problem(f"steer.layers.{trait}", what, f"write {one_of(trait, names)}, or add it to traits")
    for trait in config.steered_traits:
        if trait not in layers:
            what = f"trait '{trait}' is steered, and no layers are named for it"
            yield Problem("steer.layers", what, "name some, or leave the trait out of steer.traits")


def _refined(refine: dict[str, str], config: Config) -> Iterator[Problem]:
    """Ranges belong to traits that are steered."""
    for trait in refine:
        if trait not in config.steered_traits:
            what = f"'{trait}' is not among the traits that are steered"
            mend = f"write {one_of(trait, config.steered_traits)}, or steer it too"
            yield Problem(f"steer.refine.{trait}", what, mend)


def _prompt_sets(paths: Sequence[str]) -> Iterator[Problem]:
    """What a set gives lies in folders of its name, so that no two may share one."""
    yield from _repeated("infer.prompts", paths, "prompt set")
    for index, path in enumerate(paths):
        name = prompt_set_name(path)
        for other in paths[:index]:
            if other != path and prompt_set_name(other) == name:
                what = f"'{path}' would have the folders of '{other}', which are called '{name}' too"
                yield Problem(f"infer.prompts[{index}]", what, "rename one of the two files")


def _compare(config: Config) -> Iterator[Problem]:
    if config.comparisons and config.infer is None:
        yield Problem(
            "compare", "nothing is inferred that could be compared", "add infer with variants and prompts"
        )
    if config.comparisons and "mean_diff" not in config.extract.methods:
        what = "variants are compared along mean_diff directions, which extract.methods leaves out"
        yield Problem("compare", what, "add mean_diff to extract.methods")
    answering = config.infer.variants if config.infer else tuple(config.variants)
    for index, pair in enumerate(config.comparisons):
        for end, name in (("before", pair.before), ("after", pair.after)):
            key = f"compare.pairs[{index}].{end}"
            if name not in config.variants:
                yield from _unknown_variant(key, name, config)
            elif name not in answering:
                what = f"variant '{name}' answers no prompts"
                yield Problem(key, what, f"add it to infer.variants, or write {one_of(name, answering)}")
        if pair.before == pair.after:
            what = f"variant '{pair.before}' is compared with itself"
            yield Problem(f"compare.pairs[{index}]", what, "name two different variants")
    yield from _repeated(
        "compare.pairs", [f"{pair.before} with {pair.after}" for pair in config.compare.pairs], "comparison"
    )


def _unknown_variant(key: str, name: str, config: Config) -> Iterator[Problem]:
    if name not in config.variants:
        mend = f"write {one_of(name, config.variants)}, or define it under variants"
        yield Problem(key, f"there is no variant '{name}'", mend)


def _repeated(key: str, names: Sequence[str], noun: str) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem(f"{key}[{index}]", f"the {noun} '{name}' comes twice", "name it once")
