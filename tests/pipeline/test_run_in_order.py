"""The order of a run: as the file asks for, with nothing left out and no figure changed."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from figures import figures
from judged_run import rewrite
from tiny_run import Tiny

from traitscope.config import Config, read_config_text
from traitscope.config.order import STAGES
from traitscope.pipeline import stages
from traitscope.pipeline.order import Step, ordered_steps

FILE: dict[str, Any] = {
    "name": "moods",
    "variants": {"base": {"model": "smollm2"}, "chat": {"model": "smollm2", "chat": True}},
    "traits": ["gloom", "formality"],
    "extract": {"variant": "base"},
    "steer": {"variant": "chat"},
    "infer": {"variants": ["chat"], "prompts": "everyday"},
}
ALL = [Step(stage, None) for stage in STAGES]


def config(*entries: dict[str, Any], **keys: Any) -> Config:
    return read_config_text(yaml.safe_dump(FILE | keys | {"order": list(entries)}), "moods.yaml")


def told(steps: list[Step]) -> list[str]:
    return [" ".join([step.stage, *sorted(step.traits or ())]) for step in steps]


def test_without_an_order_it_is_stage_after_stage() -> None:
    assert ordered_steps(config()) == ALL


def test_what_an_entry_rests_on_comes_before_it_and_everything_else_at_the_end() -> None:
    assert told(ordered_steps(config({"do": "infer"}))) == ["extract", "infer", *STAGES]


def test_traits_come_in_the_order_of_their_entries_with_their_own_extraction() -> None:
    steps = ordered_steps(config({"do": "steer", "traits": ["formality"]}, {"do": "infer"}))
    assert told(steps)[:4] == ["extract formality", "steer formality", "extract", "infer"]
    assert steps[4:] == ALL


def test_after_moves_an_entry_behind_what_it_names() -> None:
    steps = told(ordered_steps(config({"do": "steer", "after": ["infer"]}, {"do": "infer"})))
    assert steps.index("infer") < steps.index("steer")


def test_what_waits_for_time_comes_last_and_not_once_the_deadline_is_over() -> None:
    one = config({"do": "steer", "traits": ["gloom"], "if": "time_left"}, {"do": "infer"})
    early = ["extract", "infer", "vet", "extract", "check", "steer formality", "infer", "compare", "report"]
    assert told(ordered_steps(one, time_left=-1.0)) == early
    for time_left in (None, 60.0):
        late = [*early, "extract gloom", "steer gloom", *STAGES]
        assert told(ordered_steps(one, time_left)) == late


def test_a_stage_of_which_all_waits_is_not_done_before() -> None:
    one = config({"do": "infer", "if": "time_left"})
    assert told(ordered_steps(one, time_left=-1.0)) == ["vet", "extract", "check", "steer", "report"]


def test_what_rests_on_a_trait_that_waits_waits_too() -> None:
    one = config({"do": "extract", "traits": ["gloom"], "if": "time_left"})
    early = ["vet", "extract formality", "check formality", "steer formality", "report"]
    assert told(ordered_steps(one, time_left=-1.0)) == early


def test_refinement_follows_steering_and_only_where_an_entry_does_it() -> None:
    steer = {"variant": "chat", "refine": "auto"}
    late = config({"do": "refine", "traits": ["gloom"], "if": "time_left"}, steer=steer)
    early = ["vet", "extract", "check", "steer", "refine formality", "infer", "compare", "report"]
    assert told(ordered_steps(late, time_left=-1.0)) == early
    every = ["vet", "extract", "check", "steer", "refine", "infer", "compare", "report"]
    last = ["extract gloom", "steer gloom", "refine gloom", *every]
    assert told(ordered_steps(late)) == [*early, *last]
    after = config({"do": "refine", "after": ["infer"]}, {"do": "infer"}, steer=steer)
    assert told(ordered_steps(after)) == ["extract", "infer", "extract", "steer", "refine", *every]


def test_a_prompt_set_that_waits_leaves_the_others_to_be_compared() -> None:
    sets = {"variants": ["chat"], "prompts": ["few", "some/many"]}
    entries = [{"do": "infer", "prompts": ["few"]}, {"do": "infer", "prompts": ["many"], "if": "time_left"}]
    one = config(*entries, infer=sets)
    early = [(step.stage, step.prompts) for step in ordered_steps(one, time_left=-1.0)]
    few = frozenset({"few"})
    assert early[:2] == [("extract", None), ("infer", few)]
    assert early[2:] == [(stage, few if stage in ("infer", "compare") else None) for stage in STAGES]
    late = ordered_steps(one)[len(early) :]
    assert late == [Step("extract", None), Step("infer", None, frozenset({"many"})), *ALL]


@pytest.mark.parametrize(
    "last", [{"do": "infer", "prompts": ["many"], "if": "time_left"}, {"do": "infer", "if": "time_left"}]
)
def test_an_early_comparison_does_not_infer_what_waits(last: dict[str, Any]) -> None:
    sets = {"variants": ["chat", "base"], "prompts": ["few", "many"]}
    pair = [{"before": "chat", "after": "base"}]
    order = [{"do": "infer", "prompts": ["few"]}, {"do": "compare"}, last]
    steps = ordered_steps(config(*order, infer=sets, compare=pair), time_left=-1.0)
    assert {step.prompts for step in steps if step.stage in ("infer", "compare")} == {frozenset({"few"})}


@pytest.mark.parametrize("time_left", [-1.0, 60.0, None])
def test_a_comparison_that_waits_for_time_does_so_although_a_prompt_set_waits_too(
    time_left: float | None,
) -> None:
    sets = {"variants": ["chat", "base"], "prompts": ["few", "many"]}
    pair = [{"before": "chat", "after": "base"}]
    order = [
        {"do": "compare", "if": "time_left"},
        {"do": "infer", "prompts": ["many"], "if": "time_left"},
    ]
    one = config(*order, infer=sets, compare=pair)
    in_time = ["vet", "extract", "check", "steer", "infer", "report"]
    steps = ordered_steps(one, time_left)
    assert [step.stage for step in steps[: len(in_time)]] == in_time
    assert steps[4].prompts == {"few"}
    assert bool(steps[len(in_time) :]) == (time_left != -1.0)


def test_a_direction_made_orthogonal_to_another_has_that_one_extracted_too() -> None:
    extract = {"variant": "base", "orthogonal_to": {"gloom": ["formality"]}}
    steps = told(ordered_steps(config({"do": "steer", "traits": ["gloom"]}, extract=extract)))
    assert steps[:2] == ["extract formality gloom", "steer gloom"]


@pytest.mark.parametrize("time_left", [-1.0, 60.0])
def test_what_a_direction_is_made_orthogonal_to_is_not_steered_before_its_time(time_left: float) -> None:
    extract = {"variant": "base", "orthogonal_to": {"gloom": ["formality"]}}
    steer = {"variant": "chat", "refine": "auto"}
    order = [
        {"do": "refine", "traits": ["gloom"]},
        {"do": "steer", "traits": ["formality"], "if": "time_left"},
    ]
    steps = told(ordered_steps(config(*order, extract=extract, steer=steer), time_left))
    assert steps[:3] == ["extract formality gloom", "steer gloom", "refine gloom"]
    early = steps[: steps.index("report") + 1]
    assert [one for one in early if "formality" in one and not one.startswith("extract")] == []
    assert ("steer formality" in steps) == (time_left > 0)


@pytest.mark.parametrize("time_left", [-1.0, 60.0])
def test_refining_all_leaves_out_what_is_steered_only_in_time(time_left: float) -> None:
    steer = {"variant": "chat", "refine": "auto"}
    some = config({"do": "refine"}, {"do": "steer", "traits": ["formality"], "if": "time_left"}, steer=steer)
    steps = told(ordered_steps(some, time_left))
    assert steps[:3] == ["extract gloom", "steer gloom", "refine gloom"]
    early = steps[: steps.index("report") + 1]
    assert not {"steer", "refine", "steer formality", "refine formality"} & set(early)
    assert ("steer formality" in steps) == (time_left > 0)
    every = config({"do": "refine"}, {"do": "steer", "if": "time_left"}, steer=steer)
    steps = told(ordered_steps(every, time_left))
    assert "refine" not in steps[: steps.index("report")]
    assert ("refine" in steps) == (time_left > 0)


def test_a_run_follows_its_order_and_ends_with_the_same_figures(
    tiny_experiment: Tiny, tiny_finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = {"do": "steer", "traits": ["sombre"], "after": ["infer"], "if": "time_left"}
    rewrite(tiny_experiment, order=[last, {"do": "infer"}])
    seen: list[str] = []
    for stage, work in stages.WORK.items():

        def noted(run: Any, stage: str = stage, work: Any = work) -> None:
            seen.append(" ".join([stage, *sorted(run.chosen or ())]))
            work(run)

        monkeypatch.setitem(stages.WORK, stage, noted)
    assert tiny_experiment.run()
    assert seen[:2] == ["extract", "infer"]
    assert "steer" not in seen[: seen.index("steer sombre")]
    assert seen.index("compare") < seen.index("steer sombre")
    assert set(tiny_experiment.states().values()) <= {"done", "skipped"}
    found, expected = figures(tiny_experiment.root), figures(tiny_finished / "experiments/tiny")
    figures_of = ("best.json", "comparison.json", ".parquet", ".safetensors", ".jsonl")
    names = [name for name in expected if name.endswith(figures_of)]
    assert [name for name in names if found.get(name) != expected[name]] == []
