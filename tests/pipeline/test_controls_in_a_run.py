"""What a run holds its winner against: which directions, how far, and what is kept of it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_run import Engine, Tiny

from traitscope.steering.matching import TOLERANCE

BEST = "steer/sombre/chat/best.json"
ANSWERS = "steer/sombre/chat/answers.jsonl"
LENGTHS = "steer/sombre/chat/lengths.jsonl"
ONE_OTHER = "other traits' directions: 1 of the 5 asked for; the file has no more"
CONTROLS = ["random_1", "random_2", "random_3", "random_4", "random_5", "other_tidy", "shuffled"]


def pushed(engine: Engine) -> dict[str, torch.Tensor]:
    """Arm -> vector added, of the last three batches: nine arms on 5 questions in 45 rows."""
    rows = [row for batch in engine.batches[-3:] for row in batch]
    assert [len(batch) for batch in engine.batches[-3:]] == [16, 16, 13]
    names = ["winner", *CONTROLS, "prompt"]
    for start, name in zip(range(0, 45, 5), names, strict=True):
        steered = {None if row.steered is None else row.steered.layer for row in rows[start : start + 5]}
        assert len(steered) == 1, name
    assert all(row.steered is None for row in rows[40:])
    return {name: rows[start].steered.vector for start, name in zip(range(0, 40, 5), names, strict=False)}


def test_controls_lie_at_the_winners_layer_and_come_from_where_they_should(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    tiny_experiment.run("extract", "steer")
    found = tiny_experiment.json(BEST)
    rows = {one["name"]: one for one in found["arms"]}
    assert list(rows) == ["unsteered", "winner", *CONTROLS, "prompt"]
    layer = found["best"]["layer"]
    vectors = pushed(engine)
    for name, vector in vectors.items():
        assert float(vector.norm()) == pytest.approx(rows[name]["coefficient"], rel=1e-5)
    extracted = tiny_experiment.root / "extract"
    other = load_file(extracted / "tidy/base/directions.safetensors")["mean_diff.write"][layer]
    assert float(other @ vectors["other_tidy"] / vectors["other_tidy"].norm()) == pytest.approx(1, abs=1e-5)
    scenes = load_file(extracted / "sombre/base/activations.safetensors")
    poles = [scenes[pole][:, layer].double().numpy() for pole in ("positive", "negative")]
    centred = np.concatenate([pole - pole.mean(0) for pole in poles])
    for number in range(5):
        weights = np.random.default_rng([0, number]).standard_normal(len(centred))
        drawn = weights @ centred
        vector = vectors[f"random_{number + 1}"].double().numpy()
        assert vector @ drawn / np.linalg.norm(vector) / np.linalg.norm(drawn) == pytest.approx(1, abs=1e-5)


def test_each_control_does_the_winners_damage(finished: Tiny) -> None:
    found = finished.json(BEST)
    rows = {one["name"]: one for one in found["arms"]}
    damage = rows["winner"]["divergence"]
    assert damage > 0
    measured = finished.rows(LENGTHS)
    for name in CONTROLS:
        nearest = rows[name]["divergence"]
        assert 1 / (1 + TOLERANCE) <= nearest / damage <= 1 + TOLERANCE
        base = found["base_norms"][str(found["best"]["layer"])]
        assert nearest in [
            row["divergence"]
            for row in measured
            if row["arm"] == name and row["strength"] == pytest.approx(rows[name]["coefficient"] / base)
        ]
    assert found["arm_notes"] == [ONE_OTHER]


def test_the_prompt_asks_for_the_trait_and_is_told_beside(finished: Tiny) -> None:
    asked = [row for row in finished.rows(ANSWERS) if row["arm"] == "prompt"]
    plain = [row for row in finished.rows(ANSWERS) if row["arm"] == "unsteered" and row["split"] == "report"]
    assert len(asked) == 5
    assert all("coefficient" not in row for row in asked)
    for one, other in zip(asked, plain, strict=True):
        assert len(one["prompt"]) > len(other["prompt"])
    arms = {one["name"]: one for one in finished.json("summary.json")["traits"]["sombre"]["arms"]}
    assert arms["prompt"]["delta"] is not None
    assert arms["prompt"]["lead"] is None
    assert arms["prompt"]["lead_reason"] == "no control"
    assert arms["random_1"]["lead"] is not None


def test_lengths_are_measured_once(finished: Tiny, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before, best = finished.rows(LENGTHS), finished.json(BEST)
    (finished.root / BEST).unlink()
    monkeypatch.setattr("traitscope.pipeline.steer.push_costs.divergences", None)
    engine.broken = True
    finished.run("steer")
    assert finished.rows(LENGTHS) == before
    assert finished.json(BEST) == best


def test_a_search_for_a_length_that_was_cut_off_goes_on_as_if_it_had_not_been(finished: Tiny) -> None:
    before, best = finished.rows(LENGTHS), finished.json(BEST)
    path = finished.root / LENGTHS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]) + lines[-1][:20])
    (finished.root / BEST).unlink()
    finished.run("steer")
    key = lambda row: (row["arm"], row["strength"])  # noqa: E731
    assert sorted(finished.rows(LENGTHS), key=key) == sorted(before, key=key)
    assert finished.json(BEST) == best


def test_more_random_directions_leave_the_first_ones_as_they_were(finished: Tiny) -> None:
    before = {one["name"]: one for one in finished.json(BEST)["arms"]}
    finished.change("threshold: 0", "threshold: 0\n  random_arms: 6\n  other_arms: 0")
    finished.run("steer")
    after = {one["name"]: one for one in finished.json(BEST)["arms"]}
    assert [name for name in after if name.startswith(("random", "other"))] == [
        f"random_{number}" for number in range(1, 7)
    ]
    assert finished.json(BEST)["arm_notes"] == []
    for number in range(1, 6):
        one, other = before[f"random_{number}"], after[f"random_{number}"]
        assert other["coefficient"] == one["coefficient"]
        assert other["trait"] == pytest.approx(one["trait"], abs=1e-3)


def test_suppressing_pushes_controls_the_same_way(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("threshold: 0", "threshold: 0\n  push: suppress")
    tiny_experiment.run("extract", "steer")
    rows = {one["name"]: one for one in tiny_experiment.json(BEST)["arms"]}
    assert all(rows[name]["coefficient"] < 0 for name in ("winner", *CONTROLS))


def test_another_traits_scenes_make_the_proof_stale_and_keep_the_answers(finished: Tiny) -> None:
    path = finished.folder / "traits/tidy/positive.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["The aunt of the mill saw a broom and swept and kept", *lines[1:]]) + "\n")
    negative = finished.folder / "traits/tidy/negative.txt"
    others = negative.read_text().splitlines()
    negative.write_text(
        "\n".join(["The aunt of the mill saw a broom and spilled and left", *others[1:]]) + "\n"
    )
    stale = {piece for piece in finished.stale() if piece.startswith("steer")}
    assert stale == {f"steer: sombre: {what}" for what in ("search", "damage", "specificity")}
    answered = len(finished.rows(ANSWERS))
    finished.run("extract", "steer")
    added = finished.rows(ANSWERS)[answered:]
    # Batches go whole: only those with the other trait's direction are asked anew.
    assert {"other_tidy"} <= {row["arm"] for row in added}
    assert len({row["batch"] for row in added}) == 2


@pytest.mark.parametrize("text", ["random_arms: 0", "other_arms: -1", "random_arms: many"])
def test_how_many_controls_is_a_whole_number(tiny_experiment: Tiny, text: str) -> None:
    from traitscope.errors import InputError

    tiny_experiment.change("threshold: 0", f"threshold: 0\n  {text}")
    with pytest.raises(InputError, match=text.split(":")[0]):
        tiny_experiment.run("extract", "steer")


def test_a_run_without_another_trait_says_so(tiny_experiment: Tiny, tiny_finished: Path) -> None:
    tiny_experiment.change("traits: [sombre, tidy]", "traits: [sombre]")
    tiny_experiment.run("extract", "steer")
    found = tiny_experiment.json(BEST)
    assert found["arm_notes"] == [ONE_OTHER.replace("1 of", "0 of")]
    assert not [one for one in found["arms"] if one["name"].startswith("other")]


def test_where_the_winner_does_no_damage_controls_have_its_length_and_that_is_said(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.steer import push_costs

    (finished.root / LENGTHS).unlink()
    (finished.root / BEST).unlink()
    monkeypatch.setattr(
        push_costs, "divergences", lambda _, words, pushes, __: torch.zeros(len(pushes), len(words))
    )
    finished.run("steer")
    rows = {one["name"]: one for one in finished.json(BEST)["arms"]}
    for name in CONTROLS:
        assert rows[name]["coefficient"] == pytest.approx(rows["winner"]["coefficient"])
        assert rows[name]["divergence"] is None
    assert "controls have its length" in finished.json(BEST)["arm_notes"][-1]
