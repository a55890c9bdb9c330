"""`traitscope try`: look before extracting."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_place import Place, Typed, the_sentence

SCENE = "By the harbour the teacher sighed and felt"
PAGE = "experiments/tiny/extract/sombre/base/try.html"
Pipe = Callable[[bytes], None]


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Put bytes on standard input."""

    def put(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return put


def flat(text: str) -> str:
    return " ".join(text.split())


def test_both_sides_of_every_pair_the_shares_and_the_page_are_shown(
    place: Place, typed: Callable[..., Typed]
) -> None:
    answer = typed("try", "tiny.yaml", "--trait", "sombre")

    assert answer.code == 0
    first = next(line for line in answer.out.splitlines() if line.startswith("   1  "))
    assert "wept and felt" in first and "laughed and felt" in first
    assert "  20  By the station" in answer.out
    assert "expresses [95 %]" in answer.out
    assert "Variant 'base'" in flat(answer.out)
    assert "No judge looked" in flat(answer.out)
    assert answer.out.endswith(f"\nPage: {PAGE}\n")
    assert "wept and felt" in (place.folder / PAGE).read_text()
    assert "extract sombre scenes: done" in answer.err


def test_quiet_prints_no_progress(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transformers.utils.logging._tqdm_active", False)
    answer = typed("try", "tiny.yaml", "--trait", "sombre", "--quiet")

    assert (answer.code, answer.err) == (0, "")


def test_a_second_look_needs_no_model(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = typed("try", "tiny.yaml", "--trait", "sombre", "-q")
    monkeypatch.setattr("traitscope.pipeline.variants.load_weights", _never)

    assert typed("try", "tiny.yaml", "--trait", "sombre") == Typed(0, first.out, "")


def test_one_scene_is_completed_and_shown_with_its_counting_words(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = typed("try", "tiny.yaml", "--trait", "sombre", "--scene", f"  {SCENE} ", "-q")

    assert answer.code == 0
    assert f"1 {SCENE}" in flat(answer.out)
    assert "[" in answer.out and "]" in answer.out
    assert "expresses" not in answer.out
    assert not (place.folder / PAGE).exists()
    monkeypatch.setattr("traitscope.pipeline.variants.load_weights", _never)
    assert typed("try", "tiny.yaml", "--trait", "sombre", "--scene", SCENE) == Typed(0, answer.out, "")


def test_scenes_are_read_from_standard_input_one_a_line(
    place: Place, typed: Callable[..., Typed], pipe: Pipe
) -> None:
    pipe(f"\n{SCENE}\r\n   \nThe café was closed and\n".encode())
    answer = typed("try", "tiny.yaml", "--trait", "sombre", "--scene", "-")

    assert answer.code == 0
    assert f"2 {SCENE}" in flat(answer.out)
    assert "4 The café was closed and" in flat(answer.out)
    assert "try sombre: 2 rows" in answer.err


def test_two_wordings_are_held_against_each_other(place: Place, typed: Callable[..., Typed]) -> None:
    other = place.folder / "drafts/sombre"
    other.mkdir(parents=True)
    for name in ("positive.txt", "negative.txt", "definition.txt"):
        text = (place.trait / name).read_text()
        (other / name).write_text(text.replace("By the", "Down at the"))
    answer = typed("try", "tiny.yaml", "--trait", "sombre", "--against", "drafts/sombre")

    assert answer.code == 0
    assert answer.out.count("By the harbour the sailor") == 2
    assert answer.out.count("Down at the harbour the sailor") == 2
    assert "\nchange" in answer.out
    page = Path(answer.out.rsplit("Page: ", 1)[1].strip())
    assert page.parent.parent == Path("experiments/tiny/extract/sombre/base/against")
    assert page.exists()


@pytest.mark.parametrize(
    ("words", "content", "sentence"),
    [
        (
            ("--scene", SCENE, "--against", "traits/sombre"),
            b"",
            "--scene: tries a text of its own, and --against a whole set; name one of them.",
        ),
        (("--scene", "  "), b"", "--scene: there is no text; write half-written scenes, one a line."),
        (
            ("--scene", "-"),
            b"\n \n",
            "standard input: there is no text; write half-written scenes, one a line.",
        ),
        (("--scene", "-"), b"caf\xe9", "standard input: byte 0xe9 is not UTF-8 text; write UTF-8 text."),
        (("--scene", "caf\udce9"), b"", "--scene: byte 0xe9 is not UTF-8 text; write UTF-8 text."),
        (
            ("--pole", "negative"),
            b"",
            "--pole: is the side of a scene tried by hand; add --scene, or leave it out.",
        ),
    ],
    ids=["both", "blank", "blank lines", "no text", "no text on the line", "a side of no scene"],
)
def test_what_cannot_be_tried_is_refused_in_one_sentence(
    refusal: Callable[..., str], pipe: Pipe, words: tuple[str, ...], content: bytes, sentence: str
) -> None:
    pipe(content)
    assert refusal("try", "tiny.yaml", "--trait", "sombre", *words) == sentence


def test_an_unknown_trait_is_refused_with_the_nearest(place: Place, refusal: Callable[..., str]) -> None:
    assert refusal("try", "tiny.yaml", "--trait", "sombr") == (
        "--trait: 'sombr' is not among the traits of tiny.yaml; write sombre, the only choice "
        "(did you mean 'sombre'?), or add it to traits."
    )
    assert not place.made.exists()


def test_a_folder_that_is_no_trait_is_refused(place: Place, refusal: Callable[..., str]) -> None:
    sentence = refusal("try", "tiny.yaml", "--trait", "sombre", "--against", "traits/sombr")
    assert sentence.startswith("traits/sombr: there is no such trait; write sombre")
    assert not place.made.exists()


def test_a_trait_that_is_left_out_is_asked_for(place: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("try", "tiny.yaml")
    assert answer.code == 2
    assert "--trait" in answer.err


def test_an_experiment_that_is_being_worked_on_is_left_alone(
    place: Place, typed: Callable[..., Typed]
) -> None:
    from traitscope.experiment.lock import locked

    with locked(place.made / "lock"):
        answer = typed("try", "tiny.yaml", "--trait", "sombre", "--scene", SCENE)
    assert (answer.code, answer.out) == (1, "")
    assert "is being worked on by process" in the_sentence(answer.err)


def test_an_interrupt_exits_with_130(
    place: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    import traitscope.pipeline.answering

    monkeypatch.setattr(traitscope.pipeline.answering, "decode", interrupted)
    answer = typed("try", "tiny.yaml", "--trait", "sombre", "-q")
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.endswith("traitscope: interrupted; the same command goes on where it was\n")


def _never(*_: object) -> None:
    raise AssertionError("weights are loaded, although everything is there")
