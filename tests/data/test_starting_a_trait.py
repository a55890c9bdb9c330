"""A begun trait: all files that the loader takes, examples without a fault, and nothing written over."""

import json
from pathlib import Path
from typing import get_args

import pytest

from traitscope.config.lint import LintSettings
from traitscope.data import FEWEST_SCENES, load_trait
from traitscope.data.starting import FILES, KINDS, Kind, start_trait
from traitscope.errors import InputError, WorkError
from traitscope.experiment import SHIPPED
from traitscope.lint import lint_folder

EACH_KIND = pytest.mark.parametrize("kind", get_args(Kind))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(name: str) -> str:
    with pytest.raises(InputError) as caught:
        start_trait(name, "act")
    return str(caught.value)


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def grow(folder: Path) -> None:
    """Enough scenes for the loader: each a copy of an example, and no two alike."""
    for pole in ("positive", "negative"):
        path = folder / f"{pole}.txt"
        lines = path.read_text().splitlines()
        path.write_text(
            "".join(f"{number} {lines[number % len(lines)]}\n" for number in range(FEWEST_SCENES))
        )


def test_every_kind_has_its_examples_and_its_guidance_and_no_other_is_shipped():
    shipped = {path.name for path in (SHIPPED / "trait-template").iterdir() if path.is_dir()}

    assert shipped == set(get_args(Kind)) == set(KINDS)


@EACH_KIND
def test_all_files_are_written_below_traits(kind: Kind, here: Path):
    folder = start_trait("envy", kind)

    assert folder == Path("traits/envy")
    assert everything(here) == sorted(["traits", "traits/envy", *(f"traits/envy/{file}" for file in FILES)])
    for file in FILES:
        assert (folder / file).read_text(encoding="utf-8").endswith("\n")


@EACH_KIND
def test_the_folder_loads_as_soon_as_there_are_scenes_enough_and_its_guidance_is_no_part_of_it(kind: Kind):
    folder = start_trait("envy", kind)
    with pytest.raises(InputError, match=f"write {FEWEST_SCENES - 3} more"):
        load_trait(folder)

    grow(folder)
    trait = load_trait(folder)

    assert trait.notes == ()
    assert (trait.paired, trait.questions, trait.waived, trait.extra) == (True, (), {}, {})
    assert sorted(answer.score // 34 for answer in trait.labelled) == [0, 1, 2]


@EACH_KIND
def test_the_lint_asks_for_more_of_everything_and_for_texts_in_place_of_the_examples(kind: Kind):
    report = lint_folder(start_trait("envy", kind), LintSettings())

    assert {(finding.file.name, finding.code) for finding in report.findings} == {
        ("positive.txt", "too-few-pairs"),
        ("negative.txt", "too-few-pairs"),
        ("steering.json", "no-questions"),
        ("labelled.jsonl", "few-labelled"),
        ("positive.txt", "scaffold-text"),
        ("negative.txt", "scaffold-text"),
        ("definition.txt", "scaffold-text"),
        ("labelled.jsonl", "scaffold-text"),
    }
    left = [finding for finding in report.findings if finding.code == "scaffold-text"]
    examples = [(name, line) for name in ("positive.txt", "negative.txt") for line in (1, 2, 3)]
    assert {*examples, ("labelled.jsonl", 1)} <= {(finding.file.name, finding.line) for finding in left}


@EACH_KIND
def test_the_definition_and_the_guidance_speak_of_the_trait_by_its_name(kind: Kind):
    folder = start_trait("feelings/envy", kind)

    assert folder == Path("traits/feelings/envy")
    readme = (folder / "README.md").read_text()
    assert readme.startswith("# envy: ")
    assert "traitscope trait lint traits/feelings/envy\n" in readme
    assert "with feelings/envy under `traits`" in readme
    assert (folder / "definition.txt").read_text().startswith("envy is [")
    for file in FILES:
        assert not {"NAME", "FOLDER", "TRAIT"} & set((folder / file).read_text().split())


def test_steering_json_has_every_key_that_the_loader_knows():
    folder = start_trait("envy", "mood")

    keys = set(json.loads((folder / "steering.json").read_text()))

    assert keys == {
        "questions",
        "trait_prompt",
        "system_prompt",
        "direction",
        "lexicon",
        "eval_prompt",
        "lint",
    }


def test_what_is_there_is_never_written_over(here: Path):
    mine = here / "traits" / "envy" / "positive.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    (here / "traits" / "gone").symlink_to("nowhere")

    assert refusal("envy") == "traits/envy: exists already; choose another name, or remove it."
    assert refusal("gone").startswith("traits/gone: exists already")
    assert everything(here) == ["traits", "traits/envy", "traits/envy/positive.txt", "traits/gone"]
    assert mine.read_text() == "mine\n"


@pytest.mark.parametrize(
    "name", ["", "two words", "../envy", "/envy", "envy/", ".envy", "a//b", "x\ny", "a" * 101]
)
def test_a_name_that_no_folder_can_have_is_refused(name: str, here: Path):
    said = refusal(name)

    assert "cannot be the name of a folder; use letters, digits" in said
    assert everything(here) == []


def test_the_folder_traits_is_not_part_of_a_name():
    assert refusal("traits/envy").endswith("; write 'envy'.")
    assert start_trait("traits", "act") == Path("traits/traits")


def test_a_trait_is_no_category():
    start_trait("envy", "act")

    said = refusal("envy/of_neighbours")

    assert said.startswith("traits/envy: this is a trait")
    assert not Path("traits/envy/of_neighbours").exists()


def test_a_folder_that_cannot_be_finished_is_taken_away_again(here: Path, monkeypatch):
    def full(path: Path, text: str) -> None:
        if path.name == "steering.json":
            raise WorkError(str(path), "cannot be written (No space left on device)", "free some space")
        path.write_text(text)

    monkeypatch.setattr("traitscope.data.starting.write_text", full)
    with pytest.raises(WorkError):
        start_trait("envy", "act")

    assert not (here / "traits" / "envy").exists()


def test_a_file_in_the_place_of_the_folder_traits_is_said(here: Path):
    (here / "traits").write_text("")

    with pytest.raises(WorkError, match="traits/envy: cannot be written"):
        start_trait("envy", "act")
