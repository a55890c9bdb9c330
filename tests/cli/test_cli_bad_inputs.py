"""Mistakes in traits, questions and prompts: one sentence with file, what was found and the mend."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_place import Place, Typed, the_sentence, write_json

QUESTIONS = [f"How was day number {number}?" for number in range(10)]


def shortened(file: Path, lines: int) -> None:
    file.write_text("\n".join(file.read_text().splitlines()[:lines]) + "\n")


def test_a_missing_trait_folder_is_refused_with_the_nearest_name(
    place: Place, refusal: Callable[..., str]
) -> None:
    place.change("traits", ["sombr"])
    sentence = refusal()
    assert sentence.startswith("tiny.yaml: traits/sombr: does not exist beside the experiment file")
    assert sentence.endswith("nor among the shipped traits; did you mean 'sombre'?")


@pytest.mark.parametrize("pole", ["positive", "negative"])
def test_scenes_of_one_side_only_are_refused(place: Place, refusal: Callable[..., str], pole: str) -> None:
    (place.trait / f"{pole}.txt").write_text("")
    empty = "the file is empty, so the trait has one side only; write one scene a line."
    assert refusal().endswith(f"traits/sombre/{pole}.txt: {empty}")


def test_a_pole_without_a_file_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    (place.trait / "negative.txt").unlink()
    sentence = refusal()
    assert sentence.endswith(
        "traits/sombre/negative.txt: there is no such file; write it or correct the path."
    )


def test_fewer_than_twenty_pairs_are_refused_with_how_many_are_missing(
    place: Place, refusal: Callable[..., str]
) -> None:
    for pole in ("positive", "negative"):
        shortened(place.trait / f"{pole}.txt", 17)
    sentence = refusal()
    assert "traits/sombre/positive.txt" in sentence
    assert "17" in sentence and "20" in sentence
    assert sentence.endswith("write 3 more.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a\nb\0c\n", "line 2: a zero byte: this is a binary file; put a UTF-8 text file here."),
        (b"a\nb\nna\xefve\n", "line 3: byte 0xef is not UTF-8 text; save the file as UTF-8 text."),
    ],
    ids=["binary", "not UTF-8"],
)
def test_a_scene_file_that_is_no_text_is_refused_with_its_line(
    place: Place, refusal: Callable[..., str], content: bytes, words: str
) -> None:
    (place.trait / "positive.txt").write_bytes(content)
    assert refusal().endswith(f"traits/sombre/positive.txt, {words}")


def test_scenes_that_are_all_alike_are_refused_before_extraction(
    place: Place, refusal: Callable[..., str]
) -> None:
    for pole in ("positive", "negative"):
        scenes = [
            f"{number}. On this long and rainy day everybody in our town felt {pole}" for number in range(20)
        ]
        (place.trait / f"{pole}.txt").write_text("\n".join(scenes))
    assert refusal().endswith(
        "traits/sombre: all scenes are near-duplicates of each other, so that none can be held out; "
        "write scenes that differ in more than a word."
    )
    assert not (place.made / "extract").exists()


def test_an_empty_question_list_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    write_json(place.trait / "steering.json", {"questions": [], "lexicon": "negative"})
    assert refusal().endswith(
        "traits/sombre/steering.json, questions: there are no questions to steer with; write at least 9."
    )


def test_fewer_questions_than_asked_are_refused_with_all_counts(
    place: Place, refusal: Callable[..., str]
) -> None:
    write_json(place.trait / "steering.json", {"questions": QUESTIONS[:7], "lexicon": "negative"})
    sentence = refusal()
    assert "there are 7 questions, and 4 to search and 5 to report are asked for" in sentence
    assert "write 2 more, or lower steer.questions or steer.report_questions" in sentence


def test_a_trait_that_the_judge_cannot_score_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    write_json(place.trait / "steering.json", {"questions": QUESTIONS})
    sentence = refusal()
    assert sentence.startswith("tiny.yaml, steer.judge: the lexicon judge scores mood")
    assert "leave it out of steer.traits" in sentence


def test_more_pairs_than_there_are_are_refused(place: Place, refusal: Callable[..., str]) -> None:
    place.change("extract.pairs", 21)
    assert refusal() == (
        "tiny.yaml, extract.pairs: asks for 21 pairs, and trait 'sombre' has 20; "
        "lower it, or write more scenes."
    )


def test_a_prompt_set_that_does_not_exist_is_refused_with_the_nearest_name(
    place: Place, refusal: Callable[..., str]
) -> None:
    place.change("infer.prompts", "ask")
    sentence = refusal()
    assert sentence.startswith("tiny.yaml: prompts/ask: does not exist beside the experiment file")
    assert sentence.endswith("shipped prompts, as .json, .jsonl, .csv, .txt; did you mean 'asks'?")


def test_a_prompt_set_in_two_forms_is_refused_and_a_form_beside_the_file_is_taken_before_a_shipped_one(
    place: Place, refusal: Callable[..., str]
) -> None:
    (place.folder / "prompts/asks.csv").write_text("text\nWhy?\n")
    assert "prompts/asks: asks.json and asks.csv are both in " in refusal()
    (place.folder / "prompts/neutral.csv").write_text("question\nWhy?\n")
    place.change("infer.prompts", "neutral")
    assert "prompts/neutral.csv, line 1: there is no column 'text'" in refusal()


def test_a_prompt_set_that_is_no_json_is_refused_with_its_line(
    place: Place, refusal: Callable[..., str]
) -> None:
    (place.folder / "prompts/asks.json").write_text('{"prompts": [\n  {"id": "a" "text": "b"}\n]}')
    assert "prompts/asks.json, line 2, column 14: this is not JSON" in refusal()


def test_a_position_that_a_scene_does_not_have_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    place.change("extract.position", "prompt[400]")
    sentence = refusal()
    assert sentence.startswith(
        "tiny.yaml, extract.position: 'prompt[400]' holds no token of the shortest scene"
    )
    assert sentence.endswith("choose tokens that every scene has, such as 'prompt[-1]'.")


def test_bad_inputs_are_refused_although_only_a_later_stage_reads_them(
    place: Place, refusal: Callable[..., str]
) -> None:
    place.change("infer.prompts", "ask")
    assert "prompts/ask: " in refusal("extract", "tiny.yaml")
    assert not (place.made / "extract").exists()


def test_a_full_disk_ends_a_command_with_one_sentence_and_code_1(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "completions.jsonl":
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    answer = typed("extract", "tiny.yaml", "--quiet")
    assert answer.code == 1
    assert the_sentence(answer.err.splitlines(keepends=True)[-1]).endswith(
        "completions.jsonl: cannot be written (No space left on device); free some space and run the same "
        "command again; what is finished is kept."
    )
