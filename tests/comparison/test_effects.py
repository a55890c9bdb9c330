import json

import pytest

from traitscope.comparison import Effect, effect_row, rank

FIGURES = {
    "layer": 24,
    "shift": 1.5,
    "low": 1.0,
    "high": 2.0,
    "score": 0.3,
    "score_last_prompt": 0.2,
    "tail_share": 0.001,
    "controls_above": 0,
    "output": 0.8,
    "behaviour": 12.0,
    "behaviour_low": 8.0,
    "behaviour_high": 16.0,
    "verdict": "moved_up",
    "verdict_reason": "the answers score higher",
}


def effect(trait: str, **changes: object) -> Effect:
    return Effect(**({"trait": trait} | FIGURES | changes))  # type: ignore[arg-type]


def unjudged(trait: str, score: float) -> Effect:
    behaviour = ("behaviour", "behaviour_low", "behaviour_high")
    return effect(
        trait,
        score=score,
        verdict="cannot_tell",
        verdict_reason="no judge for this trait",
        **dict.fromkeys(behaviour),
        reasons=dict.fromkeys(behaviour, "no judge for this trait"),
    )


def test_the_ranking_is_by_the_size_of_the_inside_score_verdict_or_not():
    scoreless = effect("d", score=None, reasons={"score": "no residuals"})
    rows = [
        effect("a", score=0.1),
        unjudged("b", -0.4),
        scoreless,
        effect("c", score=0.2),
        effect("e", score=-0.2),
    ]
    assert [one.trait for one in rank(rows)] == ["b", "c", "e", "a", "d"]


def test_a_row_has_the_fields_in_order_and_each_null_its_reason():
    row = effect_row(unjudged("b", -0.4))
    assert list(row)[:3] == ["trait", "layer", "shift"] and "reasons" not in row
    assert row["behaviour"] is None and row["behaviour_reason"] == "no judge for this trait"
    assert "score_reason" not in row
    assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_a_row_without_nulls_has_exactly_the_fields():
    assert list(effect_row(effect("a"))) == ["trait", *FIGURES]


@pytest.mark.parametrize(
    "changes",
    [
        {"output": None},
        {"output": None, "reasons": {"score": "?"}},
        {"reasons": {"output": "it is there"}},
        {"output": float("nan")},
        {"shift": float("inf")},
    ],
)
def test_nulls_without_reasons_and_figures_that_are_no_numbers_never_reach_a_table(changes):
    """Trap 19."""
    with pytest.raises(ValueError):
        effect("a", **changes)
