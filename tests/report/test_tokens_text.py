"""Answers tinted in the terminal: one scale for both, numbers where there is no colour."""

import io
import re
from dataclasses import replace

from rich.console import Console

from traitscope.report import TokenLine, TokenView
from traitscope.report.comparison_view import Going
from traitscope.report.tokens_text import tokens_text

BEFORE = TokenLine("chat", ("All", " is", " well"), {"gloom": (0.0, -0.25, -0.5)})
AFTER = TokenLine("gloomy", ("All", " is", " lost"), {"gloom": (0.1, 0.2, 1.0)})
VIEW = TokenView("p1", "How is it?", "asked for", BEFORE, AFTER)


def printed(tinted: bool) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=80, force_terminal=tinted, color_system="truecolor" if tinted else None
    )
    console.print(tokens_text(VIEW, "gloom", "projection", tinted))
    return stream.getvalue()


def test_without_colour_every_token_has_its_signed_number() -> None:
    lines = [line.strip() for line in printed(False).splitlines()]
    assert "All(0.00) is(-0.25) well(-0.50)" in lines
    assert "All(+0.10) is(+0.20) lost(+1.00)" in lines
    assert "p1: How is it?" in lines and "gloom: projection" in lines
    assert "\x1b" not in printed(False)


def test_both_answers_are_tinted_on_one_scale() -> None:
    def ground(token: str, text: str) -> str:
        found = re.search(rf"\x1b\[38;[\d;]*48;2;([\d;]+)m {token}", text)
        assert found, token
        return found.group(1)

    alone = printed(True)
    # The middle of the scale to one side is as far from its end as the after variant's largest token says.
    assert ground("well", alone) != ground("lost", alone)
    assert "-1.00 " in alone and " +1.00" in alone


def test_both_means_stand_over_their_answers() -> None:
    assert "chat, mean -0.25" in printed(False) and "gloomy, mean +0.43" in printed(False)


def test_control_characters_of_an_answer_do_not_reach_the_terminal() -> None:
    hostile = TokenLine("chat", ("\x1b[2J",), {"gloom": (1.0,)})
    stream = io.StringIO()
    view = TokenView("p1", "Why?", "asked for", hostile, AFTER)
    Console(file=stream, width=80).print(tokens_text(view, "gloom", "projection", False))
    assert "\x1b" not in stream.getvalue()


def test_how_an_answer_goes_stands_under_it() -> None:
    line = replace(AFTER, going={"gloom": Going(6, -0.031)})
    stream = io.StringIO()
    view = TokenView(
        "p1", "How is it?", "asked for", replace(BEFORE, going={"gloom": Going(None, None)}), line
    )
    Console(file=stream, width=100).print(tokens_text(view, "gloom", "projection", False))
    assert "smoothed, it stays within two spreads of its usual\n" in re.sub(" +\n", "\n", stream.getvalue())
    assert "first two spreads from its usual at token 7; -0.31 spreads in ten tokens" in stream.getvalue()
