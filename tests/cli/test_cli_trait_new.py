"""`traitscope trait new`: a name in, a folder out, and what to do next."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from tiny_place import Typed, the_sentence

from traitscope.cli.trait import new
from traitscope.data.starting import Kind


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_says_what_it_wrote_of_which_kind_and_what_comes_next(typed: Callable[..., Typed]) -> None:
    answer = typed("trait", "new", "envy")

    assert (answer.code, answer.err) == (0, "")
    wrote, kind, then = answer.out.splitlines()
    files = "README.md, positive.txt, negative.txt, definition.txt, steering.json, labelled.jsonl"
    assert wrote == f"wrote traits/envy: {files}"
    assert "of kind act" in kind and "observed" in kind
    assert "read traits/envy/README.md" in then
    assert then.endswith(": traitscope trait lint traits/envy")


def test_the_next_command_says_what_is_still_to_be_written(typed: Callable[..., Typed]) -> None:
    after = typed("trait", "new", "feelings/envy", "--kind", "inner-state").out.splitlines()[-1]

    told = typed(*after.rpartition(": traitscope ")[2].split())

    assert told.code == 1
    assert told.err == ""
    assert "3 scenes, fewer than 20" in told.out
    assert "no-questions" in told.out


def test_each_kind_is_offered_and_has_a_folder_of_its_own(typed: Callable[..., Typed], here: Path) -> None:
    annotation = inspect.signature(new).parameters["kind"].annotation
    offered = get_args(get_args(annotation)[0])

    assert offered == get_args(Kind)
    for kind in offered:
        assert typed("trait", "new", f"any/{kind}", "--kind", kind).code == 0
    guidance = [(here / "traits/any" / kind / "README.md").read_text() for kind in offered]
    assert len(set(guidance)) == len(offered)


@pytest.mark.parametrize("name", ["envy", "two words", "../envy", "traits/envy", "envy/more"])
def test_a_refusal_is_one_sentence_and_writes_nothing(
    typed: Callable[..., Typed], here: Path, name: str
) -> None:
    typed("trait", "new", "envy")
    before = sorted(here.rglob("*"))

    answer = typed("trait", "new", name)

    assert (answer.code, answer.out) == (2, "")
    the_sentence(answer.err)
    assert sorted(here.rglob("*")) == before


def test_an_unknown_kind_is_refused_with_those_there_are(typed: Callable[..., Typed], here: Path) -> None:
    answer = typed("trait", "new", "envy", "--kind", "vice")

    assert answer.code == 2
    assert "'vice'" in answer.err and "'blamed'" in answer.err
    assert not list(here.iterdir())
