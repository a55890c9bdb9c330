"""What judges that ask another judge have in common."""

from collections.abc import Mapping
from typing import Any

from traitscope.judging.judgement import Judge


class Relay:
    """A judge that asks another one, and is known as that one: what it adds changes no score."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def identity(self) -> Mapping[str, Any]:
        """The judge's own."""
        return self._judge.identity

    @property
    def reads_language(self) -> bool:
        """As the judge does."""
        return self._judge.reads_language
