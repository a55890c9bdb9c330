"""Traits in the forms that other projects write: JSONL poles, further keys, answers scored by hand."""

import json

import pytest

from traitscope.data import LabelledAnswer, Scene, load_trait, trait_folders
from traitscope.errors import InputError


@pytest.fixture
def chat_folder(trait_folder):
    """Both poles ask the same, each under a system prompt of its own."""
    for pole in ("positive", "negative"):
        texts = (trait_folder / f"{pole}.txt").read_text().splitlines()
        lines = [{"prompt": f"Say: {number}", "system_prompt": text} for number, text in enumerate(texts)]
        (trait_folder / f"{pole}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (trait_folder / f"{pole}.txt").unlink()
    return trait_folder


def test_chat_prompts_are_contrasted_by_their_system_prompts(chat_folder):
    trait = load_trait(chat_folder)

    assert trait.positive[1] == Scene("Say: 1", "He looked at the bridge and sighed that", 2)
    assert trait.negative[1] == Scene("Say: 1", "He looked at the bridge and beamed that", 2)
    assert trait.paired


def test_plain_strings_in_json_lines_are_scenes(trait_folder):
    expected = load_trait(trait_folder)
    texts = (trait_folder / "positive.txt").read_text().splitlines()
    (trait_folder / "positive.txt").unlink()
    (trait_folder / "positive.jsonl").write_text("\n".join(map(json.dumps, texts)))

    assert load_trait(trait_folder) == expected


def test_the_same_prompt_under_the_same_system_prompt_on_both_poles_is_told(chat_folder, refusal):
    first = (chat_folder / "positive.jsonl").read_text().splitlines()[0]
    path = chat_folder / "negative.jsonl"
    path.write_text("\n".join([*path.read_text().splitlines()[:-1], first]))

    assert "negative.jsonl, line 22: this scene stands in positive.jsonl too (line 1)" in refusal(chat_folder)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "positive.jsonl, line 23, column 2: this is not JSON"),
        ("", "positive.jsonl, line 23: the line is blank"),
        ("[1]", "positive.jsonl, line 23: found [1]"),
        ('{"promt": "x"}', "positive.jsonl, line 23: found {'promt': 'x'}"),
        ('{"prompt": "x", "system_prompt": 3}', "positive.jsonl, line 23, system_prompt: found 3"),
        ('{"prompt": "x", "prompt": "y"}', "the key 'prompt' is written twice"),
    ],
)
def test_a_bad_line_of_json_is_told_with_its_number(chat_folder, refusal, line, told):
    path = chat_folder / "positive.jsonl"
    path.write_text(f'{path.read_text()}{line}\n"last"\n')

    assert told in refusal(chat_folder)


def test_a_pole_in_two_files_is_told(chat_folder, refusal):
    (chat_folder / "positive.txt").write_text("A scene\n")

    assert "positive.txt and positive.jsonl are both there; keep one of the two" in refusal(chat_folder)


def test_what_steering_is_told_beyond_questions_is_kept(steering):
    trait = load_trait(
        steering(
            system_prompt="Be brief.",
            direction="negative",
            eval_prompt="How sad is it?",
            lint={"waive": {"sentiment": "it is the trait"}},
            cohort="b",
        )
    )

    assert (trait.system_prompt, trait.direction, trait.eval_prompt) == (
        "Be brief.",
        "negative",
        "How sad is it?",
    )
    assert trait.waived == {"sentiment": "it is the trait"}
    assert trait.extra == {"cohort": "b"}
    assert trait.notes == ("steering.json: the key 'cohort' is not used.",)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"direction": "up"}, "steering.json, direction: found 'up'; write one of positive, negative"),
        ({"system_prompt": ""}, "steering.json, system_prompt: found ''; write text"),
        ({"lint": {"waive": {"sentiment": ""}}}, "lint.waive.sentiment: found ''; write the reason"),
        ({"lint": []}, "steering.json, lint: found []"),
        ({"lint": {"waive": ["sentiment"]}}, "steering.json, lint: found"),
    ],
)
def test_a_wrong_value_in_steering_is_told(steering, refusal, changes, told):
    assert told in refusal(steering(**changes))


def test_answers_scored_by_hand_are_read_with_their_lines(trait_folder):
    rows = [{"question": "How was it?", "answer": " Grim. ", "score": 90, "by": "me"}]
    (trait_folder / "labelled.jsonl").write_text("\n".join(map(json.dumps, rows)))

    assert load_trait(trait_folder).labelled == (LabelledAnswer("How was it?", "Grim.", 90.0, 1),)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"question": "a", "answer": "b", "score": 101}', "labelled.jsonl, line 1, score: found 101"),
        ('{"question": "a", "answer": "b", "score": true}', "line 1, score: found True"),
        ('{"question": "a", "answer": "b", "score": NaN}', "line 1, score: found nan"),
        ('{"question": "a", "answer": "b"}', "line 1, score: found None"),
        ('{"question": "a", "score": 3}', "line 1, answer: found None"),
        ('"text"', "line 1: found 'text'"),
    ],
)
def test_a_bad_labelled_answer_is_told(trait_folder, refusal, row, told):
    (trait_folder / "labelled.jsonl").write_text(row)

    assert told in refusal(trait_folder)


def test_a_category_stands_for_the_traits_inside_it(trait_folder):
    root = trait_folder.parent

    assert trait_folders([root]) == trait_folders([trait_folder]) == trait_folders([root, trait_folder])


def test_a_folder_without_a_trait_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no trait here"):
        trait_folders([tmp_path])
