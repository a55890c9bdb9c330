"""Prompts' lengths where no tokenizer is at hand."""

from traitscope.data import Prompt, Turn
from traitscope.planning.inputs import TEMPLATE_TOKENS, TURN_TOKENS, Lengths

TURNS = (Turn("user", "x" * 100), Turn("assistant", "x" * 40), Turn("user", "x" * 60))


def test_every_turn_of_a_conversation_is_estimated_with_what_the_template_adds() -> None:
    # Four characters of prose are a token: 200 of them in all, and 40 of the system prompt.
    whole = Lengths(None, True).of_prompt(Prompt("p001", TURNS, "x" * 40))
    assert whole == 60 + TEMPLATE_TOKENS + 2 * TURN_TOKENS


def test_a_prompt_of_one_message_is_estimated_as_its_text() -> None:
    for chat, added in ((True, TEMPLATE_TOKENS), (False, 1)):
        assert Lengths(None, chat).of_prompt(Prompt("p001", "x" * 80)) == 20 + added
