"""A mistake in an experiment file is one sentence: file, key, what was found, what is allowed, the mend."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config import read_config, read_config_text
from traitscope.errors import InputError

WRONG = {
    "unknown key": ("method: mean", "methd: mean", "steer.methd: unknown key", "(did you mean 'method'?)"),
    "unknown top key": ("compare:", "comparre:", "comparre: unknown key", "(did you mean 'compare'?)"),
    "unknown variant key": ("lora: lora/g", "lorra: lora/g", "variants.gloomy.lorra: unknown key", "'lora'"),
    "unknown comparison key": ("{before:", "{befor:", "compare[0].befor: unknown key", "'before'"),
    "misspelled required key": ("traits: [gloom, f", "trait: [gloom, f", "trait: unknown key", "'traits'"),
    "unknown method": (
        "method: mean_diff",
        "method: mean_dif",
        "steer.method: found the text 'mean_dif'",
        "'mean_diff'",
    ),
    "unknown method in a list": (
        "[mean_diff, probe]",
        "[probes]",
        "extract.methods[0]: found the text 'probes'",
        "'probe'",
    ),
    "unknown judge": (
        "judge: lexicon",
        "judge: lexikon",
        "steer.judge: there is no judge 'lexikon'",
        "did you mean 'lexicon'?",
    ),
    "unknown coherence": (
        "coherence: likelihood",
        "coherence: likelyhood",
        "steer.coherence: 'likelyhood' is no judge of this file",
        "write likelihood",
    ),
    "unknown policy": (
        "policy: binary",
        "policy: binery",
        "steer.policy: found the text 'binery'",
        "'binary'",
    ),
    "a grid without strengths": (
        "policy: binary",
        "policy: fixed",
        "steer.policy: 'fixed' tries the strengths of a list",
        "add steer.strengths",
    ),
    "strengths without a grid": (
        "policy: binary",
        "policy: binary, strengths: [0.2]",
        "steer.strengths: policy 'binary' finds its own",
        "write policy: fixed, or remove it",
    ),
    "a strength twice": (
        "policy: binary",
        "policy: fixed, strengths: [0.2, 0.3, 0.2]",
        "steer.strengths[2]: the strength '0.2' comes twice",
        "name it once",
    ),
    "a strength of nothing": (
        "policy: binary",
        "policy: fixed, strengths: [0.2, 0]",
        "steer.strengths[1]: found 0",
        "a number above 0",
    ),
    "unknown dtype": (
        "lora: lora/gloom",
        "dtype: float16",
        "variants.gloomy.dtype: found the text 'float16'",
        "bfloat16",
    ),
    "negative threshold": (
        "threshold: 70",
        "threshold: -1",
        "steer.threshold: found -1",
        "a number from 0 to 100",
    ),
    "threshold above 100": ("threshold: 70", "threshold: 101", "steer.threshold: found 101", "from 0 to 100"),
    "coefficient NaN": ("start: 0.35", "start: .nan", "steer.start: found NaN", "a number above 0"),
    "coefficient nan as a word": (
        "start: 0.35",
        "start: nan",
        "steer.start: found the text 'nan'",
        "above 0",
    ),
    "coefficient infinite": ("start: 0.35", "start: .inf", "steer.start: found infinity", "a number above 0"),
    "coefficient minus infinite": ("start: 0.35", "start: -.inf", "steer.start: found infinity", "above 0"),
    "coefficient zero": ("start: 0.35", "start: 0", "steer.start: found 0", "a number above 0"),
    "threshold NaN": ("threshold: 70", "threshold: .NaN", "steer.threshold: found NaN", "from 0 to 100"),
    "up too small": ("steps: 4", "up: 1", "steer.up: found 1", "a number above 1"),
    "down too large": ("steps: 4", "down: 1.0", "steer.down: found 1.0", "above 0 and below 1"),
    "momentum of one": ("steps: 4", "momentum: 1", "steer.momentum: found 1", "from 0 on and below 1"),
    "no steps": ("steps: 4", "steps: 0", "steer.steps: found 0", "a whole number from 1 on"),
    "no new tokens in extract": (
        "new_tokens: 16",
        "new_tokens: 0",
        "extract.new_tokens: found 0",
        "from 1 on",
    ),
    "no new tokens in steer": (
        "20, new_tokens: 32",
        "20, new_tokens: 0",
        "steer.new_tokens: found 0",
        "from 1 on",
    ),
    "no new tokens in infer": (
        "neutral, new_tokens: 32",
        "neutral, new_tokens: -3",
        "infer.new_tokens: found -3",
        "1 on",
    ),
    "too few pairs": ("pairs: 60", "pairs: 19", "extract.pairs: found 19", "a whole number from 20 on"),
    "half a step": ("steps: 4", "steps: 4.5", "steer.steps: found 4.5", "a whole number from 1 on"),
    "seed in quotes": (
        "seed: 0",
        "seed: '0'",
        "seed: found the text '0'",
        "a whole number",
        "without quotes",
    ),
    "seed broken": ("seed: 0", "seed: 1.5", "seed: found 1.5", "a whole number from 0 to 4294967295"),
    "seed true": ("seed: 0", "seed: true", "seed: found true", "a whole number"),
    "seed empty": ("seed: 0", "seed:", "seed: found nothing", "a whole number"),
    "seed negative": ("seed: 0", "seed: -1", "seed: found -1", "a whole number from 0"),
    "seed huge": ("seed: 0", f"seed: {'9' * 600}", "seed: found 999", "...; write a whole number"),
    "chat as a word": (
        "chat: true",
        "chat: yes",
        "variants.chat.chat: found the text 'yes'",
        "true or false",
    ),
    "chat as a number": ("chat: true", "chat: 1", "variants.chat.chat: found 1", "true or false"),
    "name a number": ("name: demo", "name: 2026", "name: found 2026", "text, in quotes"),
    "layers a number": ('layers: "6:26:2"', "layers: 12", "steer.layers: found 12", "text, in quotes"),
    "layers a list": ('layers: "6:26:2"', "layers: [3, 7]", "steer.layers: found a list", "write text"),
    "empty model": (
        "base:   {model: smollm2}",
        "base: {model: ''}",
        "base.model: found the text ''",
        "not empty",
    ),
    "traits no list": (
        "traits: [gloom, formality, hedging]",
        "traits: gloom",
        "traits: found the text 'gloom'",
        "[a, b]",
    ),
    "traits empty": (
        "traits: [gloom, formality, hedging]",
        "traits: []",
        "traits: found an empty list",
        "at least one",
    ),
    "steered traits empty": (
        "traits: [gloom],",
        "traits: [],",
        "steer.traits: found an empty list",
        "at least one",
    ),
    "methods empty": ("[mean_diff, probe]", "[]", "extract.methods: found an empty list", "at least one"),
    "variant no mapping": (
        "base:   {model: smollm2}",
        "base: smollm2",
        "variants.base: found the text",
        "{model: ...}",
    ),
    "section no mapping": (
        "seed: 0",
        "run: fast",
        "run: found the text 'fast'",
        "{batch_rows: ..., threads: ...}",
    ),
    "layers backwards": ('"6:26:2"', "26:6:2", "steer.layers: '26:6:2' runs backwards", "write '6:26:2'"),
    "layers empty": ('"6:26:2"', "''", "steer.layers: no layers are given", "write layers such as"),
    "layers not a number": ('"6:26:2"', "late", "steer.layers: 'late' is neither a layer", "'30%-60%'"),
    "position without slice": (
        "response[:5]",
        "response",
        "extract.position: 'response' is no position",
        "'response[:5]'",
    ),
    "position of unknown frame": (
        "response[:5]",
        "respnse[:5]",
        "extract.position: 'respnse' is no frame",
        "'response[:5]'",
    ),
    "position behind the end": (
        "response[:5]",
        "response[16:]",
        "'response[16:]' holds none of the 16",
        "earlier",
    ),
    "report questions too few": (
        "report_questions: 20",
        "report_questions: 4",
        "steer.report_questions: found 4",
        "5 on",
    ),
    "report questions a word": (
        "report_questions: 20",
        "report_questions: all",
        "found the text 'all'",
        "or 'same'",
    ),
    "report questions true": ("report_questions: 20", "report_questions: true", "found True", "from 5 on"),
    "name leaves the folder": (
        "name: demo",
        "name: ../demo",
        "name: '../demo' cannot be",
        "use letters, digits",
    ),
    "name hidden": ("name: demo", "name: .demo", "name: '.demo' cannot be", "not beginning with '.'"),
    "name empty": ("name: demo", "name: ''", "name: '' cannot be", "use letters, digits"),
    "name with a slash": ("name: demo", "name: a/b", "name: 'a/b' cannot be", "use letters, digits"),
    "trait leaves the folder": (
        "[gloom, f",
        "[../gloom, f",
        "traits[0]: '../gloom' is not a name inside",
        "folder/name",
    ),
    "trait absolute": (
        "[gloom, f",
        "[/etc/gloom, f",
        "traits[0]: '/etc/gloom' is not a name inside",
        "folder/name",
    ),
    "trait leaves from within": (
        "[gloom, f",
        "[a/../../gloom, f",
        "traits[0]: 'a/../../gloom'",
        "folder/name",
    ),
    "prompts leave the folder": (
        "prompts: neutral",
        "prompts: ../neutral",
        "infer.prompts: '../neutral'",
        "folder/name",
    ),
    "one of several sets leaves the folder": (
        "prompts: neutral",
        "prompts: [neutral, ../few]",
        "infer.prompts: '../few'",
        "folder/name",
    ),
    "no prompt set": (
        "prompts: neutral",
        "prompts: []",
        "infer.prompts: found []; write a prompt set's name, or a list of names such as",
        "[few, many]",
    ),
    "prompt sets as keys": (
        "prompts: neutral",
        "prompts: {neutral: few}",
        "infer.prompts: found {'neutral': 'few'}; write a prompt set's name, or a list",
        "[few, many]",
    ),
    "prompt set twice": (
        "prompts: neutral",
        "prompts: [neutral, neutral]",
        "infer.prompts[1]: the prompt set 'neutral' comes twice",
        "once",
    ),
    "prompt sets of one folder": (
        "prompts: neutral",
        "prompts: [neutral, other/neutral]",
        "infer.prompts[1]: 'other/neutral' would have the folders of 'neutral', which are called",
        "rename one of the two files",
    ),
    "variant leaves the folder": (
        "gloomy: {",
        "../gloomy: {",
        "variants.../gloomy: '../gloomy' cannot be",
        "letters",
    ),
    "trait name twice": (
        "[gloom, f",
        "[gloom, moods/gloom, f",
        "traits[1]: the trait name 'gloom' comes twice",
        "once",
    ),
    "extract variant unknown": (
        "variant: base",
        "variant: bass",
        "extract.variant: there is no variant 'bass'",
        "'base'",
    ),
    "steer variant unknown": (
        "variant: chat",
        "variant: chatt",
        "steer.variant: there is no variant 'chatt'",
        "'chat'",
    ),
    "infer variant unknown": (
        "[chat, gloomy, plain]",
        "[chat, glomy]",
        "infer.variants[1]: there is no",
        "'gloomy'",
    ),
    "compare variant unknown": (
        "after: gloomy",
        "after: gloom",
        "compare[0].after: there is no variant",
        "'gloomy'",
    ),
    "steer variant without chat": (
        "variant: chat",
        "variant: base",
        "steer.variant: variant 'base' has no chat",
        "chat, gloomy",
    ),
    "variant compared with itself": (
        "after: gloomy",
        "after: chat",
        "compare[0]: variant 'chat' is compared with",
        "two",
    ),
    "compared variant not inferred": (
        "after: gloomy",
        "after: base",
        "compare[0].after: variant 'base' answers no",
        "infer.variants",
    ),
    "comparison twice": (
        "after: plain",
        "after: gloomy",
        "compare[1]: the comparison 'chat with gloomy'",
        "once",
    ),
    "inferred twice": (
        "[chat, gloomy, plain]",
        "[chat, gloomy, plain, chat]",
        "infer.variants[3]: the variant 'chat'",
        "once",
    ),
    "steered trait unknown": (
        "traits: [gloom],",
        "traits: [glom],",
        "steer.traits[0]: 'glom' is not among",
        "'gloom'",
    ),
    "method twice": (
        "[mean_diff, probe]",
        "[mean_diff, mean_diff]",
        "extract.methods[1]: the method",
        "once",
    ),
    "no answers to compare": ("infer: ", "# infer: ", "compare: nothing is inferred", "add infer"),
    "system prompt without chat": (
        "base:   {model: smollm2}",
        "base: {model: a, system_prompt: none}",
        "variants.base.system_prompt: a variant without chat",
        "chat: true",
    ),
    "control without adapter": (
        ", lora: lora/plain",
        "",
        "variants.plain.control: control marks an adapter",
        "lora",
    ),
    "two places for a model": (
        "lora: lora/gloom",
        "device: cpu, device_map: auto",
        "variants.gloomy.device_map",
        "one of",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_with_its_key_what_was_found_and_the_mend(changed, sentence, case):
    old, new, *fragments = WRONG[case]

    told = sentence(changed(old, new))

    assert told.startswith("experiment.yaml, ")
    for fragment in fragments:
        assert fragment in told


@pytest.mark.parametrize("key", ["name", "variants", "traits", "extract"])
def test_a_missing_section_is_named(example, sentence, key):
    lines = example.splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next(number for number in range(start + 1, len(lines)) if not lines[number].startswith(" "))

    assert f"experiment.yaml, {key}: this key is missing; add it" in sentence(
        "".join(lines[:start] + lines[end:])
    )


def test_a_missing_key_deeper_down_is_named_with_its_path(changed, sentence):
    assert "experiment.yaml, variants.base.model: this key is missing" in sentence(
        changed("{model: smollm2} ", "{} ")
    )
    assert "experiment.yaml, extract.variant: this key is missing" in sentence(changed("variant: base, ", ""))


def test_steering_with_a_method_that_is_not_extracted_is_refused(changed, sentence):
    told = sentence(changed("methods: [mean_diff, probe]", "methods: [probe]"))

    assert "steer.method: 'mean_diff' is not among extract.methods" in told
    assert "then mend 1 more mistake in this file" in told  # the comparison needs mean_diff too


def test_the_first_mistake_is_told_and_the_others_are_counted(changed, sentence):
    text = (
        changed("threshold: 70", "threshold: -1")
        .replace("seed: 0", "seed: no")
        .replace("steps: 4", "stps: 4")
    )

    told = sentence(text)

    assert "steer.stps: unknown key" in told
    assert told.endswith("; then mend 2 more mistakes in this file.")


def test_a_misspelled_required_key_is_one_mistake_and_not_two(changed, sentence):
    told = sentence(changed("extract:", "extrct:"))

    assert "extrct: unknown key" in told
    assert "more mistake" not in told


def test_disagreements_are_counted_too(changed, sentence):
    text = changed("after: gloomy", "after: chat").replace("after: plain", "after: nobody")

    assert sentence(text).endswith("then mend 1 more mistake in this file.")


def test_a_value_of_several_lines_or_a_thousand_letters_is_told_in_one_short_line(changed, sentence):
    told = sentence(changed("seed: 0", f'seed: "one\\ntwo {"x" * 1000}"'))

    assert told.startswith("experiment.yaml, seed: found the text 'one two xxx")
    assert len(told) < 200


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "the file is empty"),
        ("# nothing yet\n", "the file is empty"),
        ("- a\n- b\n", "the file holds a list"),
        ("demo", "the file holds one value"),
        ("{}", "name: this key is missing"),
    ],
)
def test_a_file_without_an_experiment_is_refused(sentence, text, found):
    assert found in sentence(text)


def test_an_experiment_without_variants_is_refused(example, sentence):
    text = example[: example.index("variants:")] + "variants: {}\n" + example[example.index("traits:") :]

    assert "experiment.yaml, variants: found an empty {}; write at least one entry" in sentence(text)


def test_every_error_names_the_file_it_was_read_from(tmp_path, changed):
    path = tmp_path / "mine.yaml"
    path.write_text(changed("seed: 0", "seed: x"), encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_config(path)
    assert str(caught.value).startswith(f"{path}, seed: ")
    assert caught.value.exit_code == 2


@given(st.text(max_size=200))
def test_no_text_at_all_brings_anything_but_a_sentence(text):
    try:
        read_config_text(text, "e.yaml")
    except InputError as refused:
        assert str(refused).startswith("e.yaml")


KEYS = st.sampled_from(["name", "variants", "traits", "extract", "steer", "infer", "compare", "run", "seed"])
WORDS = st.sampled_from(["", "chat", "same", "a/b", "3", "base", "gloom"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 100) | st.floats() | WORDS
INNER_KEYS = st.sampled_from(["model", "variant", "layers", "before"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INNER_KEYS, inner, max_size=2),
    max_leaves=4,
)


@given(key=KEYS, value=VALUES)
def test_no_value_of_any_key_brings_anything_but_a_sentence(example, key, value):
    settings = yaml.safe_load(example) | {key: value}
    try:
        config = read_config_text(yaml.safe_dump(settings), "e.yaml")
    except InputError as refused:
        assert str(refused).startswith("e.yaml")
    else:
        assert config.name
