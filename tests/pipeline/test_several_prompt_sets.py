"""Two prompt sets in one experiment: each answered, read and compared by itself, one before the other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from figures import figures
from judged_run import Notebook, rewrite, run_told
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.pipeline import look, stages, status
from traitscope.planning import plan

SETS = ("everyday", "few")
PAIRS = ("chat against moved", "chat against plain")


def ask(tiny: Tiny, prompts: Any) -> None:
    """Set `infer.prompts`."""
    settings = yaml.safe_load(tiny.file.read_text())
    settings["infer"]["prompts"] = prompts
    tiny.file.write_text(yaml.safe_dump(settings, sort_keys=False))


def with_few(tiny: Tiny) -> None:
    """A second set: eight prompts of the first one, asked in other words."""
    prompts = json.loads((tiny.folder / "prompts/everyday.json").read_text())["prompts"][:8]
    few = [{"id": f"q{one['id']}", "text": f"Tell me: {one['text']}"} for one in prompts]
    (tiny.folder / "prompts/few.json").write_text(json.dumps({"prompts": few}))
    ask(tiny, list(SETS))


@pytest.fixture(scope="module")
def both_finished(worked_on: Callable[[Callable[[Tiny], None]], Path]) -> Path:
    def work(tiny: Tiny) -> None:
        with_few(tiny)
        assert tiny.run()

    return worked_on(work)


@pytest.fixture
def both(both_finished: Path, copy_of: Callable[[Path], Tiny]) -> Tiny:
    """The experiment with two sets, done."""
    return copy_of(both_finished)


def about(tiny: Tiny, name: str) -> set[str]:
    """The pieces of work that are about one prompt set."""
    return {piece for piece in tiny.states() if f" answers {name}" in piece or f" on {name}" in piece}


def test_every_variant_answers_every_set_and_each_pair_is_compared_once_a_set(both: Tiny) -> None:
    for variant in ("chat", "moved", "plain"):
        assert len(both.rows(f"infer/{variant}/everyday/own/responses.jsonl")) == 12
        assert len(both.rows(f"infer/{variant}/few/own/responses.jsonl")) == 8
        # Report questions are no prompts: they are answered once.
        assert len(both.rows(f"infer/{variant}/questions-sombre/own/responses.jsonl")) == 5
    found = [(one["after"], one["prompts"]) for one in both.json("summary.json")["comparisons"]]
    assert found == [(after, name) for name in SETS for after in ("moved", "plain")]
    judged = [both.json(f"compare/chat_vs_moved/{name}/comparison.json")["ranking"] for name in SETS]
    for prompts, ranking in zip((12, 8), judged, strict=True):
        sombre = next(row for row in ranking if row["trait"] == "sombre")
        assert sombre["questions"] == prompts + 5


def test_a_set_gives_the_figures_that_it_gives_alone(both: Tiny, tiny_finished: Path) -> None:
    found, alone = figures(both.root), figures(tiny_finished / "experiments/tiny")
    assert [name for name in alone if name != "summary.json" and found.get(name) != alone[name]] == []
    of_one = [one for one in found["summary.json"]["comparisons"] if one["prompts"] == "everyday"]
    assert of_one == alone["summary.json"]["comparisons"]


def test_a_list_of_one_is_the_same_as_its_name(finished: Tiny) -> None:
    ask(finished, ["everyday"])
    assert not finished.run()


def test_a_set_that_joins_leaves_what_is_there_and_is_all_that_is_done(
    finished: Tiny, engine: Engine
) -> None:
    with_few(finished)
    states = finished.states()
    assert {states[piece] for piece in about(finished, "everyday")} == {"done"}
    assert {states[piece] for piece in about(finished, "few")} == {"missing"}
    finished.run()
    assert engine.decoded == 3 * 8
    assert {Path(name).parts[0] for name in finished.archived()} == {"report"}


def test_a_changed_prompt_makes_the_pieces_of_its_own_set_stale_and_no_others(both: Tiny) -> None:
    path = both.folder / "prompts/few.json"
    path.write_text(path.read_text().replace("Tell me: ", "Say: ", 1))
    assert both.stale() == {*about(both, "few"), "report"}
    assert len(about(both, "few")) == 3 + 2 * 7 + 2
    before = figures(both.root)
    both.run()
    after = figures(both.root)
    assert {name for name in before if before[name] != after[name]} <= {
        name for name in before if "/few/" in name or name == "summary.json"
    }
    assert {Path(name).parts[2] for name in both.archived() if name.startswith(("infer", "compare"))} == {
        "few"
    }
    assert not both.stale()


def test_page_text_and_pieces_say_which_set_they_are_about(both: Tiny) -> None:
    page, text = ((both.root / "report" / name).read_text() for name in ("index.html", "report.md"))
    for name in SETS:
        assert f"chat → moved on {name}</h3>" in page
        assert f"## Comparison: chat → moved on {name}\n" in text
    assert {f"compare: {pair} on {name}" for pair in PAIRS for name in SETS} <= set(both.states())


def test_a_plan_names_the_pieces_as_a_run_does_and_counts_their_answers(both: Tiny) -> None:
    found = plan(open_experiment(both.file))
    planned = [f"{one.work.stage}: {one.work.subject}" for one in found.work]
    made = [one for one in both.states() if one.startswith(("infer", "compare"))]
    assert [one for one in planned if one.startswith(("infer", "compare"))] == [
        one for one in made if not one.endswith(": projections")
    ]
    spared = sum(one.work.spared for one in found.work)
    # Where two answers to a question are of different length, the longer one is judged cut, too.
    assert found.judged - spared <= both.json("summary.json")["counts"]["judged"] <= found.judged


def test_a_plan_says_of_every_set_that_is_not_there_that_it_is_assumed(tiny_experiment: Tiny) -> None:
    shutil.rmtree(tiny_experiment.folder / "prompts")
    ask(tiny_experiment, ["some/reference", "neutral", "holidays"])
    assumed = [note.split(" is not here")[0] for note in plan(open_experiment(tiny_experiment.file)).notes]
    assert assumed[:2] == ["prompts/some/reference.json", "prompts/holidays.json"]


def test_no_set_may_be_called_as_the_folders_of_report_questions_are(tiny_experiment: Tiny) -> None:
    folder = tiny_experiment.folder / "prompts"
    shutil.copy(folder / "everyday.json", folder / "questions-few.json")
    ask(tiny_experiment, ["everyday", "questions-few"])
    with pytest.raises(InputError, match=r"cannot begin with .*; rename the file of 'questions-few'"):
        tiny_experiment.run()


@pytest.fixture
def few_first(tiny_experiment: Tiny) -> Tiny:
    """The small set first, the other one only if there is time."""
    with_few(tiny_experiment)
    late = {"do": "infer", "prompts": ["everyday"], "if": "time_left"}
    rewrite(tiny_experiment, order=[{"do": "infer", "prompts": ["few"]}, late])
    return tiny_experiment


@pytest.fixture
def out_of_time(few_first: Tiny, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The same, when the deadline came before the other set."""
    with monkeypatch.context() as patch:
        patch.setattr(stages, "ordered_steps", lambda config, _: _steps(config, -1.0))
        assert few_first.run()
    return few_first


_steps = stages.ordered_steps


def test_without_time_for_a_set_the_others_are_compared_and_its_comparisons_wait(out_of_time: Tiny) -> None:
    found = [one["prompts"] for one in out_of_time.json("summary.json")["comparisons"]]
    assert found == ["few", "few"]
    standing = {one.subject: one.state for one in status(look(open_experiment(out_of_time.file)))}
    assert standing["chat against moved on everyday"] == ("missing", "waits for infer on everyday")
    assert standing["chat answers everyday"] == ("missing", "not made yet")
    assert out_of_time.states()["report"] == "done"


def test_what_a_set_waited_for_is_caught_up_by_a_later_run(out_of_time: Tiny, both_finished: Path) -> None:
    few = {path: path.read_bytes() for path in out_of_time.root.glob("compare/*/few/*.parquet")}
    assert out_of_time.run()
    assert {path: path.read_bytes() for path in few} == few
    assert set(out_of_time.states().values()) <= {"done", "skipped"}
    found, expected = figures(out_of_time.root), figures(both_finished / "experiments/tiny")
    assert [name for name in expected if found.get(name) != expected[name]] == []


def test_a_variant_that_is_in_no_pair_is_not_waited_for(finished: Tiny) -> None:
    rewrite(finished, compare=[{"before": "chat", "after": "moved"}])
    for folder in ("everyday", "questions-sombre"):
        path = finished.root / f"infer/plain/{folder}/own/answers.manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "failed"}))
    shutil.rmtree(finished.root / "compare")
    assert finished.states()["infer: plain answers everyday"] == "failed"
    standing = {one.subject: one.state for one in status(look(open_experiment(finished.file)))}
    assert standing["chat against moved"].reason == "not made yet"
    finished.run("compare")
    assert finished.states()["compare: chat against moved"] == "done"


def test_a_set_that_is_not_inferred_is_left_out_of_compare_with_a_word(out_of_time: Tiny) -> None:
    shutil.rmtree(out_of_time.root / "compare/chat_vs_moved/few")
    told: Notebook = run_told(out_of_time, "compare")
    assert told.said == ["nothing is compared on everyday, because not all of it is inferred"]
    assert out_of_time.states()["compare: chat against moved on few"] == "done"
    assert out_of_time.states()["compare: chat against moved on everyday"] == "missing"
