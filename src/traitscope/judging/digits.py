"""Numbers 0 to 100 as a tokenizer spells them.

Some tokenizers have a token for each of them; others write 85 as "8" and "5". What is read here is the
vocabulary itself, since decoding a token by itself drops a space before it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from traitscope.errors import InputError
from traitscope.judging.integers import read_integer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from traitscope.models import Ids

NUMBERS = range(101)
SPACES = ("Ġ", "▁")
"""How vocabularies write a space: byte-level and SentencePiece ones."""


@dataclass(frozen=True)
class Spelling:
    """How a tokenizer spells numbers.

    Attributes:
        pieces: the text of each token, by id; right about digits, letters and spaces only.
        sequences: tokens -> the number they spell, with and without a space before.
    """

    pieces: tuple[str, ...]
    sequences: "dict[Ids, int]"

    @cached_property
    def in_single_tokens(self) -> bool:
        """Every number is one token."""
        return {value for ids, value in self.sequences.items() if len(ids) == 1} == set(NUMBERS)

    @cached_property
    def digit_ids(self) -> "Ids":
        """Tokens that go on with a number: those that begin with a digit."""
        return tuple(
            index for index, piece in enumerate(self.pieces) if piece[:1].isascii() and piece[:1].isdigit()
        )


def spelling(tokenizer: "PreTrainedTokenizerBase", where: str) -> Spelling:
    """How `tokenizer` spells 0 to 100.

    Raises:
        InputError: its tokens do not spell them; `where` names the judge.
    """
    found = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    pieces = tuple(_text(piece) for piece in found)
    sequences: dict[Ids, int] = {}
    for value in NUMBERS:
        for text in (str(value), f" {value}"):
            ids = tuple(int(one) for one in tokenizer(text, add_special_tokens=False)["input_ids"])
            if read_integer("".join(pieces[one] for one in ids)) == value:
                sequences[ids] = value
                # SentencePiece puts a space before any text; after a prompt there need be none.
                if pieces[ids[0]] == " " and len(ids) > 1:
                    sequences[ids[1:]] = value
    if set(sequences.values()) != set(NUMBERS):
        what = "has a tokenizer that spells numbers otherwise than by their digits"
        raise InputError(where, what, "name another model")
    return Spelling(pieces, sequences)


def _text(piece: object) -> str:
    text = piece.decode("utf-8", "replace") if isinstance(piece, bytes) else str(piece)
    for space in SPACES:
        text = text.replace(space, " ")
    return text
