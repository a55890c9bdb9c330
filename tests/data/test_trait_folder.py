"""A folder of scenes to a trait, or to the sentence that says what is wrong with it."""

import shutil

import pytest

from traitscope.data import load_trait


def test_a_folder_in_order_is_read_as_it_stands(trait_folder):
    trait = load_trait(trait_folder)

    assert (trait.name, trait.folder) == ("gloom", trait_folder)
    assert len(trait.positive) == len(trait.negative) == 22
    assert trait.positive[0].text == "He looked at the lamp and sighed that"
    assert trait.negative[21].text == "He looked at the saddle and beamed that"
    assert trait.paired
    assert trait.definition == "A gloomy speaker expects the worst."
    assert (len(trait.questions), trait.questions[3]) == (30, "What about 3?")
    assert (trait.trait_prompt, trait.lexicon) == ("Be gloomy.", "negative")
    assert trait.notes == ()


def test_a_trait_is_named_by_its_folder_however_the_path_is_written(trait_folder, monkeypatch):
    monkeypatch.chdir(trait_folder)

    assert load_trait(trait_folder.relative_to(trait_folder)).name == "gloom"


def test_files_from_other_systems_and_blank_lines_at_their_end_are_read_alike(trait_folder):
    path = trait_folder / "positive.txt"
    expected = load_trait(trait_folder)
    text = path.read_text()

    for spelling in (text.rstrip("\n"), text + "\n\n", text.replace("\n", "\r\n"), "\ufeff" + text):
        path.write_bytes(spelling.encode())
        assert load_trait(trait_folder) == expected


def test_spaces_at_the_ends_of_scenes_are_dropped_and_noted(trait_folder):
    expected = load_trait(trait_folder).positive
    path = trait_folder / "positive.txt"
    path.write_text(path.read_text().replace("lamp and sighed that", "lamp and sighed that  ", 1))

    trait = load_trait(trait_folder)

    assert trait.positive == expected
    assert trait.notes == ("positive.txt: spaces at the ends of 1 scene were dropped.",)


def test_poles_of_different_length_are_unpaired_and_noted(trait_folder):
    path = trait_folder / "negative.txt"
    path.write_text("\n".join(path.read_text().splitlines()[:20]))

    trait = load_trait(trait_folder)

    assert not trait.paired
    assert trait.notes == ("22 positive and 20 negative scenes: they are not taken as pairs.",)


def test_a_scene_that_comes_twice_on_one_pole_is_noted(trait_folder):
    path = trait_folder / "positive.txt"
    path.write_text(path.read_text().replace("bridge", "lamp"))

    assert load_trait(trait_folder).notes == ("positive.txt: 1 scenes come more than once.",)


def test_a_missing_folder_is_told_with_the_nearest_sibling(trait_folder, refusal):
    (trait_folder.parent / "hedging").mkdir()

    told = refusal(trait_folder.with_name("glom"))

    assert "there is no such trait; write one of gloom, hedging (did you mean 'gloom'?)" in told


def test_a_missing_folder_without_siblings_is_told(tmp_path, refusal):
    assert "there is no such trait; make the folder" in refusal(tmp_path / "nowhere" / "gloom")


def test_a_file_in_place_of_the_folder_is_told(trait_folder, refusal):
    assert "this is a file, and a trait is a folder" in refusal(trait_folder / "positive.txt")


@pytest.mark.parametrize("name", ["positive.txt", "negative.txt", "definition.txt"])
def test_a_missing_file_is_told(trait_folder, refusal, name):
    (trait_folder / name).unlink()

    assert f"gloom/{name}: there is no such file" in refusal(trait_folder)


def test_a_misspelled_file_is_told_with_its_name(trait_folder, refusal):
    (trait_folder / "positive.txt").rename(trait_folder / "positve.txt")

    assert "did you mean 'positve.txt'?" in refusal(trait_folder)


@pytest.mark.parametrize("name", ["positive.txt", "negative.txt"])
@pytest.mark.parametrize("content", ["", "\n\n", "   \n"])
def test_an_empty_pole_is_told(trait_folder, refusal, name, content):
    (trait_folder / name).write_text(content)

    assert f"{name}: the file is empty, so the trait has one side only; write one scene a line" in refusal(
        trait_folder
    )


def test_an_empty_definition_is_told(trait_folder, refusal):
    (trait_folder / "definition.txt").write_text(" \n")

    assert "definition.txt: the file is empty" in refusal(trait_folder)


@pytest.mark.parametrize("name", ["positive.txt", "negative.txt"])
def test_fewer_than_twenty_scenes_are_told_with_their_number(trait_folder, refusal, name):
    path = trait_folder / name
    path.write_text("\n".join(path.read_text().splitlines()[:19]))

    assert f"{name}: there are 19 scenes, and a direction takes at least 20 a pole; write 1 more." in refusal(
        trait_folder
    )


def test_a_blank_line_between_scenes_is_told_with_its_number(trait_folder, refusal):
    path = trait_folder / "negative.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:4], "  ", *lines[4:]]))

    assert "negative.txt, line 5: the line is blank" in refusal(trait_folder)


def test_bytes_that_are_not_utf_8_are_told_with_their_line(trait_folder, refusal):
    path = trait_folder / "positive.txt"
    path.write_bytes(path.read_bytes().replace(b"orchard", b"caf\xe9"))

    assert "positive.txt, line 3: byte 0xe9 is not UTF-8 text" in refusal(trait_folder)


def test_a_binary_file_is_told_with_its_line(trait_folder, refusal):
    (trait_folder / "positive.txt").write_bytes(b"PK\n\0\0")

    assert "positive.txt, line 2: a zero byte: this is a binary file" in refusal(trait_folder)


def test_a_scene_on_both_poles_is_told_with_both_lines(trait_folder, refusal):
    positive, negative = trait_folder / "positive.txt", trait_folder / "negative.txt"
    shared = positive.read_text().splitlines()[2]
    lines = negative.read_text().splitlines()
    lines[6] = shared + " "
    negative.write_text("\n".join(lines))

    assert "negative.txt, line 7: this scene stands in positive.txt too (line 3)" in refusal(trait_folder)


def test_a_trait_without_steering_has_no_questions_and_says_so(trait_folder):
    (trait_folder / "steering.json").unlink()

    trait = load_trait(trait_folder)

    assert (trait.questions, trait.trait_prompt, trait.lexicon) == ((), None, None)
    assert trait.notes == ("steering.json is missing: the trait has no questions and no judge.",)


def test_a_misspelled_steering_file_is_told(trait_folder, refusal):
    shutil.move(trait_folder / "steering.json", trait_folder / "stering.json")

    assert "stering.json: this is no file of a trait; rename it to 'steering.json'" in refusal(trait_folder)


def test_unknown_keys_of_steering_are_noted_with_the_one_that_may_be_meant(steering):
    trait = load_trait(steering(lexicom="negative", author="someone"))

    assert trait.notes == (
        "steering.json: the key 'lexicom' is not used (is lexicon meant?).",
        "steering.json: the key 'author' is not used.",
    )


def test_a_trait_may_have_no_judge_no_prompt_and_no_questions(steering):
    trait = load_trait(steering(lexicon=None, trait_prompt=None, questions=[]))

    assert (trait.questions, trait.trait_prompt, trait.lexicon) == ((), None, None)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"lexicon": "negativ"},
            "steering.json, lexicon: found 'negativ'; write one of positive, negative (did you mean",
        ),
        (
            {"lexicon": ["negative"]},
            "steering.json, lexicon: found ['negative']; write one of positive, negative",
        ),
        ({"questions": "Why?"}, "steering.json, questions: found 'Why?'; write a list of texts"),
        ({"questions": ["Why?", 3]}, "steering.json, questions: question 2 is 3"),
        ({"questions": ["Why?", " "]}, "steering.json, questions: question 2 is ' '"),
        ({"questions": ["Why?", "How?", " Why?"]}, "steering.json, questions: question 3 repeats question 1"),
        ({"trait_prompt": ""}, "steering.json, trait_prompt: found ''; write text"),
        ({"trait_prompt": 3}, "steering.json, trait_prompt: found 3; write text"),
    ],
)
def test_a_wrong_value_in_steering_is_told_with_its_key(steering, refusal, changes, told):
    assert told in refusal(steering(**changes))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"questions": [\n  "a",\n}', "steering.json, line 3, column 1: this is not JSON"),
        ('["a"]', "steering.json: the file holds no JSON object"),
        (
            '{"lexicon": "negative", "lexicon": "positive"}',
            "steering.json: the key 'lexicon' is written twice",
        ),
        (r'{"trait_prompt": "\ud800"}', "steering.json: a \\u escape stands for half a character"),
        ('{"questions": ' + "[" * 100_000, "steering.json: it is nested hundreds of levels deep"),
        ("", "steering.json, line 1, column 1: this is not JSON"),
    ],
)
def test_what_is_not_json_is_told_with_line_and_column(trait_folder, refusal, content, told):
    (trait_folder / "steering.json").write_text(content)

    assert told in refusal(trait_folder)
