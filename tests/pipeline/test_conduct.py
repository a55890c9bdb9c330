"""How a run ends early, and what a failing trait leaves of it."""

import time
from pathlib import Path

import pytest
from figures import figures
from judged_run import rewrite
from tiny_run import Engine, Tiny

from traitscope.data import Trait
from traitscope.errors import WorkError
from traitscope.experiment import open_experiment
from traitscope.pipeline import STAGES, Conduct, Stopped, run_stages


def go(tiny: Tiny, conduct: Conduct) -> bool:
    return run_stages(open_experiment(tiny.file), STAGES, None, conduct)


def test_a_run_stopped_at_every_batch_ends_with_the_figures_of_one_that_was_not(
    tiny_experiment: Tiny, tiny_finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline import answering

    decode, conduct = answering.decode, Conduct()

    def last(*arguments: object) -> object:
        conduct.asked = "interrupted"
        return decode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "decode", last)
    stops = 0
    while stops < 100:
        conduct.asked = ""
        try:
            go(tiny_experiment, conduct)
        except Stopped:
            stops += 1
            assert set(tiny_experiment.states().values()) <= {"done", "running", "missing", "skipped"}
            assert tiny_experiment.json("summary.json")["experiment"] == "tiny"
        else:
            break
    assert 10 < stops < 100
    assert figures(tiny_experiment.root) == figures(tiny_finished / "experiments/tiny")


def test_at_the_deadline_nothing_is_begun_and_what_is_there_says_why(tiny_experiment: Tiny) -> None:
    with pytest.raises(Stopped, match="the deadline is over"):
        go(tiny_experiment, Conduct(deadline=time.monotonic()))
    assert tiny_experiment.json("summary.json")["stages"]["extract"]["state"] != "done"
    assert "done" not in set(tiny_experiment.states().values())


@pytest.fixture
def two_steered(tiny_experiment: Tiny) -> Tiny:
    """Two traits to steer."""
    rewrite(tiny_experiment, steer={"traits": ["sombre", "tidy"]})
    path = tiny_experiment.folder / "traits/tidy/steering.json"
    path.write_text(path.read_text().replace("{", '{"lexicon": "positive", ', 1))
    return tiny_experiment


def test_a_trait_that_fails_is_told_of_and_the_rest_goes_on(
    two_steered: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.steer import stage as steer

    search = steer.search

    def broken(bench: object, unsteered: object) -> object:
        if bench.trait.name == "sombre":  # type: ignore[attr-defined]
            raise WorkError("steer/sombre", "has no baseline", "change its questions")
        return search(bench, unsteered)  # type: ignore[arg-type]

    monkeypatch.setattr(steer, "search", broken)
    conduct = Conduct(keep_going=True)
    assert go(two_steered, conduct)
    assert conduct.failures == ["steer sombre: steer/sombre: has no baseline; change its questions."]
    summary, states = two_steered.json("summary.json"), two_steered.states()
    assert states["steer: sombre: search"] == "failed" and states["steer: tidy: search"] == "done"
    assert states["compare: chat against moved"] == states["report"] == "done"
    assert summary["traits"]["tidy"]["result"] != "skipped"
    assert summary["traits"]["sombre"]["result_reason"] == "steering is failed"


def test_without_it_the_run_ends_with_the_first_that_fails(
    two_steered: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.steer import stage as steer

    def broken(*_: object) -> object:
        raise WorkError("steer", "has no baseline", "change its questions")

    monkeypatch.setattr(steer, "search", broken)
    with pytest.raises(WorkError, match="has no baseline"):
        go(two_steered, Conduct())


def test_a_trait_that_cannot_be_extracted_is_left_out_of_what_comes_after(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.extract import stage as extract

    whole = extract._extract

    def broken(run: object, trait: Trait, *rest: object) -> object:
        if trait.name == "tidy":
            raise WorkError("tidy", "cannot be told apart", "write scenes that differ")
        return whole(run, trait, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(extract, "_extract", broken)
        conduct = Conduct(keep_going=True)
        assert go(tiny_experiment, conduct)
        assert conduct.failures == ["extract tidy: tidy: cannot be told apart; write scenes that differ."]
        ranking = tiny_experiment.json("summary.json")["comparisons"][0]["ranking"]
        assert [row["trait"] for row in ranking] == ["sombre"]
        assert tiny_experiment.states()["report"] == "done"
    # Once it is mended, comparisons hold both.
    assert go(tiny_experiment, Conduct())
    ranking = tiny_experiment.json("summary.json")["comparisons"][0]["ranking"]
    assert {row["trait"] for row in ranking} == {"sombre", "tidy"}


def test_weights_are_loaded_once_for_all_traits(two_steered: Tiny, engine: Engine) -> None:
    two_steered.run("extract", "check", "steer")
    assert engine.loads == 1
