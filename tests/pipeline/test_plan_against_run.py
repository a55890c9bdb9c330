"""A plan's counts against what a real run of the tiny experiment did."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from judged_run import rewrite
from tiny_run import Engine, Tiny

from traitscope.experiment import open_experiment
from traitscope.pipeline.steer.push_costs import FIRST_TOKENS
from traitscope.planning import Likelihood, Plan, Reading, Work, plan
from traitscope.planning.disk import PROJECTED


def planned(tiny: Tiny) -> Plan:
    return plan(open_experiment(tiny.file))


def test_judged_answers_are_those_of_the_summary_but_for_an_arm_that_was_not_needed(finished: Tiny) -> None:
    found = planned(finished)
    # With a threshold of 0 nothing is too strong: that arm is not there.
    spared = sum(one.work.spared for one in found.work)
    # Of 12 prompts and 5 questions, in two comparisons, those answered at equal length need no cutting.
    most = 2 * (12 + 5)
    assert spared == 2 * 5 + most
    cut = finished.json("summary.json")["counts"]["judged"] - (found.judged - spared)
    assert 0 <= cut <= most


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": 62},
        {"policy": "fixed", "strengths": [0.2, 0.4, 1.5], "threshold": 62},
        {"layers": "0:3", "steps": 3, "report_questions": "same", "threshold": 62},
    ],
)
def test_with_every_arm_the_judged_answers_are_exact_for_every_policy(
    tiny_experiment: Tiny, changes: dict[str, object]
) -> None:
    rewrite(tiny_experiment, steer=changes, infer=None, compare=None)
    tiny_experiment.run("extract", "steer")
    best = tiny_experiment.json("steer/sombre/chat/best.json")
    found = planned(tiny_experiment)
    steered = next(one.work for one in found.work if one.work.stage == "steer")
    missing = 0 if best["too_strong"] else steered.spared
    made = 2 * len(tiny_experiment.rows("steer/sombre/chat/scores.jsonl"))
    assert best["best"] is not None
    assert steered.answers - missing == made


def test_where_refinement_has_an_entry_of_its_own_the_second_proof_is_counted_as_perhaps_not_needed(
    tiny_experiment: Tiny,
) -> None:
    refining = {"layers": "1", "refine": "auto", "damage": True, "threshold": 62}
    rewrite(tiny_experiment, steer=refining, infer=None, compare=None)
    once = planned(tiny_experiment)
    rewrite(tiny_experiment, order=[{"do": "steer"}, {"do": "refine", "if": "time_left"}])
    found = planned(tiny_experiment)
    # The report questions are five, the instructions twenty.
    proof, elsewhere = 2 * 5 * arms_but_the_unsteered(tiny_experiment), 2 * 20
    assert found.judged - once.judged == proof + elsewhere
    assert spared(found) - spared(once) == proof + elsewhere
    tiny_experiment.run()
    made = tiny_experiment.json("summary.json")["counts"]["judged"]
    # The refinement found another winner.
    assert once.judged < made <= found.judged


def spared(found: Plan) -> int:
    return sum(one.work.spared for one in found.work)


def arms_but_the_unsteered(tiny: Tiny) -> int:
    """With the one that is too strong."""
    settings = open_experiment(tiny.file).config.steer
    assert settings is not None
    # The winner, shuffled labels, the prompt, and too strong; random ones, and the one other trait's.
    return 4 + settings.random_arms + min(settings.other_arms, 1)


def test_batches_readings_and_likelihoods_are_what_the_engine_was_asked_for(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    found = planned(tiny_experiment)
    tiny_experiment.run()
    work = [one.work for one in found.work]
    decodings = [batch for one in work for batch in one.decodings]
    # The arm that was not needed would have filled a batch more; variants of the same weights share theirs.
    assert len(engine.batches) == round(sum(batch.share for batch in decodings)) - 1
    # What a comparison may be spared is judged by words alone.
    spared = sum(one.spared for one in work if one.stage == "steer") // 2
    assert engine.decoded == sum(batch.rows for batch in decodings) - spared
    likelihoods = [
        batch
        for one in work
        for batch in one.batches
        if isinstance(batch, Likelihood) and not one.subject.endswith(": damage")
    ]
    assert engine.judged == sum(batch.rows for batch in likelihoods) - 2 * spared
    readings = [batch for one in work for batch in one.batches if isinstance(batch, Reading)]
    assert engine.read <= sum(batch.rows for batch in readings)


def test_what_is_read_to_measure_damage_is_what_is_planned(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.steer import damage, knowledge
    from traitscope.pipeline.steer.push_costs import Gauge

    rewrite(tiny_experiment, infer=None, compare=None, steer={"damage": True})
    asked: list[tuple[int, int]] = []
    arms: list[int] = []
    read, measured = knowledge.log_probabilities, Gauge.measure

    def counted(model: Any, prompts: Any, *rest: Any) -> Any:
        asked.append((len(prompts), len(set(prompts))))
        return read(model, prompts, *rest)

    def counted_arms(gauge: Gauge, pushes: Any) -> Any:
        if gauge.count == damage.PROMPTS:
            arms.append(len(pushes))
        return measured(gauge, pushes)

    monkeypatch.setattr(knowledge, "log_probabilities", counted)
    monkeypatch.setattr(Gauge, "measure", counted_arms)
    tiny_experiment.run("extract", "steer")
    work = next(one.work for one in planned(tiny_experiment).work if one.work.subject == "sombre: damage")
    likelihoods = [batch for batch in work.batches if isinstance(batch, Likelihood)]
    assert asked == [(batch.rows, batch.prompts) for batch in likelihoods]
    readings = [batch for batch in work.batches if isinstance(batch, Reading)]
    # Nothing was too strong; one reading is unsteered, and the prompt's is no push.
    assert arms == [len(readings) - 3]
    assert {batch.rows for batch in readings} == {damage.PROMPTS}
    assert {batch.scored for batch in readings} == {FIRST_TOKENS}


def test_every_sample_of_a_scene_is_completed_and_read_and_a_scene_stored_once(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    once = extraction(tiny_experiment)
    tiny_experiment.change("extract: {", "extract: {samples: 3, temperature: 1.0, ")
    found = extraction(tiny_experiment)
    tiny_experiment.run("extract")
    decoded = [batch.rows for work in found.values() for batch in work.decodings]
    scenes = 2 * 40 * 3 + sum(batch.rows for batch in found["neutral scenes"].decodings)
    assert ([len(rows) for rows in engine.batches], engine.decoded) == (decoded, scenes)
    read = [batch.rows for work in found.values() for batch in work.batches if isinstance(batch, Reading)]
    # What ended before its first token is not read.
    assert engine.read <= sum(read) == scenes
    assert found["sombre: completions"].read == 3 * once["sombre: completions"].read
    assert found["sombre"].disk == once["sombre"].disk


def extraction(tiny: Tiny) -> dict[str, Work]:
    return {one.work.subject: one.work for one in planned(tiny).work if one.work.stage == "extract"}


def test_a_quantized_variant_is_planned_with_fewer_bytes_and_called_so(finished: Tiny) -> None:
    whole = {one.name: one for one in planned(finished).variants}
    finished.change("base:  {model:", "base:  {quantization: nf4, model:")
    found = {one.name: one for one in planned(finished).variants}
    assert found["base"].number_format == "float32, nf4"
    assert found["base"].needed.weights < 0.6 * whole["base"].needed.weights
    assert found["chat"].needed == whole["chat"].needed


def test_generated_tokens_are_an_upper_bound_that_only_early_ends_stay_below(finished: Tiny) -> None:
    found = planned(finished)
    made = finished.json("summary.json")["counts"]["generated_tokens"]
    assert made <= found.generated
    completions = finished.rows("extract/sombre/base/completions.jsonl")
    one = next(one.work for one in found.work if one.work.subject == "sombre: completions")
    ended = sum(6 - len(row["ids"]) for row in completions)
    assert one.generated - ended == sum(len(row["ids"]) for row in completions)


def test_prompts_are_as_long_as_the_run_rendered_them(finished: Tiny) -> None:
    found = planned(finished)
    by_subject = {one.work.subject: one.work for one in found.work}
    for subject, file in (
        ("sombre: completions", "extract/sombre/base/completions.jsonl"),
        ("chat answers everyday", "infer/chat/everyday/own/responses.jsonl"),
        ("moved answers questions-sombre", "infer/moved/questions-sombre/own/responses.jsonl"),
    ):
        assert by_subject[subject].read == sum(len(row["prompt"]) for row in finished.rows(file)), subject


@pytest.mark.parametrize(
    "infer",
    [
        {},
        {"store_dtype": "float32", "sides": "all", "layers": "0"},
        {"components": ["residual", "mlp_out"], "sides": "prompt"},
        {"store": "mean"},
        {"store": "none"},
    ],
)
def test_a_store_of_answers_that_run_to_their_end_takes_the_bytes_that_are_planned(
    tiny_experiment: Tiny, infer: dict[str, object]
) -> None:
    settings = {"variants": ["chat", "moved"], "prompts": "everyday", "new_tokens": 12} | infer
    pairs = {"pairs": [{"before": "chat", "after": "moved"}], "against": "covariance"}
    rewrite(tiny_experiment, steer=None, infer=settings, compare=pairs)
    tiny_experiment.run("extract", "infer")
    work = {one.work.subject: one.work for one in planned(tiny_experiment).work if one.work.stage == "infer"}
    for variant in ("chat", "moved"):
        answers = tiny_experiment.rows(f"infer/{variant}/everyday/own/responses.jsonl")
        assert all(len(row["ids"]) == 12 for row in answers)
    for subject, folder in {
        "chat reads its own words": "chat/everyday/own",
        "chat reads moved's words": "chat/everyday/read-moved",
    }.items():
        store = tiny_experiment.root / "infer" / folder
        files = [store / "index.jsonl", *store.glob("*/*.safetensors")]
        table = PROJECTED * len(pl.read_parquet(store / "projections.parquet"))
        stored = sum(path.stat().st_size for path in files)
        assert work[subject].disk - table == pytest.approx(stored, rel=0.02)


def test_the_banks_scenes_are_planned_as_they_are_completed_and_read(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    tiny_experiment.run("extract")
    found = extraction(tiny_experiment)
    work = found.pop("neutral scenes")
    made = tiny_experiment.rows("bank/base/completions.jsonl")
    # Of six tokens the position reaches three.
    assert {len(row["ids"]) for row in made} <= {1, 2, 3}
    assert sum(batch.rows for batch in work.decodings) == len(made) == 36
    assert sum(batch.prompt_tokens for batch in work.decodings) == sum(len(row["prompt"]) for row in made)
    assert work.generated == 3 * len(made)
    others = [batch for one in found.values() for batch in one.decodings]
    assert len(engine.batches) == len(work.decodings) + len(others)
    read = [
        batch.rows for one in (work, *found.values()) for batch in one.batches if isinstance(batch, Reading)
    ]
    assert engine.read <= sum(read)
    stored = (tiny_experiment.root / "bank/base/activations.safetensors").stat().st_size
    lines = (tiny_experiment.root / "bank/base/completions.jsonl").stat().st_size
    # Ids are shorter here than those of a large vocabulary.
    assert stored + lines < work.disk < 1.5 * (stored + lines)


@pytest.mark.parametrize("changes", [{"against": "covariance"}, {"pairs": []}])
def test_without_foreign_contrasts_no_bank_is_planned(finished: Tiny, changes: dict[str, object]) -> None:
    pairs = {"pairs": [{"before": "chat", "after": "moved"}]}
    rewrite(finished, compare=pairs | changes)
    assert "neutral scenes" not in extraction(finished)


def test_a_plan_takes_batch_rows_and_dtype_as_they_were_first_resolved(finished: Tiny) -> None:
    finished.change("run: {batch_rows: 16, threads: 1}", "run: {threads: 1}")
    found = planned(finished)
    assert (found.batch_rows, found.variants[0].dtype) == (16, "float32")


def test_a_probe_is_remembered_and_used(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch, load_model: Callable[[Path], object]
) -> None:
    from traitscope.pipeline.probing import probe
    from traitscope.progress import Silence

    before = planned(tiny_experiment)
    assert not any(one.pace.measured for one in before.variants)
    probe(open_experiment(tiny_experiment.file), before, Silence())
    after = planned(tiny_experiment)
    assert all(one.pace.measured for one in after.variants)
    assert after.seconds > 0
    assert "measured here" in after.variants[0].pace.source
    tiny_experiment.change("batch_rows: 16", "batch_rows: 8")
    assert not any(one.pace.measured for one in planned(tiny_experiment).variants)
