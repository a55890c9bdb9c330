"""The page of completed scenes: what it shows, and what it must never let through."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from page_reader import Reader, with_every_text
from tried import looked, paired, unpaired

from traitscope.report.try_page import render_try_page, write_try_page
from traitscope.vetting import LookedSet

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&]]>--><!--"
MADE = "Variant 'base' wrote up to 16 tokens after each scene."


@pytest.fixture(scope="module")
def page() -> str:
    return render_try_page("deceit against drafts/deceit", MADE, [paired(), unpaired()])


def hostile(one: LookedSet, change: Callable[[str], str]) -> LookedSet:
    """The same set with another text wherever a model or a user wrote one."""
    changed: LookedSet = with_every_text(one, change)
    return changed


def test_every_scene_and_completion_of_both_sides_is_in_the_page(page: str) -> None:
    text = Reader(page).text
    for one in (paired(), unpaired()):
        for side in (*one.positive, *one.negative):
            assert " ".join(f"{side.completion.scene}{side.completion.text}".split()) in text
            for flag in side.flags:
                assert f"{flag.name} “{flag.words}”" in text or flag.words == ""
    assert MADE in text
    assert "The scenes are no pairs." in text


def test_the_words_that_count_are_marked_and_nothing_else(page: str) -> None:
    assert page.count("<mark>counted words</mark>") == page.count("<mark>")
    assert page.count("<mark>") == sum(
        bool(one.completion.counted) for s in (paired(), unpaired()) for one in (*s.positive, *s.negative)
    )


def test_shares_of_each_set_and_the_change_stand_in_the_table(page: str) -> None:
    text = Reader(page).text

    assert "deceit positive 50 % [15, 85] 25 % [5, 70] 25 % [5, 70]" in text
    assert "drafts/deceit positive 67 % [21, 94]" in text
    assert "change positive +17 [-41, +61]" in text


def test_a_page_of_one_set_speaks_of_no_change() -> None:
    assert "change" not in Reader(render_try_page("deceit", MADE, [paired()])).text


def test_a_reader_can_leave_out_the_pairs_in_which_both_sides_are_fine(page: str) -> None:
    reader = Reader(page)
    fine = [attributes for _, attributes in reader.elements if "fine" in attributes.get("class", "").split()]

    # Pairs 1 and 4 of the first set; line 3 of the second, which has no partner.
    assert len(fine) == 3
    boxes = [attributes["id"] for tag, attributes in reader.elements if tag == "input"]
    assert boxes == reader.attribute("for") == ["only-1", "only-2"]


def test_line_ends_are_shown_as_signs() -> None:
    one = LookedSet("a", (looked("positive", 1, counted=" \n\nNo"),), (looked("negative", 1),), True, "")

    assert "<mark>↵↵No</mark>" in render_try_page("a", MADE, [one])


def test_scores_and_outcomes_are_shown(page: str) -> None:
    text = Reader(page).text

    assert "score 91" in text
    assert "drifts: score 55" in text
    assert "reverses: confession “I lied”" in text


def test_nothing_from_a_model_or_a_user_becomes_markup(page: str) -> None:
    sets = [hostile(one, lambda text: text + HOSTILE) for one in (paired("x"), unpaired())]
    reader = Reader(render_try_page(f"title{HOSTILE}", f"made{HOSTILE}", sets))

    assert [tag for tag, _ in reader.elements if tag in ("script", "img")] == []
    assert [tag for tag, _ in reader.elements if tag not in ("mark", "p")] == [
        tag for tag, _ in Reader(page).elements if tag not in ("mark", "p")
    ]
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert reader.unclosed == []
    shown = " ".join(HOSTILE.split())
    for text in ("title", "made", "deceit", "I lied", "rest 1", "stops at the"):
        assert text + shown in reader.text


def test_control_characters_and_broken_unicode_do_not_break_the_page() -> None:
    page = render_try_page("a", MADE, [hostile(paired(), lambda text: text + "\x00\x1b[31m\ud800\u2028")])

    assert not set("\x00\x1b\ud800") & set(page)
    page.encode()


def test_the_page_asks_for_nothing_and_runs_nothing(page: str) -> None:
    reader = Reader(page)

    assert [name for name in ("src", "href", "action") if reader.attribute(name)] == []
    assert reader.raw["script"] == []
    (policy,) = (text for text in reader.attribute("content") if "default-src" in text)
    assert "default-src 'none'" in policy


def test_words_of_a_side_that_is_missing_are_not_made_up() -> None:
    one = LookedSet(
        "alone", (looked("positive", 1), looked("positive", 2)), (looked("negative", 1),), False, ""
    )
    reader = Reader(render_try_page("alone", MADE, [one]))

    assert reader.text.count("no scene on this line") == 1


def test_the_page_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "sombre" / "try.html"
    write_try_page(path, "deceit", MADE, [replace(paired(), name="déceit")])

    assert "déceit" in path.read_text(encoding="utf-8")
