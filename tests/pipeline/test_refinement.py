"""The refinement as a run does it: after the coarse pass, around what that found, no more than planned."""

from math import sqrt

import pytest
from judged_run import rewrite
from tiny_run import Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.planning import plan

BEST = "steer/sombre/chat/best.json"
SCORES = "steer/sombre/chat/scores.jsonl"


@pytest.fixture
def refined(tiny_experiment: Tiny) -> Tiny:
    """One coarse layer of four, then all that are within three of it."""
    rewrite(tiny_experiment, steer={"layers": "1", "refine": "auto"}, infer=None, compare=None)
    tiny_experiment.run("extract", "steer", "report")
    return tiny_experiment


def test_layers_around_the_best_are_tried_with_new_coefficients(refined: Tiny) -> None:
    found = refined.json(BEST)
    coarse = [one for one in found["evaluations"] if not one["refined"]]
    new = [one for one in found["evaluations"] if one["refined"]]
    assert [(one["layer"], one["step"]) for one in coarse] == [(1, 1), (1, 2)]
    assert [(one["layer"], one["step"]) for one in new if one["step"] == 3] == [(n, 3) for n in range(4)]
    assert len([one for one in new if one["step"] == 4]) == 2
    # Every push was coherent, so that the next ones are a fifth stronger than the strongest.
    strongest = max(one["relative_strength"] for one in coarse)
    for one in new:
        if one["step"] == 3:
            assert one["relative_strength"] == pytest.approx(1.2 * strongest)
            assert one["coefficient"] == pytest.approx(
                one["relative_strength"] * found["base_norms"][str(one["layer"])]
            )


def test_the_winner_is_the_best_of_coarse_and_refined_evaluations_together(refined: Tiny) -> None:
    found = refined.json(BEST)
    assert found["best"] == max(found["evaluations"], key=lambda one: one["delta"])


def test_a_delta_of_the_search_stands_with_its_paired_interval(refined: Tiny) -> None:
    import numpy as np
    from scipy import stats

    found = refined.json(BEST)
    scores = {(row["batch"], row["row"]): row["trait"] for row in refined.rows(SCORES)}
    answers = [row for row in refined.rows("steer/sombre/chat/answers.jsonl") if row["split"] == "search"]
    plain = {
        row["question"]: scores[row["batch"], row["row"]] for row in answers if row["arm"] == "unsteered"
    }
    for one in found["evaluations"]:
        differences = np.array(
            [
                scores[row["batch"], row["row"]] - plain[row["question"]]
                for row in answers
                if (row.get("step"), row.get("layer")) == (one["step"], one["layer"])
            ]
        )
        low, high = stats.t.interval(0.95, 3, differences.mean(), stats.sem(differences))
        assert (one["delta_low"], one["delta_high"]) == pytest.approx((low, high))


def test_refined_evaluations_are_marked_on_the_page_and_in_its_table(refined: Tiny) -> None:
    page = (refined.root / "report/index.html").read_text()
    assert "layer 0, step 3, refined" in page
    assert "layer 1, step 2, refined" not in page


def test_a_refined_search_judges_no_more_than_was_planned(refined: Tiny) -> None:
    steered = next(one.work for one in plan(open_experiment(refined.file)).work if one.work.stage == "steer")
    judged = 2 * len(refined.rows(SCORES))
    assert judged == refined.json("summary.json")["counts"]["judged"]
    assert steered.answers - steered.spared <= judged <= steered.answers
    # All layers of so small a model, then half of them; what is not there is the push that was too strong.
    assert steered.answers - judged == 2 * 5


def test_a_range_also_revisits_a_searched_layer(tiny_experiment: Tiny) -> None:
    changes = {"layers": "1,2", "refine": {"sombre": "2:3"}, "refine_steps": 1, "threshold": 62}
    rewrite(tiny_experiment, steer=changes, infer=None, compare=None)
    tiny_experiment.run("extract", "steer")
    found = tiny_experiment.json(BEST)
    assert [(one["layer"], one["step"]) for one in found["evaluations"] if one["refined"]] == [(2, 3), (3, 3)]
    mine = [one for one in found["evaluations"] if one["layer"] == 2]
    tried = {one["coherent"]: one["relative_strength"] for one in mine if not one["refined"]}
    assert len({one["coefficient"] for one in mine}) == 3
    if set(tried) == {True, False} and tried[True] < tried[False]:
        assert mine[-1]["relative_strength"] == pytest.approx(sqrt(tried[True] * tried[False]))


def test_leaving_the_refinement_out_makes_the_choice_alone_stale_and_answers_nothing_again(
    refined: Tiny,
) -> None:
    answered = len(refined.rows("steer/sombre/chat/answers.jsonl"))
    rewrite(refined, steer={"refine": "none"})
    stale = {f"steer: sombre: {what}" for what in ("search", "damage", "specificity")}
    assert refined.stale() == {*stale, "report"}
    refined.run("steer")
    found = refined.json(BEST)
    assert not any(one["refined"] for one in found["evaluations"])
    assert found["best"] == max(found["evaluations"], key=lambda one: one["delta"])
    new = refined.rows("steer/sombre/chat/answers.jsonl")[answered:]
    assert all(row["split"] == "report" for row in new)  # at most the arms of another winner


@pytest.mark.parametrize(
    ("refine", "said"),
    [
        ("2:4", r"steer\.refine: '2:4' goes beyond the model, which has 4 layers \(0 to 3\)"),
        ("3:2", r"steer\.refine: '3:2' runs backwards"),
        ("", r"steer\.refine: no layers are given"),
        ("2,2", r"steer\.refine: layer 2 is named twice"),
        ("aut", r"steer\.refine: found the text 'aut'; write auto, or layers such as '30:36'"),
        ({"sombr": "2"}, r"steer\.refine\.sombr: 'sombr' is not among the traits that are steered"),
        ({"tidy": "2"}, r"steer\.refine\.tidy: 'tidy' is not among the traits that are steered"),
        ([2, 3], r"steer\.refine: found a list; write none, auto, layers such as"),
    ],
)
def test_a_refinement_that_cannot_be_is_one_sentence_before_anything_runs(
    refine: object, said: str, tiny_experiment: Tiny
) -> None:
    rewrite(tiny_experiment, steer={"refine": refine})
    with pytest.raises(InputError, match=said):
        tiny_experiment.run()
    assert not (tiny_experiment.root / "extract").exists()
