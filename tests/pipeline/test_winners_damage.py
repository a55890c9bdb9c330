"""What a winner costs: measured beside its gain, kept by what was asked, and shown."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from judged_run import rewrite, without_comparison
from safetensors.torch import load_file
from tiny_run import Engine, Tiny

from traitscope.data import load_items, load_prompt_set
from traitscope.engine import load_model
from traitscope.experiment import SHIPPED

FOLDER = "steer/sombre/chat"
DAMAGE = f"{FOLDER}/damage.json"


@pytest.fixture(scope="module")
def priced(worked_on: Callable[[Callable[[Tiny], None]], Path]) -> Path:
    """The tiny experiment with what its winner costs, and everything done."""

    def work(tiny: Tiny) -> None:
        rewrite(tiny, steer={"damage": True})
        assert tiny.run()

    return worked_on(work)


@pytest.fixture
def finished(priced: Path, copy_of: Callable[[Path], Tiny]) -> Tiny:
    return copy_of(priced)


@pytest.fixture
def tiny_experiment(tiny_experiment: Tiny) -> Tiny:
    rewrite(tiny_experiment, steer={"damage": True})
    return tiny_experiment


def winner_vector(tiny: Tiny) -> tuple[int, torch.Tensor]:
    best = tiny.json(f"{FOLDER}/best.json")["best"]
    directions = load_file(tiny.root / "extract/sombre/base/directions.safetensors")
    return best["layer"], best["coefficient"] * directions["mean_diff.write"][best["layer"]]


def log_softmax(tiny: Tiny, model: Any, ids: list[int], pushed: bool) -> torch.Tensor:
    """transformers' own, after every token; the push is a plain hook."""
    layer, vector = winner_vector(tiny)

    def add(_module: object, _inputs: object, output: Any) -> Any:
        return output + vector if isinstance(output, torch.Tensor) else (output[0] + vector, *output[1:])

    hook = model.blocks[layer].register_forward_hook(add) if pushed else None
    try:
        with torch.inference_mode():
            found: torch.Tensor = model.network(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
            return found
    finally:
        if hook is not None:
            hook.remove()


def test_items_are_chosen_by_the_mean_log_probability_of_their_options(finished: Tiny) -> None:
    model = load_model(str(finished.folder / finished_model(finished)))
    items = load_items(SHIPPED / "multiple_choice.jsonl")
    found = finished.json(DAMAGE)["accuracy"]
    assert found["items"] == len(items)
    kept = {
        "unsteered": finished.rows("steer/chat.choices.jsonl"),
        "winner": finished.rows(f"{FOLDER}/choices.jsonl"),
    }
    for arm, key in (("unsteered", "unsteered"), ("winner", "steered")):
        rows = {row["item"]: row["chosen"] for row in kept[arm]}
        assert set(rows) == set(range(len(items)))
        right = [rows[place] == "ABCD"[item.right] for place, item in enumerate(items)]
        assert found[key] == pytest.approx(sum(right) / len(items))
        for place in range(0, len(items), 17):
            prompt = rendered(model, items[place].question)
            scores = []
            for option in items[place].options:
                ids = model.tokenizer(option, add_special_tokens=False)["input_ids"]
                after = log_softmax(finished, model, prompt + ids, arm == "winner")[len(prompt) - 1 : -1]
                scores.append(float(after.gather(1, torch.tensor(ids)[:, None]).mean()))
            if sorted(scores)[-1] - sorted(scores)[-2] > 1e-3:
                assert rows[place] == "ABCD"[scores.index(max(scores))]
    assert found["change"] == pytest.approx(found["steered"] - found["unsteered"])
    assert found["change_low"] <= found["change"] <= found["change_high"]


def finished_model(tiny: Tiny) -> str:
    import yaml

    return str(yaml.safe_load(tiny.file.read_text())["variants"]["chat"]["model"])


def rendered(model: Any, question: str) -> list[int]:
    from traitscope.models import Renderer

    return list(Renderer(model.tokenizer, True, "none", "chat").ids(question))


def test_every_arm_has_its_divergence_on_twenty_neutral_prompts(finished: Tiny) -> None:
    found = finished.json(DAMAGE)
    arms = {one["name"] for one in finished.json(f"{FOLDER}/best.json")["arms"]}
    assert set(found["divergences"]) == arms - {"unsteered"}
    assert min(found["divergences"].values()) > 0
    model = load_model(str(finished.folder / finished_model(finished)))
    prompts = load_prompt_set(SHIPPED / "prompts" / "neutral.json").prompts[:20]
    total = 0.0
    for one in prompts:
        prompt = rendered(model, one.text)
        ids = list(prompt)
        while len(ids) < len(prompt) + 8 and ids[-1] not in model.end_ids:
            ids.append(int(log_softmax(finished, model, ids, pushed=False)[-1].argmax()))
        ended = ids[-1] in model.end_ids and len(ids) > len(prompt) + 1
        places = slice(len(prompt) - 1, len(ids) - 1 - ended)
        plain, pushed = (log_softmax(finished, model, ids, steered)[places] for steered in (False, True))
        total += float((plain.exp() * (plain - pushed)).sum(-1).mean())
    assert found["divergences"]["winner"] == pytest.approx(total / 20, rel=1e-3)


def test_instructions_are_answered_away_from_the_traits_questions(finished: Tiny) -> None:
    found = finished.json(DAMAGE)["elsewhere"]
    asked = load_prompt_set(SHIPPED / "prompts" / "instructions.json").prompts
    rows = finished.rows(f"{FOLDER}/elsewhere.jsonl")
    by_arm = {arm: [row for row in rows if row["arm"] == arm] for arm in ("unsteered", "winner")}
    assert {arm: len(some) for arm, some in by_arm.items()} == {"unsteered": 20, "winner": 20}
    assert found["prompts"] == len(asked) == 20
    pairs = zip(by_arm["unsteered"], by_arm["winner"], strict=True)
    assert found["changed"] == pytest.approx(sum(one["ids"] != other["ids"] for one, other in pairs) / 20)
    scores = {
        arm: [
            next(
                score["trait"]
                for score in finished.rows(f"{FOLDER}/elsewhere-scores.jsonl")
                if (score["batch"], score["row"]) == (row["batch"], row["row"])
            )
            for row in some
        ]
        for arm, some in by_arm.items()
    }
    for arm, some in scores.items():
        assert found[arm]["trait"] == pytest.approx(sum(some) / 20)
    assert found["delta"] == pytest.approx((sum(scores["winner"]) - sum(scores["unsteered"])) / 20)


def test_a_setting_that_only_chooses_measures_nothing_again(finished: Tiny, engine: Engine) -> None:
    before = finished.json(DAMAGE)
    finished.change("threshold: 0", "threshold: 0.1")
    assert "steer: sombre: damage" in finished.stale()
    engine.broken = True
    finished.run("steer")
    assert finished.json(DAMAGE) == before


def test_what_was_measured_before_a_kill_is_not_measured_again(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.steer import knowledge

    before = finished.json(DAMAGE)
    choices = finished.root / FOLDER / "choices.jsonl"
    lines = choices.read_bytes().splitlines(keepends=True)
    choices.write_bytes(b"".join(lines[:-6]) + lines[-6][:10])
    (finished.root / DAMAGE).unlink()
    asked: list[int] = []
    read = knowledge.log_probabilities

    def counted(model: Any, prompts: Any, *rest: Any) -> Any:
        asked.append(len(prompts))
        return read(model, prompts, *rest)

    monkeypatch.setattr(knowledge, "log_probabilities", counted)
    finished.run("steer")
    assert finished.json(DAMAGE) == before
    assert 6 * 4 <= sum(asked) <= 12 * 4


def test_another_trait_is_held_against_the_same_unsteered_answers(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_comparison(tiny_experiment)
    rewrite(tiny_experiment, traits=["sombre", "tidy"], steer={"traits": None, "judge": "lexicon"})
    steering = tiny_experiment.folder / "traits/tidy/steering.json"
    steering.write_text(json.dumps(json.loads(steering.read_text()) | {"lexicon": "positive"}))
    tiny_experiment.run("extract", "steer")
    assert len(tiny_experiment.rows("steer/chat.choices.jsonl")) == len(
        load_items(SHIPPED / "multiple_choice.jsonl")
    )
    found = [tiny_experiment.json(f"steer/{name}/chat/damage.json") for name in ("sombre", "tidy")]
    assert found[0]["accuracy"]["unsteered"] == found[1]["accuracy"]["unsteered"]


def test_damage_is_left_out_on_demand_and_where_nothing_won(tiny_experiment: Tiny, engine: Engine) -> None:
    without_comparison(tiny_experiment)
    rewrite(tiny_experiment, steer={"damage": False})
    tiny_experiment.run("extract", "steer")
    assert tiny_experiment.json(DAMAGE) == {"measured": False, "reason": "steer.damage is false"}
    assert not (tiny_experiment.root / FOLDER / "elsewhere.jsonl").exists()
    summary = tiny_experiment.json("summary.json")["traits"]["sombre"]
    assert summary["damage"] is None
    assert summary["damage_reason"] == "steer.damage is false"
    rewrite(tiny_experiment, steer={"threshold": 100, "damage": True})
    tiny_experiment.run("steer")
    best, damage = tiny_experiment.json(f"{FOLDER}/best.json"), tiny_experiment.json(DAMAGE)
    assert best["result"] == "not_shown"
    assert best["reason"].startswith("unsteerable here")
    assert damage == {"measured": False, "reason": best["reason"]}


def test_figures_stand_in_summary_and_report(finished: Tiny) -> None:
    found, damage = finished.json("summary.json")["traits"]["sombre"], finished.json(DAMAGE)
    assert found["damage"]["accuracy"] == damage["accuracy"]
    assert found["damage"]["divergence"] == damage["divergences"]["winner"]
    by_arm = {one["name"]: one for one in found["arms"]}
    assert by_arm["random_1"]["divergence"] == damage["divergences"]["random_1"]
    assert by_arm["unsteered"]["divergence"] == 0
    assert [one["flag"] for one in found["samples"]] == ["worst", "median", "best"]
    page = (finished.root / "report/report.md").read_text()
    assert "What it costs" in page
    assert "right answers" in page
    shutil.rmtree(finished.root / "archive", ignore_errors=True)
    assert Path(finished.root / "report/index.html").read_text().count("What it costs") >= 1
