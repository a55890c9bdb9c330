"""`traitscope plan`: what it prints, what it refuses, and that it starts at once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from test_cli_process import AS_SCRIPT, python
from tiny_place import Place, Typed, the_sentence

from traitscope.experiment import SHIPPED

SLOW = ("torch", "transformers", "peft", "scipy", "sklearn", "polars", "matplotlib", "accelerate")
MOST_SECONDS = 3.0
STARTED = f"""\
{AS_SCRIPT}
import json, resource
used = resource.getrusage(resource.RUSAGE_SELF)
slow = [name for name in {SLOW} if name in sys.modules]
print(json.dumps({{"slow": slow, "seconds": used.ru_utime + used.ru_stime}}), file=sys.stderr)
"""


@pytest.mark.parametrize("options", [[], ["--json"], ["--memory", "80GB"]])
def test_a_plan_imports_nothing_slow_and_takes_less_than_three_seconds(options: list[str]) -> None:
    answer = python(STARTED, "plan", str(SHIPPED / "demo.yaml"), *options)
    assert answer.code == 0
    told = json.loads(answer.err)
    assert told["slow"] == []
    assert told["seconds"] < MOST_SECONDS


def test_the_plan_shows_every_stage_memory_judges_and_what_it_rests_on(
    typed: Callable[..., Typed], place: Place
) -> None:
    told = typed("plan", "tiny.yaml")
    assert (told.code, told.err) == (0, "")
    for shown in ("extract", "steer", "infer", "compare", "at most", "Memory at the worst moment", "lexicon"):
        assert shown in told.out
    assert "assumed: " in told.out
    assert "--probe" in told.out
    assert max(map(len, told.out.splitlines())) <= 100
    assert not place.made.exists(), "a plan writes nothing"


def test_the_plan_as_json_adds_up(typed: Callable[..., Typed], place: Place) -> None:
    found = json.loads(typed("plan", "tiny.yaml", "--json").out)
    work = found["work"]
    for key in ("generated_tokens", "read_tokens", "batches", "passes", "disk_bytes"):
        assert found["totals"][key] == sum(one[key] for one in work)
    steered = next(one for one in work if one["stage"] == "steer")
    # 4 questions unsteered and at 2 layers once; 5 report questions under 10 arms; 6 new tokens each.
    assert steered["rows"] == 4 * 3 + 5 * 10
    assert steered["generated_tokens"] == 6 * steered["rows"]
    assert steered["judged"] == 2 * steered["rows"]
    assert {one["prompt_lengths"] for one in found["variants"]} == {"tokenized"}


def test_a_null_in_the_json_has_its_reason(typed: Callable[..., Typed], place: Place) -> None:
    found = json.loads(typed("plan", "tiny.yaml", "--json").out)
    for group in ("work", "variants", "judges"):
        for row in found[group]:
            for key, value in row.items():
                assert value is not None or row.get(f"{key}_reason"), (group, key)


def test_prices_make_money_known(typed: Callable[..., Typed], place: Place) -> None:
    place.settings["judges"] = {
        "mini": {"kind": "openai", "model": "m", "price_in": 2.0, "price_out": 8.0, "max_calls": 10}
    }
    place.change("steer.judge", "mini")
    told = typed("plan", "tiny.yaml", "--json")
    judge = next(one for one in json.loads(told.out)["judges"] if one["judge"] == "mini")
    # Steered answers, instructions unsteered and steered, both comparisons: two variants, and the longer
    # answer cut, to eight prompts and five report questions.
    assert judge["calls"] == (4 * 3 + 5 * 10) + 2 * 20 + 2 * (2 + 1) * (8 + 5)
    assert judge["written"] == 2 * judge["calls"]
    assert judge["money"] == pytest.approx((2 * judge["read"] + 8 * judge["written"]) / 1e6)
    warnings = json.loads(told.out)["warnings"]
    assert any("max_calls allows 10" in one for one in warnings)


def test_a_model_that_does_not_fit_is_warned_of_with_what_does(
    typed: Callable[..., Typed], place: Place
) -> None:
    for variant in place.settings["variants"].values():
        variant["model"] = "meta-llama/Llama-3.3-70B-Instruct"
    # Batches of items are larger than this file's own.
    place.change("steer.damage", False)
    told = typed("plan", "tiny.yaml", "--memory", "80GB")
    assert told.code == 0
    said = " ".join(told.out.split())
    assert "variant 'chat': needs 14" in said
    assert "device_map: auto on 2 GPUs of 80 GB in bfloat16" in said
    assert "are estimated from characters" in said
    for variant in place.settings["variants"].values():
        variant["device_map"] = "auto"
    place.write()
    told = typed("plan", "tiny.yaml", "--memory", "80GB")
    # What is spread needs room on each: more than the sum alone.
    assert "chat: device_map spreads it over 3 GPUs of 80.0 GB" in told.out
    assert "Warning" not in told.out


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "variants.base.model",
            "nobody/Nothing-1B",
            "model 'nobody/Nothing-1B': has no config.json",
        ),
        ("steer.layers", "0:4", "tiny.yaml, steer.layers: '0:4' goes beyond the model, which has 4 layers"),
        ("steer.momentun", 0.5, "tiny.yaml, steer.momentun: unknown key; write one of "),
        ("infer.prompts", "askz", "tiny.yaml: prompts/askz: does not exist beside"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(
    typed: Callable[..., Typed], place: Place, key: str, value: object, sentence: str
) -> None:
    place.change(key, value)
    answer = typed("plan", "tiny.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert the_sentence(answer.err).startswith(sentence)


def test_a_size_that_is_none_is_refused(typed: Callable[..., Typed], place: Place, tmp_path: Path) -> None:
    answer = typed("plan", "tiny.yaml", "--memory", "lots")
    assert answer.code == 2
    assert the_sentence(answer.err) == "--memory: 'lots' is no size; write one such as 80GB or 24GiB."


def test_a_probe_measures_and_the_next_plan_goes_by_it(typed: Callable[..., Typed], place: Place) -> None:
    told = typed("plan", "tiny.yaml", "--probe", "--quiet")
    assert told.code == 0
    assert "measured here (" in told.out
    assert "measured here (" in typed("plan", "tiny.yaml").out
