"""Methods and positions that compete in a run: one batch a step, and what comes after follows the winner."""

import numpy as np
import polars as pl
import pytest
from judged_run import rewrite
from safetensors.numpy import load_file
from tiny_run import Tiny

import traitscope
from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.pipeline.vectors.showing import Wanted, show_vectors
from traitscope.planning import plan
from traitscope.progress import Silence

BEST = "steer/sombre/chat/best.json"
ANSWERS = "steer/sombre/chat/answers.jsonl"
SOURCES = [(method, at) for at in ("response[:3]", "prompt[-1]") for method in ("mean_diff", "probe")]
EXTRACT = {
    "variant": "base",
    "new_tokens": 6,
    "positions": ["response[:3]", "prompt[-1]"],
    "methods": ["mean_diff", "probe"],
}


@pytest.fixture(scope="module")
def contest(tiny_inputs, tmp_path_factory):  # type: ignore[no-untyped-def]
    """Two methods at two positions, run to the end once for this module."""
    import shutil

    from tiny_files import word_free_score

    folder = tmp_path_factory.mktemp("contest") / "here"
    shutil.copytree(tiny_inputs, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr("traitscope.judging.lexicon.lexicon_score", word_free_score)
        patch.setattr("traitscope.pipeline.report.stage.write_figures", lambda *_: ())
        patch.setattr("traitscope.data.bank.FOLDER", folder / "neutral_topics")
        tiny = Tiny(folder)
        rewrite(
            tiny,
            extract=EXTRACT,
            steer={"methods": ["mean_diff", "probe"], "refine": "auto", "threshold": 62},
            infer={"variants": ["chat"], "prompts": "everyday", "new_tokens": 12},
            compare=None,
        )
        tiny.run()
        yield tiny


def test_all_directions_of_a_step_are_answered_in_the_same_batches(contest: Tiny) -> None:
    rows = [row for row in contest.rows(ANSWERS) if row["split"] == "search" and row["arm"] != "unsteered"]
    for step in (1, 2):
        found = [row for row in rows if row["step"] == step]
        assert {(row["method"], row["position"]) for row in found} == set(SOURCES)
        # Four directions at two layers on four questions are two batches of 16 rows.
        assert len(found) == 32
        assert len({row["batch"] for row in found}) == 2


def test_each_position_has_directions_of_its_own_from_the_same_completions(contest: Tiny) -> None:
    stored = load_file(contest.root / "extract/sombre/base/directions.safetensors")
    kept = load_file(contest.root / "extract/sombre/base/activations.safetensors")
    for prefix in ("", "prompt[-1]/"):
        positive, negative = kept[f"{prefix}positive"], kept[f"{prefix}negative"]
        difference = positive.mean(0) - negative.mean(0)
        expected = difference / np.linalg.norm(difference, axis=-1, keepdims=True)
        np.testing.assert_allclose(stored[f"{prefix}mean_diff.write"], expected, atol=1e-5)
        lengths = np.linalg.norm(np.concatenate([positive, negative]), axis=-1).mean(0)
        np.testing.assert_allclose(stored[f"{prefix}base_norm"], lengths, rtol=1e-5)
    assert not np.allclose(stored["mean_diff.write"], stored["prompt[-1]/mean_diff.write"], atol=1e-2)
    metrics = pl.read_parquet(contest.root / "extract/sombre/base/metrics.parquet")
    assert metrics.group_by("position", "method").len().sort("len")["len"].to_list() == [4, 4, 4, 4]


def test_the_winner_is_the_best_of_all_and_records_what_it_beat(contest: Tiny) -> None:
    found = contest.json(BEST)
    coherent = [one for one in found["evaluations"] if one["coherent"]]
    assert found["best"] == max(coherent, key=lambda one: one["delta"])
    won = (found["best"]["method"], found["best"]["position"])
    lost = {(one["method"], one["position"]): one["best"] for one in found["beaten"]}
    assert {won, *lost} == set(SOURCES)
    assert won not in lost
    for source, best in lost.items():
        mine = [one for one in coherent if (one["method"], one["position"]) == source]
        assert best == max(mine, key=lambda one: one["delta"], default=None)
    shown = contest.json("summary.json")["traits"]["sombre"]["best"]
    assert (shown["method"], shown["position"]) == won
    for one in shown["beaten"]:
        best = lost[one["method"], one["position"]]
        keys = ("layer", "coefficient", "delta", "delta_low", "delta_high", "coherence")
        assert {key: one[key] for key in keys} == {key: best[key] if best else None for key in keys}


def test_pushes_are_along_the_direction_and_by_the_norm_of_their_own_position(contest: Tiny) -> None:
    stored = load_file(contest.root / "extract/sombre/base/directions.safetensors")
    for one in contest.json(BEST)["evaluations"]:
        prefix = "" if one["position"] == "response[:3]" else "prompt[-1]/"
        norm = stored[f"{prefix}base_norm"][one["layer"]]
        assert one["coefficient"] == pytest.approx(one["relative_strength"] * norm, rel=1e-5)


def test_projection_detection_and_the_loaded_direction_follow_the_winner(contest: Tiny) -> None:
    best = contest.json(BEST)["best"]
    prefix = "" if best["position"] == "response[:3]" else "prompt[-1]/"
    stored = load_file(contest.root / "extract/sombre/base/directions.safetensors")
    write = stored[f"{prefix}{best['method']}.write"][best["layer"]]
    loaded = traitscope.load_direction(open_experiment(contest.file), "sombre")
    np.testing.assert_allclose(loaded.vectors[best["layer"]], best["coefficient"] * write, rtol=1e-5)
    assert loaded.parts[0].method == best["method"]
    table = pl.read_parquet(contest.root / "infer/chat/everyday/own/projections.parquet")
    mine = table.filter(pl.col("trait") == "sombre")
    assert set(mine["method"]) == {best["method"]}
    assert set(mine["layer"]) == {best["layer"]}
    shard = next(iter((contest.root / "infer/chat/everyday/own/residuals").iterdir()))
    from safetensors.torch import load_file as load_torch

    held = load_torch(shard)
    residual = held["residual"][: int(held["offsets"][1]), best["layer"]].float().numpy()
    read = stored[f"{prefix}{best['method']}.read"][best["layer"]]
    np.testing.assert_allclose(mine["raw"].to_numpy()[: len(residual)], residual @ read, rtol=1e-3, atol=1e-4)
    detection = contest.json("summary.json")["traits"]["sombre"]["detection"]
    metrics = pl.read_parquet(contest.root / "extract/sombre/base/metrics.parquet")
    row = metrics.filter(
        (pl.col("layer") == best["layer"])
        & (pl.col("method") == best["method"])
        & (pl.col("position") == best["position"])
    ).row(0, named=True)
    assert (detection["method"], detection["auc"]) == (best["method"], row["auc"])


def test_vectors_of_every_position_are_shown_beside_each_other(contest: Tiny) -> None:
    (view,) = show_vectors(open_experiment(contest.file), Wanted("sombre", layer=2), Silence())
    names = ["mean_diff", "probe", "mean_diff of prompt[-1]", "probe of prompt[-1]"]
    assert list(view.methods) == names
    best = contest.json(BEST)["best"]
    of = "" if best["position"] == "response[:3]" else f" of {best['position']}"
    assert view.winner is not None
    assert view.winner[0].method == best["method"] + of


def test_no_more_is_judged_than_was_planned(contest: Tiny) -> None:
    found = plan(open_experiment(contest.file))
    work = [one.work for one in found.work]
    steered = next(one for one in work if one.stage == "steer")
    judged = 2 * len(contest.rows("steer/sombre/chat/scores.jsonl"))
    assert steered.answers - steered.spared <= judged <= steered.answers


def test_page_and_text_draw_each_direction_and_say_what_won(contest: Tiny) -> None:
    page = (contest.root / "report/index.html").read_text()
    text = (contest.root / "report/report.md").read_text()
    for method, position in SOURCES:
        assert f"{method} of {position}: strength against layer" in page
    best = contest.json(BEST)["best"]
    assert f"{best['method']} of {best['position']} won: layer {best['layer']}" in page
    assert "4 competing directions" in page
    assert text.count("It beat ") == 3


@pytest.mark.parametrize(
    ("steer", "extract", "said"),
    [
        ({"method": "probe", "methods": ["probe"]}, {}, "methods: method and methods both say whose"),
        ({"methods": ["probe", "probe"]}, {}, "the method 'probe' comes twice"),
        ({"methods": ["probe", "lda"]}, {}, r"steer\.methods\[1\]: 'lda' is not among extract\.methods"),
        ({"methods": []}, {}, r"steer\.methods: found an empty list"),
        ({}, {"position": "all[:]"}, "positions: position and positions both say which tokens"),
        ({}, {"positions": ["all[:]", "all[:]"]}, "the position 'all\\[:\\]' comes twice"),
        (
            {},
            {"positions": ["all[:]", "response[9:]"]},
            r"positions\[1\]: 'response\[9:\]' holds none of the 6",
        ),
        (
            {},
            {"positions": ["all[:]", "prompt[500]"]},
            r"'prompt\[500\]' holds no token of the shortest scene",
        ),
    ],
)
def test_what_cannot_compete_is_one_sentence(
    steer: dict[str, object], extract: dict[str, object], said: str, tiny_experiment: Tiny
) -> None:
    rewrite(tiny_experiment, extract=EXTRACT | extract, steer=steer)
    with pytest.raises(InputError, match=said):
        tiny_experiment.run()


def test_a_method_that_joins_keeps_what_was_answered_of_the_others(tiny_experiment: Tiny) -> None:
    rewrite(tiny_experiment, infer=None, compare=None)
    tiny_experiment.run("extract", "steer")
    before = tiny_experiment.rows(ANSWERS)
    rewrite(tiny_experiment, steer={"methods": ["mean_diff", "probe"]})
    assert tiny_experiment.stale() == {
        f"steer: sombre: {what}" for what in ("search", "damage", "specificity")
    }
    tiny_experiment.run("steer")
    after = tiny_experiment.rows(ANSWERS)
    assert after[: len(before)] == before
    plain = [row for row in after if row["split"] == "search" and row["arm"] == "unsteered"]
    assert len(plain) == 4
