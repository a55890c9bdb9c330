"""What counts as shared text: a judge trained on it would confirm its own training."""

import pytest

from traitscope.judging.overlap import Overlap, overlaps

SCENE = "The harbour lay empty in the rain, and the old man at the quay counted his nets once more before"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            SCENE.upper().replace(",", "") + "!",
            "equal",
        ),
        (
            SCENE.replace("once", "twice"),
            "near-duplicate",
        ),
        (
            "He said that the old man at the quay counted his nets, and nobody else was there to see it.",
            "8 words",
        ),
        (
            "He said that the old man at the quay mended a few nets, and nobody else was there to see it.",
            None,
        ),
        ("", None),
    ],
)
def test_equal_near_equal_and_partly_equal_texts_are_found(text: str, kind: str | None) -> None:
    expected = () if kind is None else (Overlap(0, 1, kind),)  # type: ignore[arg-type]
    assert overlaps([text], ["Another scene altogether, with snow.", SCENE, ""]) == expected


def test_a_run_of_seven_words_is_no_overlap() -> None:
    assert overlaps(["so the old man at the quay counted them"], [SCENE]) == ()
    assert overlaps(["so the old man at the quay counted his things"], [SCENE])[0].kind == "8 words"


def test_each_text_is_named_once_with_the_first_text_it_shares_with() -> None:
    found = overlaps(["new words here", SCENE, "quite other words", SCENE], ["nothing", SCENE, SCENE])
    assert found == (Overlap(1, 1, "equal"), Overlap(3, 1, "equal"))


def test_nothing_overlaps_with_nothing() -> None:
    assert overlaps([], [SCENE]) == overlaps([SCENE], []) == overlaps(["", "..."], ["", "?"]) == ()
