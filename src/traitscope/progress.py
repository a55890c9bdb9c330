"""What a long stage tells whoever is watching."""

from typing import Protocol


class Progress(Protocol):
    """Hears of the work as it goes; what it shows is its own affair."""

    def begin(self, stage: str, trait: str, rows: int) -> None:
        """A piece of work of `rows` rows starts; `trait` may be a variant's name, or empty."""

    def advance(self, rows: int, tokens: int) -> None:
        """`rows` more rows are done, for which `tokens` tokens were generated or read."""

    def end(self) -> None:
        """The piece of work that began last is done, whether or not all of its rows were needed."""

    def say(self, text: str) -> None:
        """One line worth knowing."""

    def note(self, text: str) -> None:
        """How far something beside the rows is (calls, tokens, money), in place of what was noted before."""


class Silence:
    """Progress that nobody watches."""

    def begin(self, stage: str, trait: str, rows: int) -> None:
        """Nothing."""

    def advance(self, rows: int, tokens: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""
