"""Which questions a search may see, and which only the report sees."""

import random
from typing import Literal, NamedTuple

from traitscope.data.trait import Trait
from traitscope.errors import InputError


class QuestionSplit(NamedTuple):
    """Questions drawn for the search and for the report, each in the order of the trait's file."""

    search: tuple[str, ...]
    report: tuple[str, ...]
    in_sample: bool
    """The report asks what the search has seen, so its figures flatter."""


def split_questions(trait: Trait, search: int, report: int | Literal["same"], seed: int) -> QuestionSplit:
    """A seeded draw without replacement: `search` questions first, then `report` of the rest.

    One shuffle decides both, so that more report questions leave the searched ones as they are.

    Raises:
        InputError: the trait has no questions, or fewer than are asked for.
    """
    where = f"{trait.folder / 'steering.json'}, questions"
    have, wanted = len(trait.questions), search + (0 if report == "same" else report)
    if not have:
        raise InputError(where, "there are no questions to steer with", f"write at least {wanted}")
    if have < wanted:
        asked = (
            f"{search} to search"
            + ("" if report == "same" else f" and {report} to report")
            + " are asked for"
        )
        what = f"there {'is 1 question' if have == 1 else f'are {have} questions'}, and {asked}"
        mend = f"write {wanted - have} more, or lower steer.questions or steer.report_questions"
        raise InputError(where, what, mend)
    shuffled = random.Random(seed).sample(range(have), have)
    searched = _in_file_order(trait, shuffled[:search])
    if report == "same":
        return QuestionSplit(searched, searched, in_sample=True)
    return QuestionSplit(searched, _in_file_order(trait, shuffled[search:wanted]), in_sample=False)


def _in_file_order(trait: Trait, numbers: list[int]) -> tuple[str, ...]:
    return tuple(trait.questions[number] for number in sorted(numbers))
