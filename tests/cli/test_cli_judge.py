"""`traitscope judge`, typed: is a judge worth its word, and what has been said so far."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny_place import Place, Typed, the_sentence

from traitscope.judging import Asked, JudgeCache, Judgement, Rubric
from traitscope.judging.cache import judgement_key

ENDS = ("wonderful and happy", "in the usual place", "horrible and miserable")
"""What the lexicon makes of these: little, half and much of a sad mood."""
DAY = 24 * 3600


def moods(right: bool = True, count: int = 24) -> list[dict[str, Any]]:
    """Labelled answers, three to a question."""
    labels = (10, 50, 90) if right else (90, 50, 10)
    return [
        {
            "question": f"How was day {number // 3}?",
            "answer": f"The {number}th day was {ENDS[number % 3]}.",
            "score": labels[number % 3],
        }
        for number in range(count)
    ]


def label(place: Place, answers: list[dict[str, Any]]) -> None:
    file = place.trait / "labelled.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in answers))


@pytest.fixture
def checking(place: Place) -> Place:
    """One trait whose scenes the lexicon vets; nothing is steered or compared, so that no model is needed."""
    for group in ("infer", "compare", "steer"):
        del place.settings[group]
    place.change("vet", {"judge": "lexicon"})
    label(place, moods())
    return place


def check(typed: Callable[..., Typed], *words: str, trait: str = "sombre") -> Typed:
    return typed("judge", "check", "tiny.yaml", "--trait", trait, *words)


def test_a_judge_that_passes_exits_with_0_and_names_its_page(
    checking: Place, typed: Callable[..., Typed]
) -> None:
    answer = check(typed)
    assert answer.code == 0
    assert answer.out.startswith("sombre: lexicon: passed\n")
    assert "AUC, labels from 50 on" in answer.out
    assert "attacks, points moved (for information)" in answer.out
    page = "experiments/tiny/judges/sombre/lexicon/check.html"
    assert f"page with the calibration plot: {page}" in answer.out
    assert (checking.folder / page).exists()
    assert max(map(len, answer.out.splitlines())) <= 100


def test_a_judge_that_fails_exits_with_1_and_a_sentence(checking: Place, typed: Callable[..., Typed]) -> None:
    label(checking, moods(right=False))
    answer = check(typed)
    assert answer.code == 1
    assert answer.out.startswith("sombre: lexicon: failed\n")
    assert "answers labelled 50 and more are told from the others with an AUC of 0." in answer.out
    assert "sombre: judge lexicon fails its check: " in answer.err


def test_a_judge_that_cannot_be_checked_exits_with_1(checking: Place, typed: Callable[..., Typed]) -> None:
    label(checking, moods(count=19))
    answer = check(typed, "-q")
    assert answer.code == 1
    sentence = "there are 19 labelled answers, and a check takes 20."
    assert " ".join(answer.out.split()) == f"sombre: lexicon: unchecked {sentence}"


def test_json_is_all_of_standard_output(checking: Place, typed: Callable[..., Typed]) -> None:
    answer = check(typed, "--json")
    assert answer.code == 0
    (found,) = json.loads(answer.out)
    assert (found["trait"], found["judge"], found["state"], found["reasons"]) == (
        "sombre",
        "lexicon",
        "passed",
        [],
    )
    assert found["check"]["agreement"]["auc"] == 1
    assert len(found["check"]["injections"]) >= 40
    label(checking, moods(right=False))
    again = check(typed, "--json", "-q")
    assert (again.code, json.loads(again.out)[0]["state"]) == (1, "failed")


def test_a_trait_that_is_not_there_exits_with_2(checking: Place, refusal: Callable[..., str]) -> None:
    sentence = refusal("judge", "check", "tiny.yaml", "--trait", "sombr")
    assert sentence.startswith("tiny.yaml, traits: there is no trait 'sombr'; write sombre")


def test_a_check_needs_no_weights(checking: Place, typed: Callable[..., Typed]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("traitscope.pipeline.variants.load_weights", None)
        assert check(typed, "-q").code == 0


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("steer.judge", "lexcion", "there is no judge 'lexcion'"),
        ("steer.judge", {"tidy": "lexicon"}, "'tidy' is not among the traits of this file"),
        ("steer.coherence", "classifier", "'classifier' judges traits only"),
        ("judges", {"lexicon": {"kind": "classifier"}}, "'lexicon' is the name of a built-in judge"),
        ("judges", {"mini": {"kind": "openai", "model": "gpt", "key_env": "sk-secret"}}, "key_env"),
    ],
)
def test_files_that_name_judges_wrongly_are_refused(
    place: Place, refusal: Callable[..., str], key: str, value: Any, words: str
) -> None:
    place.change(key, value)
    sentence = refusal()
    assert sentence.startswith("tiny.yaml")
    assert words in sentence
    assert "sk-secret" not in sentence


def test_a_steered_trait_without_a_judge_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    place.change("traits", ["sombre", "gloom"])
    place.change("steer.judge", {"gloom": "lexicon"})
    assert "trait 'sombre' is steered, and no judge is named for it" in refusal()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([], "the classifier learns from labelled answers, and trait 'sombre' has none"),
        (moods(count=12), "there are 12 labelled answers to 4 questions, too few to train a classifier on"),
        (moods(count=24), "a classifier that learns from them is not good enough to judge (held-out AUC 0."),
    ],
)
def test_a_classifier_that_cannot_judge_is_refused_before_any_weights_are_loaded(
    place: Place,
    refusal: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    answers: list[dict[str, Any]],
    words: str,
) -> None:
    noise = np.random.default_rng(0)
    monkeypatch.setattr(
        "traitscope.pipeline.judge.judges.load_encoder",
        lambda *_: SimpleNamespace(name="stub", identity="stub"),
    )
    monkeypatch.setattr(
        "traitscope.judging.classifier.embed_layers",
        lambda _, texts: noise.normal(size=(len(texts), 1, 2, 4)),
    )
    label(place, answers)
    place.change("steer.judge", "classifier")
    sentence = refusal()
    assert words in sentence
    assert "labelled.jsonl" in sentence


def test_a_classifier_too_weak_to_be_asked_is_shown_by_its_check_with_all_its_figures(
    checking: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0)
    monkeypatch.setattr(
        "traitscope.pipeline.judge.judges.load_encoder",
        lambda *_: SimpleNamespace(name="stub", identity="stub"),
    )
    monkeypatch.setattr(
        "traitscope.judging.classifier.embed_layers",
        lambda _, texts: noise.normal(size=(len(texts), 1, 2, 4)),
    )
    label(checking, moods(count=24))
    checking.change("vet.judge", "classifier")
    answer = check(typed)
    assert answer.code == 1
    assert answer.out.startswith("sombre: classifier (held-out AUC 0.")
    assert "AUC, labels from 50 on" in answer.out
    assert "attacks, points moved (for information)" in answer.out


@pytest.fixture
def kept(place: Place) -> Place:
    """Three judgements by two models in the experiment's cache."""
    path = place.made / "judge-cache.sqlite"
    path.parent.mkdir(parents=True)
    trait, coherence = Rubric("trait", "sombre", "0: gay. 100: grave."), Rubric("coherence", "coherence")
    with JudgeCache(path) as cache:
        for rubric, answer, said in (
            (trait, "All is well.", Judgement(7.5, "", "judge-large-1", 0.9)),
            (trait, "All is lost.", Judgement(None, "it refused", "judge-large-1")),
            (coherence, "All is well.", Judgement(97.0, "", "judge-small-1", 0.8)),
        ):
            judge = {"kind": "openai", "model": said.identity}
            asked = Asked("How are things?", answer)
            cache.add(judgement_key(judge, rubric, asked), judge, rubric, asked, said)
    return place


def cache(typed: Callable[..., Typed], *words: str) -> Typed:
    return typed("judge", "cache", "tiny.yaml", *words)


@pytest.mark.parametrize("words", [(), ("stats",)])
def test_the_cache_is_counted_by_model_and_by_what_was_asked(
    kept: Place, typed: Callable[..., Typed], words: tuple[str, ...]
) -> None:
    answer = cache(typed, *words)
    assert (answer.code, answer.err) == (0, "")
    head, *lines = answer.out.splitlines()
    assert head.split()[:1] == ["model"]
    assert [line.split()[:5] for line in lines] == [
        ["judge-large-1", "trait", "sombre", "2", "1"],
        ["judge-small-1", "coherence", "1", "0", "0"],
    ]


def test_the_cache_is_written_out_with_questions_and_answers(
    kept: Place, typed: Callable[..., Typed]
) -> None:
    answer = cache(typed, "export", "--to", "kept/all.jsonl")
    assert (answer.code, answer.out) == (0, "wrote 3 judgements to kept/all.jsonl\n")
    rows = [json.loads(line) for line in (kept.folder / "kept/all.jsonl").read_text().splitlines()]
    assert [(row["answer"], row["value"], row["reason"]) for row in rows] == [
        ("All is well.", 7.5, ""),
        ("All is lost.", None, "it refused"),
        ("All is well.", 97.0, ""),
    ]
    assert cache(typed, "export").out == "wrote 3 judgements to judgements.jsonl\n"
    assert (kept.folder / "judgements.jsonl").exists()


def test_what_a_model_said_or_what_is_old_is_thrown_away(
    kept: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache(typed, "prune", "--older-than", "1").out == "removed 0 judgements\n"
    assert cache(typed, "prune", "--model", "judge-large-1").out == "removed 2 judgements\n"
    assert cache(typed, "prune", "--older-than", "0").out == "removed 1 judgements\n"


def test_pruning_without_saying_what_is_refused(kept: Place, typed: Callable[..., Typed]) -> None:
    answer = cache(typed, "prune")
    assert answer.code == 2
    assert the_sentence(answer.err) == (
        "judge cache prune: nothing says what to throw away; give --older-than DAYS, --model ID, or both."
    )


def test_a_cache_that_another_process_writes_is_not_pruned(kept: Place, typed: Callable[..., Typed]) -> None:
    from traitscope.experiment.lock import locked

    with locked(kept.made / "lock"):
        assert cache(typed, "stats").code == 0
        assert cache(typed, "prune", "--older-than", "0").code == 1


@pytest.mark.parametrize("action", ["stats", "export", "prune"])
def test_without_a_cache_there_is_nothing_to_do(
    place: Place, typed: Callable[..., Typed], action: str
) -> None:
    assert cache(typed, action).out == "No language model has judged anything yet.\n"
    assert not (place.made / "judge-cache.sqlite").exists()


def test_a_file_that_is_no_cache_is_one_sentence(kept: Place, typed: Callable[..., Typed]) -> None:
    (kept.made / "judge-cache.sqlite").write_bytes(b"quite something else" * 100)
    answer = cache(typed)
    assert answer.code == 1
    assert "judge-cache.sqlite" in the_sentence(answer.err)


def test_help_of_judge_loads_nothing_heavy(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys; sys.argv = ['traitscope', 'judge', 'check', '--help']\n"
        "from traitscope.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'sklearn', 'openai', 'scipy'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
