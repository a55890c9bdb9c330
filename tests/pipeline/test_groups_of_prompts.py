"""Effects by a field of the prompts: which prompts belong together, and what is refused."""

import polars as pl
import pytest

from traitscope.errors import InputError
from traitscope.pipeline.infer.fields import refuse_unknown
from traitscope.pipeline.report.views.groups import NO_VALUE, grouped_shifts, prompt_shifts
from traitscope.report import Absent, Estimate

PAIR = ("chat", "moved")
KINDS = {"p1": "work", "p2": "work", "p3": "work", "p4": "town", "p5": None}


def tokens() -> pl.DataFrame:
    """Two tokens an answer; moved stands 1 higher at work, 3 higher in town."""
    rows = [
        {"variant": variant, "prompt": prompt, "trait": "gloom", "value": place + number / 10 + lift}
        for number, (prompt, kind) in enumerate(KINDS.items())
        for variant, lift in (("chat", 0.0), ("moved", 1.0 if kind == "work" else 3.0))
        for place in (0.0, 1.0)
    ]
    return pl.DataFrame(rows)


def test_prompts_are_averaged_first() -> None:
    assert prompt_shifts(tokens(), PAIR)["gloom"]["p1"] == pytest.approx((0.5, 1.5))


def test_a_prompt_that_one_variant_answered_with_nothing_has_no_shift() -> None:
    table = tokens().filter((pl.col("prompt") != "p4") | (pl.col("variant") != "moved"))
    assert "p4" not in prompt_shifts(table, PAIR)["gloom"]


def test_each_group_has_the_shift_of_its_own_prompts() -> None:
    (grouped,) = grouped_shifts(tokens(), PAIR, ["kind"], {"kind": KINDS})
    assert [(group.value, group.prompts) for group in grouped.groups] == [
        ("town", 1),
        ("work", 3),
        (NO_VALUE, 1),
    ]
    work = grouped.groups[1].shifts["gloom"]
    assert isinstance(work, Estimate)
    assert (work.mean, work.n) == (pytest.approx(1.0), 3)
    assert grouped.groups[0].shifts["gloom"] == Absent("1 prompt, 3 at the least")


def test_numbers_stand_in_their_own_order() -> None:
    turns = {"p1": 10, "p2": 2, "p3": 2, "p4": None, "p5": 10}
    (grouped,) = grouped_shifts(tokens(), PAIR, ["turns"], {"turns": turns})
    assert [group.value for group in grouped.groups] == ["2", "10", NO_VALUE]


def test_without_tokens_there_are_no_groups() -> None:
    assert grouped_shifts(tokens().clear(), PAIR, ["kind"], {"kind": KINDS}) == ()


def test_an_unknown_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"x\.yaml, compare\.groups: no prompt has a field 'kinds'; did you mean 'kind'"
    ):
        refuse_unknown(["kinds"], [{}, {"kind": KINDS}], "x.yaml, compare.groups")
    with pytest.raises(InputError, match="group by kind"):
        refuse_unknown(["length"], [{"kind": KINDS}], "x.yaml, compare.groups")
    with pytest.raises(InputError, match="have an id and a text alone"):
        refuse_unknown(["kind"], [{}], "x.yaml, compare.groups")
    refuse_unknown(["kind"], [{}, {"kind": KINDS}], "x.yaml, compare.groups")
