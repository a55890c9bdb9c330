"""Who judges what: names that are not there or taken, and judges asked for what they cannot do."""

from collections.abc import Callable

import pytest

from traitscope.config import (
    ClassifierJudgeSettings,
    OpenAIJudgeSettings,
    judge_name,
    judge_settings,
    read_config_text,
)

Changed, Sentence = Callable[[str, str], str], Callable[[str], str]
MINI = "judges: {mini: {kind: openai, model: gpt}, mine: {kind: classifier, force: true}}\n"
STEER = "judge: lexicon"


def test_a_choice_holds_for_all_traits_or_trait_by_trait() -> None:
    assert judge_name("lexicon", "gloom") == "lexicon"
    assert judge_name({"gloom": "mini"}, "gloom") == "mini"
    assert judge_name({"gloom": "mini"}, "hedging") is None


def test_a_name_stands_for_its_settings_and_built_in_ones_for_their_defaults(changed: Changed) -> None:
    config = read_config_text(changed("seed: 0", f"{MINI}seed: 0"), "experiment.yaml")
    assert isinstance(judge_settings(config, "mini"), OpenAIJudgeSettings)
    assert judge_settings(config, "classifier") == ClassifierJudgeSettings(kind="classifier")
    assert judge_settings(config, "mine") == ClassifierJudgeSettings(kind="classifier", force=True)
    assert judge_settings(config, "lexicon") is None
    assert judge_settings(config, "likelihood") is None


@pytest.mark.parametrize("choice", ["mini", "{gloom: mini}", "{gloom: classifier, hedging: lexicon}", "mine"])
def test_judges_that_are_there_are_taken(changed: Changed, choice: str) -> None:
    text = changed(STEER, f"judge: {choice}").replace("seed: 0", f"{MINI}seed: 0")
    assert read_config_text(text, "experiment.yaml").steer is not None


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("lexcion", ["steer.judge: there is no judge 'lexcion'", "did you mean 'lexicon'?", "under judges"]),
        ("gpt", ["steer.judge: there is no judge 'gpt'", "define it under judges"]),
        ("likelihood", ["steer.judge: 'likelihood' judges coherence, not a trait"]),
        ("{gloom: gpt}", ["steer.judge.gloom: there is no judge 'gpt'"]),
        (
            "{gloom: lexicon, gloam: lexicon}",
            ["steer.judge.gloam: 'gloam' is not among the traits", "'gloom'"],
        ),
        ("{formality: lexicon}", ["steer.judge: trait 'gloom' is steered, and no judge is named for it"]),
        ("[lexicon]", ["steer.judge", "write a judge's name, or {trait: judge, ...}"]),
        ("{}", ["steer.judge", "write a judge's name, or {trait: judge, ...}"]),
    ],
)
def test_a_judge_that_cannot_be_is_refused_with_the_way_out(
    changed: Changed, sentence: Sentence, choice: str, words: list[str]
) -> None:
    refused = sentence(changed(STEER, f"judge: {choice}"))
    assert all(word in refused for word in words), refused


@pytest.mark.parametrize("name", ["lexicon", "classifier", "likelihood"])
def test_a_built_in_name_cannot_be_given_away(changed: Changed, sentence: Sentence, name: str) -> None:
    refused = sentence(changed("seed: 0", f"judges: {{{name}: {{kind: classifier}}}}\nseed: 0"))
    assert f"judges.{name}: '{name}' is the name of a built-in judge; choose another name" in refused


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("classifier", "'classifier' judges traits only"),
        ("lexicon", "'lexicon' judges traits only"),
        ("mine", "'mine' judges traits only"),
        ("gpt", "'gpt' is no judge of this file"),
    ],
)
def test_coherence_needs_a_judge_that_reads_language(
    changed: Changed, sentence: Sentence, name: str, found: str
) -> None:
    text = changed("coherence: likelihood", f"coherence: {name}").replace("seed: 0", f"{MINI}seed: 0")
    refused = sentence(text)
    assert f"steer.coherence: {found}" in refused
    assert "write one of likelihood, mini" in refused


@pytest.mark.parametrize(
    ("vet", "words"),
    [
        ("{judge: gpt}", "vet.judge: there is no judge 'gpt'"),
        ("{judge: {gloam: lexicon}}", "vet.judge.gloam: 'gloam' is not among the traits"),
        ("{judge: lexicon, positive: 40}", "negative (40) is not below positive (40)"),
        ("{judge: lexicon, filter: pair}", "vet.filter"),
        ("{filter: pairs}", "vet.judge"),
    ],
)
def test_vetting_is_held_to_the_same(changed: Changed, sentence: Sentence, vet: str, words: str) -> None:
    assert words in sentence(changed("seed: 0", f"vet: {vet}\nseed: 0"))


def test_vetting_may_leave_traits_without_a_judge(changed: Changed) -> None:
    config = read_config_text(
        changed("seed: 0", "vet: {judge: {gloom: lexicon}}\nseed: 0"), "experiment.yaml"
    )
    assert config.vet is not None
    assert judge_name(config.vet.judge, "hedging") is None
