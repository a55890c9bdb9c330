"""Killed at any moment, the same command goes on, and ends with the figures of an undisturbed run."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from figures import figures

KILLS = 12
MANY_KILLS = 20
SOME_KILLS = 3
Order = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def order() -> Iterator[Order]:
    """Orders for the process that forks runs: `order(folder)`, `order(folder, seconds=2.0)`, ..."""
    script = Path(__file__).parent / "killed_runs.py"
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout

        def give(folder: Path, **how: Any) -> dict[str, Any]:
            process.stdin.write(json.dumps({"folder": str(folder), **how}) + "\n")
            process.stdin.flush()
            reply: dict[str, Any] = json.loads(process.stdout.readline())
            assert reply["killed"] or reply["exit"] == 0, f"a run ended by itself: {reply['exit']}"
            return reply

        yield give
        process.stdin.close()


@pytest.fixture(scope="module")
def fresh(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A folder with the tiny experiment, not yet run; all have the same length of path."""

    def copy() -> Path:
        folder = tmp_path_factory.mktemp("killed")
        shutil.copytree(tiny_inputs, folder, dirs_exist_ok=True)
        return folder

    return copy


@pytest.fixture(scope="module")
def undisturbed(order: Order, fresh: Callable[[], Path]) -> tuple[dict[str, Any], float]:
    """The figures of a run that nothing stopped, and the seconds it took."""
    folder = fresh()
    reply = order(folder)
    assert not reply["killed"]
    return figures(folder / "experiments/tiny"), reply["seconds"]


def assert_same_figures(folder: Path, expected: dict[str, Any]) -> None:
    found = figures(folder / "experiments/tiny")
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_runs_killed_at_random_moments_end_with_the_figures_of_an_undisturbed_one(
    order: Order, fresh: Callable[[], Path], undisturbed: tuple[dict[str, Any], float]
) -> None:
    expected, seconds = undisturbed
    rng = random.Random(0)
    kills = 0
    while kills < KILLS:
        folder = fresh()
        while kills < KILLS and order(folder, seconds=rng.uniform(0.1, 0.6) * seconds)["killed"]:
            kills += 1
        order(folder)
        assert_same_figures(folder, expected)
        assert not (folder / "experiments/tiny/archive").exists()


def test_runs_over_two_prompt_sets_survive_their_kills_and_mix_nothing(
    order: Order, fresh: Callable[[], Path]
) -> None:
    def with_two() -> Path:
        folder = fresh()
        prompts = json.loads((folder / "prompts/everyday.json").read_text())["prompts"]
        (folder / "prompts/few.json").write_text(json.dumps({"prompts": prompts[4:]}))
        settings = yaml.safe_load((folder / "tiny.yaml").read_text())
        settings["infer"]["prompts"] = ["everyday", "few"]
        (folder / "tiny.yaml").write_text(yaml.safe_dump(settings))
        return folder

    whole, killed = with_two(), with_two()
    seconds = order(whole)["seconds"]
    rng = random.Random(2)
    # Steering comes before what is asked for here: the later a run is killed, the more of it is seen.
    kills = sum(order(killed, seconds=rng.uniform(0.3, 0.7) * seconds)["killed"] for _ in range(SOME_KILLS))
    order(killed)
    assert kills
    assert_same_figures(killed, figures(whole / "experiments/tiny"))
    assert not (killed / "experiments/tiny/archive").exists()


@pytest.mark.slow
def test_a_search_of_two_traits_with_all_its_parts_survives_twenty_kills(
    order: Order, fresh: Callable[[], Path]
) -> None:
    def searching() -> Path:
        folder = fresh()
        file, steering = folder / "tiny.yaml", folder / "traits/tidy/steering.json"
        settings = yaml.safe_load(file.read_text())
        settings["steer"] |= {
            "policy": "frontier",
            "refine": "auto",
            "traits": ["sombre", "tidy"],
            "layers": "all",
        }
        file.write_text(yaml.safe_dump(settings))
        steering.write_text(json.dumps(json.loads(steering.read_text()) | {"lexicon": "positive"}))
        return folder

    whole = searching()
    seconds = order(whole)["seconds"]
    expected = figures(whole / "experiments/tiny")
    best = json.loads((whole / "experiments/tiny/steer/tidy/chat/best.json").read_text())
    assert any(one["refined"] for one in best["evaluations"])
    rng = random.Random(1)
    kills = 0
    while kills < MANY_KILLS:
        folder = searching()
        while kills < MANY_KILLS and order(folder, seconds=rng.uniform(0.1, 0.6) * seconds)["killed"]:
            kills += 1
        order(folder)
        assert_same_figures(folder, expected)


def test_runs_killed_before_a_write_end_with_the_figures_of_an_undisturbed_one(
    order: Order, fresh: Callable[[], Path], undisturbed: tuple[dict[str, Any], float]
) -> None:
    folder = fresh()
    # Each run dies one write later than the last one did, counted from its own start, and every second one
    # leaves a torn journal if that is what it was writing; a few writes are needed to get on at all.
    deaths = 0
    while order(folder, write=5 + deaths, torn=deaths % 2 == 0)["killed"]:
        deaths += 1
    assert deaths >= 10
    assert_same_figures(folder, undisturbed[0])
    assert not (folder / "experiments/tiny/archive").exists()


def test_runs_killed_while_they_replace_what_is_stale_mix_nothing_old_into_the_new(
    order: Order, fresh: Callable[[], Path], tiny_finished: Path
) -> None:
    killed, scratch = fresh(), fresh()
    shutil.copytree(tiny_finished / "experiments", killed / "experiments")
    for folder in (killed, scratch):
        scenes = folder / "traits/sombre/positive.txt"
        scenes.write_text(f"Today {scenes.read_text()}")
        file = folder / "prompts/everyday.json"
        file.write_text(file.read_text().replace("The ", "Whether the ", 1))
    order(scratch)
    deaths = 0
    while order(killed, write=1 + deaths, torn=deaths % 2 == 0)["killed"]:
        deaths += 1
    assert deaths >= 10
    assert_same_figures(killed, figures(scratch / "experiments/tiny"))
    assert list(killed.glob("experiments/tiny/archive/*/extract/sombre/base/completions.jsonl"))
