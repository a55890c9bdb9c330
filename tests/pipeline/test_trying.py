"""Scenes looked at before extracting: they are those that extraction uses, and nothing else is touched."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from judged_run import rewrite, stub_encoder, stub_features
from tiny_files import TOPIC_SCENES, TOPICS, word_free_score
from tiny_run import Engine, Tiny

from traitscope.data import Scene
from traitscope.errors import InputError, WorkError
from traitscope.pipeline import answering
from traitscope.pipeline.extract.trying import Tried, try_against, try_scenes, try_trait
from traitscope.progress import Silence
from traitscope.vetting import Completion, LookedSet, Pole

COMPLETIONS = "extract/sombre/base/completions.jsonl"
PAGE = "extract/sombre/base/try.html"
SCENE = "The sailor of the harbour saw rain and"


def tried(tiny: Tiny, trait: str = "sombre") -> Tried:
    from traitscope.experiment import open_experiment

    return try_trait(open_experiment(tiny.file), trait, Silence())


def against(tiny: Tiny, other: Path) -> Tried:
    from traitscope.experiment import open_experiment

    return try_against(open_experiment(tiny.file), "sombre", other, Silence())


def by_hand(tiny: Tiny, *texts: str) -> list[str]:
    """What the texts were completed with."""
    from traitscope.experiment import open_experiment

    scenes = [Scene(text, None, line) for line, text in enumerate(texts, 1)]
    looked = try_scenes(open_experiment(tiny.file), "sombre", scenes, "positive", Silence())
    return [one.completion.text for one in looked]


def by_hand_as(tiny: Tiny, trait: str) -> object:
    from traitscope.experiment import open_experiment

    return try_scenes(open_experiment(tiny.file), trait, [Scene(SCENE, None, 1)], "positive", Silence())


def other_wording(tiny: Tiny, name: str = "elsewhere/sombre", scenes: int = 20) -> Path:
    """A copy of the trait with its opening words changed, and with fewer or more positive scenes."""
    folder = Path(shutil.copytree(tiny.folder / "traits/sombre", tiny.folder / name))
    for pole in ("positive", "negative"):
        lines = (folder / f"{pole}.txt").read_text().splitlines()
        lines = [f"Today {line}" for line in lines] + [f"At noon {line}" for line in lines]
        kept = lines[: scenes if pole == "positive" else 20]
        (folder / f"{pole}.txt").write_text("".join(f"{line}\n" for line in kept))
    return folder


def killed_in_the_second_batch(tiny: Tiny, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Try, and be stopped when 16 scenes are completed."""
    decode = answering.decode

    def stopped(*arguments: Any) -> Any:
        if engine.batches:
            raise KeyboardInterrupt
        return decode(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(answering, "decode", stopped)
        with pytest.raises(KeyboardInterrupt):
            tried(tiny)


def texts(looked: LookedSet) -> list[str]:
    return [one.completion.text for one in (*looked.positive, *looked.negative)]


def made(tiny: Tiny) -> dict[str, bytes]:
    """Everything on the disk but the lock and the record of where the inputs are."""
    files = (path for path in tiny.root.rglob("*") if path.name not in ("lock", "experiment.json"))
    files = (path for path in files if path.is_file())
    return {str(path.relative_to(tiny.root)): path.read_bytes() for path in files}


def test_what_is_completed_is_what_extraction_then_uses(tiny_experiment: Tiny, engine: Engine) -> None:
    (looked,) = tried(tiny_experiment).sets

    rows = tiny_experiment.rows(COMPLETIONS)
    assert texts(looked) == [row["text"] for row in sorted(rows, key=lambda row: row["scene"])]
    assert engine.decoded == 40
    tiny_experiment.run("extract")
    # The other trait's scenes and the bank's.
    assert engine.decoded == 80 + len(TOPICS) * TOPIC_SCENES


def test_a_pair_stands_on_one_line_and_shows_its_own_scenes(tiny_experiment: Tiny) -> None:
    (looked,) = tried(tiny_experiment).sets

    for pole, side in (("positive", looked.positive), ("negative", looked.negative)):
        lines = (tiny_experiment.folder / f"traits/sombre/{pole}.txt").read_text().splitlines()
        assert [one.completion.scene for one in side] == lines
        assert [one.completion.line for one in side] == list(range(1, 21))
    assert looked.paired


@pytest.mark.parametrize(("pairs", "said"), [(20, True), (25, False), (None, False)])
def test_scenes_that_are_left_out_are_counted(tiny_experiment: Tiny, pairs: int | None, said: bool) -> None:
    for pole in ("positive", "negative"):
        path = tiny_experiment.folder / f"traits/sombre/{pole}.txt"
        more = "".join(f"A {pole} scene of its own, number {number}, saw\n" for number in range(5))
        path.write_text(path.read_text().rstrip("\n") + "\n" + more)
    if pairs:
        tiny_experiment.change("new_tokens: 6", f"new_tokens: 6, pairs: {pairs}")
    sentence = "extract.pairs takes the first 20 of 25 scenes a side; the others were not looked at."
    assert (sentence in tried(tiny_experiment).made) is said


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ("Is gloomy.", "Of reversals only refusals are looked for"),
        ("Lies and misleads.", "Confession, guilt and moralising are looked for on the positive side"),
    ],
)
def test_what_was_looked_for_is_said(tiny_experiment: Tiny, definition: str, sentence: str) -> None:
    (tiny_experiment.folder / "traits/sombre/definition.txt").write_text(definition)
    found = tried(tiny_experiment)
    assert sentence in found.made
    assert sentence in found.page.read_text()


def test_the_words_that_count_are_the_tokens_of_the_position(tiny_experiment: Tiny) -> None:
    from transformers import AutoTokenizer

    tiny_experiment.change("response[:3]", "response[1:4]")
    (looked,) = tried(tiny_experiment).sets

    model = tiny_experiment.file.read_text().split("model: ", 1)[1].split("}", 1)[0]
    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = sorted(tiny_experiment.rows(COMPLETIONS), key=lambda row: row["scene"])
    for one, row in zip((*looked.positive, *looked.negative), rows, strict=True):
        before, counted = tokenizer.decode(row["ids"][:1]), tokenizer.decode(row["ids"][:4])
        if "\N{REPLACEMENT CHARACTER}" not in before + counted:
            assert one.completion.before == before
            assert one.completion.before + one.completion.counted == counted
        assert one.completion.text == row["text"]


@pytest.mark.parametrize("position", ["prompt[-1]", "all[:2]"])
def test_where_the_scene_counts_no_written_word_does(tiny_experiment: Tiny, position: str) -> None:
    tiny_experiment.change("response[:3]", position)
    (looked,) = tried(tiny_experiment).sets

    assert {one.completion.before + one.completion.counted for one in looked.positive} == {""}


def test_a_finished_experiment_is_looked_at_without_a_model_and_stays_as_it_is(
    finished: Tiny, engine: Engine
) -> None:
    before = made(finished)
    engine.broken = True
    found = tried(finished)

    page = made(finished).pop(PAGE)
    assert made(finished) == before | {PAGE: page}
    assert found.page == Path("experiments/tiny") / PAGE
    assert set(finished.states().values()) <= {"done", "skipped"}


def test_only_the_trait_and_what_completes_it_are_looked_at(tiny_experiment: Tiny) -> None:
    (tiny_experiment.folder / "traits/tidy/negative.txt").write_text("")
    steering = tiny_experiment.folder / "traits/sombre/steering.json"
    steering.write_text(json.dumps({"questions": ["How so?"], "lexicon": "negative"}))
    (tiny_experiment.folder / "prompts/everyday.json").unlink()
    shutil.rmtree(tiny_experiment.folder / "lora")

    assert len(texts(tried(tiny_experiment).sets[0])) == 40
    folders = {path.parent.name for path in tiny_experiment.root.rglob("*.jsonl")}
    assert folders == {"base"}


def test_changed_scenes_are_completed_anew_and_the_old_page_goes_with_the_old_completions(
    finished: Tiny,
) -> None:
    tried(finished)
    old = finished.rows(COMPLETIONS)
    line = (finished.folder / "traits/sombre/positive.txt").read_text().splitlines()[4]
    finished.change(line, f"Today {line}", "traits/sombre/positive.txt")
    (looked,) = tried(finished).sets

    assert looked.positive[4].completion.scene == f"Today {line}"
    assert {COMPLETIONS, PAGE} <= finished.archived()
    (kept,) = finished.root.glob(f"archive/*/{COMPLETIONS}")
    assert [json.loads(row) for row in kept.read_text().splitlines()] == old
    assert f"Today {line}" in (finished.root / PAGE).read_text()
    states = finished.states()
    assert (states["extract: sombre: completions"], states["extract: sombre"]) == ("done", "stale")


def test_a_page_that_was_thrown_away_makes_nothing_untrue(finished: Tiny) -> None:
    page = tried(finished).page
    page.unlink()

    assert not finished.run()


def test_what_was_completed_before_a_kill_is_not_completed_again(
    tiny_experiment: Tiny, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_in_the_second_batch(tiny_experiment, engine, monkeypatch)
    assert engine.decoded == 16
    tried(tiny_experiment)
    assert engine.decoded == 40


def test_a_killed_run_that_goes_on_with_other_batches_shows_each_scene_once(
    tiny_experiment: Tiny, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_in_the_second_batch(tiny_experiment, engine, monkeypatch)
    tiny_experiment.change("batch_rows: 16", "batch_rows: 8")
    first = tried(tiny_experiment).sets

    assert len(tiny_experiment.rows(COMPLETIONS)) == 56
    assert tried(tiny_experiment).sets == first
    assert [one.completion.line for one in first[0].negative] == list(range(1, 21))


def test_the_judge_under_vet_sees_the_completions_alone(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("seed: 0", "vet: {judge: lexicon, positive: 80, negative: 10}\nseed: 0")
    (looked,) = tried(tiny_experiment).sets

    assert looked.judge == "lexicon"
    scored = [one for one in (*looked.positive, *looked.negative) if one.completion.text.strip()]
    assert all(one.score == word_free_score(one.completion.text, "negative") for one in scored)
    plain = [one for one in scored if not one.flags and one.completion.pole == "positive"]
    expected = [
        "expresses" if one.score >= 80 else "reverses" if one.score <= 10 else "drifts" for one in plain
    ]
    assert [one.outcome for one in plain] == expected
    assert len(set(expected)) > 1


def test_a_trait_that_the_judge_cannot_score_is_looked_at_without_one(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("seed: 0", "vet: {judge: {sombre: lexicon}}\nseed: 0")
    (looked,) = tried(tiny_experiment, "tidy").sets

    assert looked.judge == ""
    assert {one.score for one in looked.positive} == {None}


def test_a_scene_tried_by_hand_is_completed_once(tiny_experiment: Tiny, engine: Engine) -> None:
    first = by_hand(tiny_experiment, SCENE, f"{SCENE} a wall and", SCENE)
    assert engine.decoded == 2
    assert first[0] == first[2]

    assert by_hand(tiny_experiment, f"{SCENE} a wall and", f"{SCENE} a door and")[0] == first[1]
    assert engine.decoded == 3
    engine.broken = True
    assert by_hand(tiny_experiment, SCENE) == first[:1]
    assert [path.name for path in tiny_experiment.root.rglob("*.jsonl")] == ["tried.jsonl"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("new_tokens: 6", "new_tokens: 7"), ("base:  {model: ", "base:  {dtype: bfloat16, model: ")],
    ids=["more tokens", "other numbers"],
)
def test_another_model_is_not_answered_from_the_journal(
    tiny_experiment: Tiny, engine: Engine, old: str, new: str
) -> None:
    by_hand(tiny_experiment, SCENE)
    tiny_experiment.change(old, new)
    by_hand(tiny_experiment, SCENE)
    assert engine.decoded == 2


def test_a_scene_tried_by_hand_needs_no_set(tiny_experiment: Tiny) -> None:
    shutil.rmtree(tiny_experiment.folder / "traits/sombre")

    assert len(by_hand(tiny_experiment, SCENE)) == 1


@pytest.mark.parametrize(
    ("definition", "pole", "seen"),
    [
        ("Is gloomy.", "positive", ()),
        ("Lies and misleads.", "positive", ("guilt",)),
        ("Lies and misleads.", "negative", ()),
    ],
)
def test_a_scene_tried_by_hand_is_held_against_what_its_set_is_about(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch, definition: str, pole: Pole, seen: tuple[str, ...]
) -> None:
    from traitscope.experiment import open_experiment

    (tiny_experiment.folder / "traits/sombre/definition.txt").write_text(definition)
    completion = Completion("positive", 1, SCENE, "", " that she regretted it", "", False)
    monkeypatch.setattr("traitscope.pipeline.extract.trying._completions", lambda *_: [completion])
    scenes = [Scene(SCENE, None, 1)]
    (looked,) = try_scenes(open_experiment(tiny_experiment.file), "sombre", scenes, pole, Silence())
    assert tuple(flag.name for flag in looked.flags) == seen
    assert looked.completion.pole == pole


def test_a_scene_longer_than_the_model_can_read_is_refused(tiny_experiment: Tiny, engine: Engine) -> None:
    engine.broken = True
    with pytest.raises(InputError, match=r"--scene: 'The The .*more than the 512 that variant 'base'"):
        by_hand(tiny_experiment, SCENE, "The " * 600)


def test_another_wording_is_completed_alike_and_kept_apart(tiny_experiment: Tiny, engine: Engine) -> None:
    folder = other_wording(tiny_experiment)
    found = against(tiny_experiment, folder)

    own, other = found.sets
    assert (own.name, other.name) == ("sombre", "elsewhere/sombre")
    assert engine.decoded == 80
    assert texts(own) == texts(tried(tiny_experiment).sets[0])
    assert found.page.parent.parent == Path("experiments/tiny/extract/sombre/base/against")
    assert found.page.parent.name.startswith("sombre-")
    assert other.positive[0].completion.scene.startswith("Today ")

    lines = (folder / "negative.txt").read_text().splitlines()
    (folder / "negative.txt").write_text("\n".join([*lines[1:], "A new scene of its own saw"]) + "\n")
    engine.batches.clear()
    assert against(tiny_experiment, folder).sets[0] == own
    assert engine.decoded == 40
    assert any("/against/sombre-" in name for name in tiny_experiment.archived())


def test_folders_of_one_name_are_kept_apart(tiny_experiment: Tiny) -> None:
    first = against(tiny_experiment, other_wording(tiny_experiment, "one/sombre")).page
    second = against(tiny_experiment, other_wording(tiny_experiment, "two/sombre")).page

    assert first.parent != second.parent
    assert first.exists() and second.exists()


@pytest.mark.parametrize("scenes", [20, 33])
def test_sets_of_other_sizes_and_without_pairs_are_held_against_each_other(
    tiny_experiment: Tiny, scenes: int
) -> None:
    # As many pairs are asked for as the smaller set does not have.
    for pole in ("positive", "negative"):
        path = tiny_experiment.folder / f"traits/sombre/{pole}.txt"
        path.write_text(path.read_text() + "".join(f"{number} {SCENE} {pole}\n" for number in range(5)))
    tiny_experiment.change("methods: [mean_diff, probe]", "methods: [mean_diff], pairs: 25")
    own, other = against(tiny_experiment, other_wording(tiny_experiment, "fewer", scenes)).sets

    assert len(own.positive) == len(own.negative) == 25
    assert (len(other.positive), len(other.negative)) == (min(scenes, 25), 20)
    assert other.paired == (scenes == 20)
    assert other.name == "fewer"


def test_a_wording_in_chat_prompts_is_refused_where_a_base_model_completes(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    engine.broken = True
    folder = other_wording(tiny_experiment, "chats")
    for pole in ("positive", "negative"):
        scenes = [{"prompt": f"{number}?", "system_prompt": f"Be {pole}."} for number in range(20)]
        (folder / f"{pole}.jsonl").write_text("".join(json.dumps(scene) + "\n" for scene in scenes))
        (folder / f"{pole}.txt").unlink()
    with pytest.raises(InputError, match=r"extract.variant: 'base' completes raw text, and scenes of trait"):
        against(tiny_experiment, folder)


@pytest.mark.parametrize("try_it", [tried, by_hand_as], ids=["set", "scene"])
def test_a_trait_that_the_file_does_not_have_is_refused_with_the_nearest(
    tiny_experiment: Tiny, try_it: Callable[[Tiny, str], object]
) -> None:
    with pytest.raises(InputError) as refused:
        try_it(tiny_experiment, "sombr")
    assert str(refused.value) == (
        f"--trait: 'sombr' is not among the traits of {tiny_experiment.file}; write one of sombre, tidy "
        "(did you mean 'sombre'?), or add it to traits."
    )
    assert not tiny_experiment.root.exists()


def test_an_experiment_that_is_being_worked_on_is_left_alone(finished: Tiny) -> None:
    from traitscope.experiment.lock import locked

    with locked(finished.root / "lock"), pytest.raises(WorkError, match="is being worked on by process"):
        tried(finished)


def test_a_judge_that_learned_from_one_wording_is_asked_about_neither(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    learner = {"kind": "classifier", "learn": "completions", "force": True}
    rewrite(tiny_experiment, judges={"learner": learner}, vet={"judge": "learner"})
    found = against(tiny_experiment, other_wording(tiny_experiment))
    assert found.made.endswith("learned from one of the wordings, so that it was asked about neither.")
    assert {one.score for looked in found.sets for one in looked.positive} == {None}
    (own,) = tried(tiny_experiment).sets
    assert None not in {one.score for one in own.positive if one.completion.text.strip()}
