"""Completed scenes in a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from tried import looked, paired, unpaired

from traitscope.report.try_text import tried_scenes, tried_sets
from traitscope.vetting import LookedSet

MADE = "Variant 'base' (smollm2) wrote up to 16 tokens after each scene; response[:5] counts."


def printed(*sets: LookedSet, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(tried_sets(MADE, sets))
    return stream.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def cells(text: str, number: int, width: int = 100) -> tuple[str, str]:
    """Both sides of a pair as they stand next to each other."""
    lines = text.splitlines()
    (start,) = (index for index, line in enumerate(lines) if line.startswith(f"{number:>4}  "))
    rows = []
    for line in lines[start:]:
        if not line.strip():
            break
        rows.append(line)
    half = rows[0].index("The negative") if "The negative" in rows[0] else width
    return flat(" ".join(row[6:half] for row in rows)), flat(" ".join(row[half:] for row in rows))


def test_both_sides_of_a_pair_stand_next_to_each_other_with_counting_words_in_brackets() -> None:
    assert cells(printed(paired()), 1) == (
        "The positive scene 1 stops at the [counted words] and positive rest 1",
        "The negative scene 1 stops at the [counted words] and negative rest 1",
    )


def test_what_went_wrong_stands_below_its_own_side_with_the_words_that_say_so() -> None:
    positive, negative = cells(printed(paired()), 2)

    assert positive.endswith("rest 2 > reverses: confession “I lied” > guilt “sorry”")
    assert negative.endswith("rest 2 > reverses: refusal “As an AI”")


def test_where_no_word_counts_there_are_no_brackets() -> None:
    positive, _ = cells(printed(paired()), 3)

    assert positive == "The positive scene 3 stops at the and positive rest 3 > drifts: nothing"


def test_shares_stand_with_their_intervals_by_side() -> None:
    text = flat(printed(paired()))

    # Wilson's intervals of 2, 1 and 1 of 4, and of 3, 1 and 0 of 4.
    assert "deceit positive 50 % [15, 85] 25 % [5, 70] 25 % [5, 70]" in text
    assert "negative 75 % [30, 95] 25 % [5, 70] 0 % [0, 49]" in text
    assert MADE in text
    assert "Flags are heuristics" in text
    assert "No judge looked: 'expresses' only means that nothing was flagged" in text


def test_two_sets_are_shown_one_after_the_other_with_what_the_second_gained() -> None:
    text = printed(paired("lexicon"), replace(unpaired(), judge="lexicon"))

    assert text.index("The positive scene 4") < text.index("drafts/deceit") < text.index("score 91")
    change = next(line for line in text.splitlines() if line.startswith("change"))
    # 2 of 3 less 2 of 4, by Newcombe's method from Wilson's intervals.
    assert flat(change).startswith("change positive +17 [-41, +61]")
    assert "Intervals hold the noise of scenes" in text


def test_a_judges_scores_are_shown_and_named() -> None:
    text = flat(printed(unpaired()))

    assert "Outcomes: flags first, then the scores of classifier (held-out AUC 0.91)." in text
    assert "> score 91" in text
    assert "> drifts: score 55" in text


def test_a_completion_that_the_judge_could_not_score_is_not_passed_over() -> None:
    assert (
        "5 without a score and without a flag count as 'expresses'" in flat(printed(paired("lexicon")))[-400:]
    )


def test_scenes_without_partners_stand_alone() -> None:
    text = printed(unpaired())

    assert cells(text, 2)[1] == ""
    assert "The positive scene 3" in text


def test_where_only_the_scenes_count_that_is_said() -> None:
    one = replace(looked("positive", 1, counted=""), outcome="expresses")
    text = printed(LookedSet("sombre", (one,), (looked("negative", 1, counted=""),), True, ""))

    assert "No generated word counts" in text


@pytest.mark.parametrize("width", [80, 120])
def test_everything_fits_the_terminal(width: int) -> None:
    long = looked("positive", 7, "reverses", (("confession", "I was wrong"),), 12.0, " word" * 40)
    wide = replace(paired(), positive=(long, *paired().positive[1:]), name="a_trait_with_a_long_name")
    text = printed(wide, unpaired(), width=width)

    assert max(map(len, text.splitlines())) <= width
    for heading in ("expresses [95 %]", "reverses [95 %]", "drifts [95 %]"):
        assert heading in text
    assert "25 % [5, 70]" in text


def test_only_the_end_of_a_long_scene_is_shown() -> None:
    one = looked("positive", 1)
    scene = "It began long ago. " * 10 + "In the end he said that it was"
    long = replace(one, completion=replace(one.completion, scene=scene))
    text = flat(printed(LookedSet("sombre", (long,), (looked("negative", 1),), True, "")))

    assert "... " in text
    assert "he said that it was" in text
    assert text.count("It began") < 4


def test_markup_control_characters_and_line_ends_are_shown_and_not_obeyed() -> None:
    one = looked("positive", 1, "reverses", (("guilt", "[red]\x1b[31m"),), counted=" [bold]a\n\nb[/] \x07")
    bad = LookedSet("[link=x]name[/]", (one,), (looked("negative", 1),), True, "")
    text = printed(bad)

    assert "\x1b" not in text and "\x07" not in text
    assert "[bold]a↵↵b[/]" in text
    assert "[link=x]name[/]" in text
    assert "[red]" in text


def test_scenes_tried_by_hand_stand_one_below_the_other_with_their_flags() -> None:
    stream = io.StringIO()
    tried = [looked("positive", 1), looked("positive", 3, "reverses", (("confession", "I lied"),))]
    Console(file=stream, width=80).print(tried_scenes(tried))
    text = flat(stream.getvalue())

    assert "1 The positive scene 1 stops at the [counted words] and positive rest 1" in text
    assert text.endswith("rest 3 > confession “I lied”")
    assert "reverses" not in text
