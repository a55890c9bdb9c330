"""A run of some stages or traits: what is named is done, and everything else stays as it is."""

from pathlib import Path

import pytest
from figures import figures
from judged_run import rewrite
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.pipeline import run_stages


def run(tiny: Tiny, *traits: str, stages: tuple[str, ...] | None = None) -> bool:
    return run_stages(open_experiment(tiny.file), stages, traits=traits)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_variants(tiny: Tiny) -> Tiny:
    rewrite(tiny, infer=None, compare=None)
    return tiny


def test_a_trait_that_is_named_is_extracted_checked_steered_and_reported(tiny_experiment: Tiny) -> None:
    assert run(tiny_experiment, "sombre")
    states = tiny_experiment.states()
    done = {piece for piece, state in states.items() if state == "done"}
    assert {"extract: sombre", "steer: sombre: search", "report"} <= done
    assert all("sombre" in piece for piece in done - {"report", "extract: neutral scenes"})
    assert states["extract: tidy"] == "missing"
    assert not (tiny_experiment.root / "extract/tidy").exists()
    assert not (tiny_experiment.root / "infer").exists()
    assert not run(tiny_experiment, "sombre")


def test_the_others_stay_as_they_are_although_they_are_stale(finished: Tiny, engine: Engine) -> None:
    # Or its winner would be held against the other's direction anew.
    rewrite(finished, steer={"other_arms": 0})
    finished.run()
    scenes = finished.folder / "traits/tidy/positive.txt"
    scenes.write_text(scenes.read_text().replace("swept", "mopped"))
    before = contents(finished.root / "extract/tidy")
    engine.broken = True
    run(finished, "sombre")
    assert contents(finished.root / "extract/tidy") == before
    assert "extract: tidy" in finished.stale()


def test_trait_by_trait_the_figures_are_those_of_one_run(tiny_experiment: Tiny, tiny_finished: Path) -> None:
    for trait in ("tidy", "sombre"):
        assert run(tiny_experiment, trait)
    assert tiny_experiment.run()
    assert figures(tiny_experiment.root) == figures(tiny_finished / "experiments/tiny")


def test_stages_are_done_in_their_order_whatever_theirs_on_the_command(tiny_experiment: Tiny) -> None:
    assert run(tiny_experiment, "sombre", stages=("steer", "extract"))
    states = tiny_experiment.states()
    assert states["steer: sombre: search"] == "done"
    assert states["report"] == "missing"


def test_what_a_stage_rests_on_is_asked_of_the_traits_that_are_named(tiny_experiment: Tiny) -> None:
    run(tiny_experiment, "sombre", stages=("extract",))
    assert run(tiny_experiment, "sombre", stages=("steer",))


def test_a_direction_that_waits_for_another_traits_is_refused_until_that_is_there(
    tiny_experiment: Tiny,
) -> None:
    extract = {"variant": "base", "new_tokens": 6, "position": "response[:3]", "methods": ["mean_diff"]}
    rewrite(without_variants(tiny_experiment), extract=extract | {"orthogonal_to": {"sombre": ["tidy"]}})
    with pytest.raises(InputError) as refused:
        run(tiny_experiment, "sombre", stages=("extract",))
    assert str(refused.value) == (
        "--trait: 'sombre' is made orthogonal to 'tidy', whose extraction is missing; name tidy too."
    )
    assert run(tiny_experiment, "sombre", "tidy", stages=("extract",))
