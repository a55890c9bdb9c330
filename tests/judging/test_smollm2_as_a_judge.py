"""A model of 135 million parameters is no judge, and the check says so."""

import pytest

from traitscope.config import LocalJudgeSettings
from traitscope.data import load_trait
from traitscope.errors import WorkError
from traitscope.experiment import SHIPPED
from traitscope.judging import Asked, Rubric
from traitscope.judging.check import FEWEST_LABELLED, check_judge
from traitscope.judging.injections import read_injections
from traitscope.judging.opening import bare_judge, language_judge


@pytest.mark.slow
def test_smollm2_as_a_judge_fails_its_check() -> None:
    trait = load_trait(SHIPPED / "traits" / "gloom")
    settings = LocalJudgeSettings(kind="local", model="smollm2", engagement=False)
    judge = bare_judge(settings)
    spread = sorted(trait.labelled, key=lambda one: one.score)
    labelled = spread[:: len(spread) // FEWEST_LABELLED][:FEWEST_LABELLED]

    rubric = Rubric("trait", "gloom", trait.definition)

    with pytest.raises(WorkError, match="20 answers in a row got no score for gloom"):
        check_judge(language_judge(settings), rubric, labelled, read_injections()[:2], seed=0)

    # Asked to the end all the same, it fails.
    found = check_judge(judge, rubric, labelled, read_injections()[:2], seed=0)

    assert not found.passed
    assert any("have no score" in sentence for sentence in found.failures)
    # Less than a quarter of its probability lies on numbers, whatever it is asked about.
    few = [Asked(one.question, one.answer) for one in labelled[::4]]
    said = judge.score(rubric, few)
    assert [one.value for one in said] == [None] * len(few)
    assert all(one.mass is not None and one.mass < 0.25 for one in said)
