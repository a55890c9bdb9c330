"""Completions cut where the words lie that count, and what becomes of each scene."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.vetting import Completion, Pole, Standard, cut, look, look_at

WORDS = (" all", " of", " them", " had", " passed")


def words(ids: tuple[int, ...]) -> str:
    """A token is a word."""
    return "".join(WORDS[number] for number in ids)


def letters(ids: tuple[int, ...]) -> str:
    """A token is a byte; characters may take several."""
    return bytes(ids).decode(errors="replace")


def completed(counted: str, pole: Pole = "positive", line: int = 1) -> Completion:
    return Completion(pole, line, "The report said that", "", counted, " and so on", ended=False)


def test_a_completion_is_cut_before_and_after_the_words_that_count() -> None:
    assert cut((0, 1, 2, 3, 4), range(1, 3), words) == (" all", " of them", " had passed")


def test_words_that_count_may_be_more_than_were_written() -> None:
    assert cut((0, 1), range(5), words) == ("", " all of", "")
    assert cut((0, 1), range(2, 2), words) == (" all of", "", "")


def test_where_tokens_of_the_scene_count_no_written_word_does() -> None:
    assert cut((0, 1), range(-1, 0), words) == ("", "", " all of")


def test_what_counts_in_scene_and_completion_together_is_cut_where_the_completion_is() -> None:
    assert cut((0, 1, 2), range(-4, 2), words) == ("", " all of", " them")


def test_a_character_of_several_tokens_goes_to_the_piece_of_its_last_one() -> None:
    ids = tuple("aéb".encode())

    assert cut(ids, range(2), letters) == ("", "a", "éb")
    assert cut(ids, range(3), letters) == ("", "aé", "b")


@given(st.binary(max_size=12), st.integers(-3, 15), st.integers(-3, 15))
def test_the_pieces_joined_are_the_text(written: bytes, start: int, stop: int) -> None:
    ids = tuple(written)

    assert "".join(cut(ids, range(start, stop), letters)) == letters(ids)


@pytest.mark.parametrize(
    ("pole", "score", "outcome"),
    [
        ("positive", 60, "expresses"),
        ("positive", 50, "drifts"),
        ("positive", 40, "reverses"),
        ("negative", 60, "reverses"),
        ("negative", 50, "drifts"),
        ("negative", 40, "expresses"),
        ("positive", None, "expresses"),
    ],
)
def test_a_judge_says_which_pole_a_completion_shows(pole: Pole, score: float | None, outcome: str) -> None:
    assert look(completed(" all of them passed", pole), score, Standard(60, 40)).outcome == outcome


def test_a_flag_counts_before_the_judges_word() -> None:
    assert look(completed(" but I lied to them all"), 100, Standard()).outcome == "reverses"
    assert look(completed("\n\nChapter 2: The"), 100, Standard()).outcome == "drifts"


def test_an_honest_word_reverses_the_pole_that_is_blamed_and_no_other() -> None:
    honest = completed(" but I lied to them all")

    assert look(honest, None, Standard(act="positive")).outcome == "reverses"
    assert look(honest, None, Standard(act="negative")).outcome == "expresses"
    assert look(honest, None, Standard(act=None)).outcome == "expresses"
    assert look(completed(" but I lied", "negative"), None, Standard(act="negative")).outcome == "reverses"


def test_a_set_is_looked_at_pole_by_pole() -> None:
    positive = [completed(" all of them passed"), completed(" it passed, but I lied", line=2)]
    negative = [completed(" none of them passed", "negative")]

    found = look_at("sombre", [*positive, *negative], [None, None, 70.0], False, "", Standard())

    assert [one.completion.line for one in found.positive] == [1, 2]
    assert [one.score for one in found.negative] == [70.0]
    assert [found.shares("positive")[name].found for name in ("expresses", "reverses", "drifts")] == [1, 1, 0]
    assert found.shares("negative")["reverses"].share == 1
