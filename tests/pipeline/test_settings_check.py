"""A sample of answers under other settings: what is repeated, held against what, and what is left alone."""

from pathlib import Path
from typing import Any

import pytest
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.experiment.files import read_rows
from traitscope.pipeline.other_settings.settings_check import check_settings
from traitscope.pipeline.other_settings.ways import Others
from traitscope.progress import Silence
from traitscope.report.settings_text import WayView

ANSWERS = "answers.jsonl"
NOTHING = Others()


def tried(tiny: Tiny, others: Others = NOTHING, sample: int = 3) -> list[WayView]:
    return check_settings(open_experiment(tiny.file), others, None, sample, Silence())


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that figures are in; settings have a folder of their own."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if not name.startswith("settings/") and name not in ("lock", "experiment.json")
    }


def test_nothing_chosen_tries_half_and_double_length_and_the_other_format(finished: Tiny) -> None:
    found = tried(finished)
    assert [one.shown for one in found] == [
        "as written: 10 tokens, float32",
        "5 tokens",
        "20 tokens",
        "bfloat16",
    ]
    assert found[0].agreement is None
    assert all(one.agreement is not None and not one.reason for one in found[1:])


def test_the_experiments_own_artefacts_stay_as_they_are(finished: Tiny) -> None:
    before, states = contents(finished.root), finished.states()
    recorded = finished.json("experiment.json")["resolved"]
    tried(finished, Others((5,), ("bfloat16",)))
    assert contents(finished.root) == before
    assert finished.states() == states
    assert finished.json("experiment.json")["resolved"] == recorded
    assert not finished.run()


def test_the_points_are_three_coefficients_around_the_best_known(finished: Tiny) -> None:
    best = finished.json("steer/sombre/chat/best.json")["best"]
    tried(finished, Others((5,)))
    rows = read_rows(finished.root / "settings/sombre/as-written" / ANSWERS)
    points = {(row["layer"], row["coefficient"]) for row in rows if row["arm"] != "unsteered"}
    norms = finished.json("steer/sombre/chat/best.json")["base_norms"]
    assert {layer for layer, _ in points} == {1, 2}
    shares = {round(one / norms[str(layer)] / best["relative_strength"], 6) for layer, one in points}
    assert shares == {0.7, 1.0, 1.3}
    assert len(rows) == 3 * (1 + len(points))


def test_before_a_search_the_points_are_around_its_first_coefficient(tiny_experiment: Tiny) -> None:
    tiny_experiment.run("extract")
    tried(tiny_experiment, Others((5,)))
    rows = read_rows(tiny_experiment.root / "settings/sombre/as-written" / ANSWERS)
    assert {row["layer"] for row in rows if row["arm"] != "unsteered"} == {1, 2}


def test_all_ways_answer_the_same_questions_at_the_same_points(finished: Tiny) -> None:
    tried(finished, Others((5,)))

    def asked(way: str) -> dict[tuple[Any, ...], list[int]]:
        rows = read_rows(finished.root / f"settings/sombre/{way}" / ANSWERS)
        return {(row["arm"], row["question"], tuple(row["prompt"])): row["ids"] for row in rows}

    whole, half = asked("as-written"), asked("new-tokens-5")
    assert whole.keys() == half.keys()
    # Greedy decoding does not know where it will be cut.
    assert all(whole[key][:5] == half[key] for key in whole)


def test_a_second_call_reads_all_of_it_back(finished: Tiny, engine: Engine) -> None:
    others = Others((5,), ("bfloat16",), (), ("frontier",))
    first = tried(finished, others)
    engine.broken = True
    assert [one.as_json() for one in tried(finished, others)] == [one.as_json() for one in first]


def test_stopped_in_the_middle_it_goes_on_where_it_was(
    finished: Tiny, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.steer import bench

    answer_batch, calls = bench.answer_batch, [0]

    def stopping(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return answer_batch(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(bench, "answer_batch", stopping)
        with pytest.raises(KeyboardInterrupt):
            tried(finished, Others((5,)))
    done = engine.decoded
    assert done
    tried(finished, Others((5,)))
    rows = [
        read_rows(finished.root / f"settings/sombre/{way}" / ANSWERS)
        for way in ("as-written", "new-tokens-5")
    ]
    assert engine.decoded == sum(map(len, rows))


def test_what_cannot_be_loaded_is_a_row_with_its_reason(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline import variants

    load = variants.load_weights

    def without(source: Any, placement: Any, tokenizer: Any) -> Any:
        if placement.dtype == "bfloat16":
            raise RuntimeError("no kernel image is available\nfor this device")
        return load(source, placement, tokenizer)

    monkeypatch.setattr(variants, "load_weights", without)
    found = tried(finished, Others((5,), ("bfloat16",)))
    assert found[-1].reason == (
        "cannot be loaded so (no kernel image is available); leave this way out, or try it on another device"
    )
    assert found[1].agreement is not None


def test_weights_that_are_larger_than_what_is_free_are_not_read(
    finished: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(finished, Others((5,)))
    monkeypatch.setattr("traitscope.pipeline.other_settings.repeating.free_memory", lambda: 10)
    monkeypatch.setattr("traitscope.pipeline.other_settings.repeating.gpus", tuple)
    found = tried(finished, Others((), ("bfloat16",)))
    assert "weights in bfloat16 take 0 GB, and 0 GB are free" in found[-1].reason


def test_policies_search_the_sample_each_by_itself(finished: Tiny) -> None:
    found = tried(finished, Others(policies=("frontier",)))
    assert [one.shown for one in found] == ["as written: policy binary", "policy frontier"]
    # 3 unsteered answers, then two steps of two layers.
    assert found[0].judged == 3 + 2 * 2 * 3
    assert found[1].agreement is not None
    assert found[1].agreement.same_side is None


def test_no_null_is_without_its_reason(finished: Tiny) -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                reason = value.get(f"{key}_reason") or value.get("difference_reason")
                assert one is not None or reason, key
                check(one)

    for one in tried(finished, Others((5,), (), (), ("frontier",))):
        check(one.as_json())


def test_directions_that_are_not_there_name_the_command_that_makes_them(tiny_experiment: Tiny) -> None:
    with pytest.raises(InputError, match="the directions of 'sombre' are missing; type first: traitscope ex"):
        tried(tiny_experiment)


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        (Others((0,)), "--new-tokens: found 0; write whole numbers from 1 on, such as 16,64."),
        (
            Others((), ("bf16",)),
            "--dtype: found 'bf16'; write one of float32, bfloat16 (did you mean 'bfloat16'?).",
        ),
        (
            Others(policies=("frontir",)),
            "--policy: found 'frontir'; write one of binary, fixed, frontier (did you mean 'frontier'?).",
        ),
        (
            Others(policies=("fixed",)),
            "--policy: 'fixed' tries the strengths of a list, and the file has none; try another one, or "
            "write policy: fixed with strengths.",
        ),
    ],
)
def test_a_value_that_no_file_could_hold_is_refused(finished: Tiny, others: Others, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        tried(finished, others)
    assert str(refused.value) == sentence


def test_more_questions_than_there_are_are_refused(finished: Tiny) -> None:
    with pytest.raises(InputError, match="--sample: 99 questions are asked for, and 'sombre' has 12"):
        tried(finished, sample=99)
