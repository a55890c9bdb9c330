"""Completed scenes before a judge, who sees the completion and nothing else; questions without steering."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from judged_run import (
    MODEL,
    ChatServer,
    Notebook,
    mean,
    opinion,
    rewrite,
    run_told,
    served,
    stub_encoder,
    stub_features,
    without_comparison,
)
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.vetting import Share

PAIRS = 24
EXTRACT = "extract/sombre/base"
COMPLETIONS = f"{EXTRACT}/completions.jsonl"
VETTING = f"{EXTRACT}/vetting.jsonl"
DIRECTIONS = f"{EXTRACT}/directions.safetensors"
CLASSIFIER = {"kind": "classifier", "learn": "completions", "force": True}


@pytest.fixture(scope="module")
def extracted(worked_on: Callable[[Callable[[Tiny], None]], Path], server: ChatServer) -> Path:
    """Scenes of one trait, extracted."""

    def extract(tiny: Tiny) -> None:
        without_comparison(tiny)
        more_scenes(tiny)
        rewrite(tiny, judges={"served": served(server.url)}, steer=None)
        tiny.run("extract")

    return worked_on(extract)


@pytest.fixture
def vetted(
    extracted: Path,
    copy_of: Callable[[Path], Tiny],
    server: ChatServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Tiny:
    """The same; the server would pass the completions of all pairs but two."""
    tiny = copy_of(extracted)
    monkeypatch.setattr(server, "says", {row["text"]: [(str(wanted(row)), 0.9)] for row in completions(tiny)})
    return tiny


def more_scenes(tiny: Tiny) -> None:
    """Four pairs more: some may be dropped."""
    for pole, end in (("positive", "grieved and felt"), ("negative", "rejoiced and felt")):
        path = tiny.folder / f"traits/sombre/{pole}.txt"
        more = [
            f"At {hour} the {who} of the mill {end}\n"
            for hour, who in enumerate(("cook", "groom", "nurse", "monk"))
        ]
        path.write_text(path.read_text() + "".join(more))


def completions(tiny: Tiny) -> list[dict[str, Any]]:
    """In the order of the scenes."""
    return sorted(tiny.rows(COMPLETIONS), key=lambda row: int(row["scene"]))


def wanted(row: dict[str, Any]) -> int:
    """A score on the pole's side, but for pair 0, whose positive completion shows nothing, and pair 1, whose
    negative one shows the trait."""
    if row["scene"] in (0, PAIRS + 1):
        return 50
    return 80 if row["scene"] < PAIRS else 10


def vet(tiny: Tiny, **settings: Any) -> None:
    rewrite(tiny, vet={"judge": "served", **settings})


def asked(server: ChatServer, start: int) -> list[str]:
    """Prompts about an answer, from a request on."""
    prompts = [str(body["messages"][-1]["content"]) for body in server.bodies[start:]]
    return [prompt for prompt in prompts if "[BEGIN ANSWER" in prompt]


def shown(tiny: Tiny) -> Any:
    """A trait's vetting as the report shows it."""
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look
    from traitscope.pipeline.report.views import vetting_view

    run = look(open_experiment(tiny.file))
    return vetting_view(run, run.traits["sombre"])


def test_pass_rates_and_the_worst_are_those_of_the_judges_scores(vetted: Tiny) -> None:
    vet(vetted)
    assert vetted.run("vet")
    found = vetted.json("summary.json")["traits"]["sombre"]["vetting"]
    assert found["judge"] == f"served: {MODEL}"
    assert found["positive_pass"] == found["negative_pass"] == pytest.approx(23 / 24)
    assert found["separation"] == pytest.approx((23 * 80 + 50) / 24 - (23 * 10 + 50) / 24)
    assert found["unscored"] == 0
    view = shown(vetted)
    assert {(one.pole, one.line, round(one.score)) for one in view.worst[:2]} == {
        ("positive", 1, 50),
        ("negative", 2, 50),
    }
    assert isinstance(view.found.positive, Share)
    assert not vetted.run("vet")


def test_the_judge_sees_the_completion_and_nothing_of_its_scene(vetted: Tiny, server: ChatServer) -> None:
    start = len(server.bodies)
    vet(vetted)
    vetted.run("vet")
    prompts = asked(server, start)
    texts = {row["text"] for row in completions(vetted)}
    assert len(prompts) == len(texts)
    answers = [
        re.search(r"\[BEGIN ANSWER (\w+)\]\n(.*)\n\[END ANSWER \1\]", p, re.DOTALL)[2] for p in prompts
    ]  # type: ignore[index]
    assert set(answers) == texts
    for pole in ("positive", "negative"):
        for scene in (vetted.folder / f"traits/sombre/{pole}.txt").read_text().splitlines():
            assert not any(scene in prompt for prompt in prompts)
    assert not any("grieved" in prompt or "rejoiced" in prompt for prompt in prompts)
    assert not any("positive" in prompt or "negative" in prompt for prompt in prompts)


def test_bounds_count_anew_and_ask_nothing(vetted: Tiny, server: ChatServer) -> None:
    vet(vetted)
    vetted.run("vet")
    start = len(server.bodies)
    vet(vetted, positive=50, negative=49)
    assert not vetted.run("vet")
    found = vetted.json("summary.json")["traits"]["sombre"]["vetting"]
    assert (found["positive_pass"], found["negative_pass"]) == (1, pytest.approx(23 / 24))
    assert len(server.bodies) == start


def test_without_a_filter_directions_are_what_they_were(vetted: Tiny, engine: Engine) -> None:
    before = (vetted.root / DIRECTIONS).read_bytes()
    print_before = vetted.json(f"{EXTRACT}/manifest.json")["fingerprint"]
    engine.broken = True
    vet(vetted, filter="none")
    vetted.run("vet", "extract")
    assert vetted.states()["extract: sombre"] == "done"
    assert vetted.json(f"{EXTRACT}/manifest.json")["fingerprint"] == print_before
    assert (vetted.root / DIRECTIONS).read_bytes() == before


def test_a_filter_drops_whole_pairs_and_says_how_far_that_turns_the_direction(vetted: Tiny) -> None:
    from safetensors.torch import load_file

    all_scenes = load_file(vetted.root / EXTRACT / "activations.safetensors")
    vet(vetted, filter="pairs")
    assert "extract: sombre" in vetted.stale()
    told = run_told(vetted, "vet", "extract", "report")
    kept = load_file(vetted.root / EXTRACT / "activations.safetensors")
    for pole in ("positive", "negative"):
        assert kept[pole].equal(all_scenes[pole][2:])
    whole, part = (one["positive"].mean(0) - one["negative"].mean(0) for one in (all_scenes, kept))
    cosines = (whole * part).sum(-1) / whole.norm(dim=-1) / part.norm(dim=-1)
    sentence = (
        "22 of 24 pairs pass vetting; the mean difference with and without the filter has a cosine of "
        f"{cosines.median():.2f} at the median layer, {cosines.min():.2f} at the lowest"
    )
    assert f"sombre: {sentence}" in told.said
    assert not any("no token at the position" in line for line in told.said)
    assert vetted.json("summary.json")["traits"]["sombre"]["pairs"] == 22
    for name in ("report/report.md", "report/index.html"):
        report = (vetted.root / name).read_text()
        assert "22 of 24 pairs that pass" in report
        assert f"cosine of {cosines.median():.2f} at the median layer" in report


def test_too_few_pairs_that_pass_are_refused_with_the_way_out(vetted: Tiny) -> None:
    vet(vetted, filter="pairs", positive=90)
    with pytest.raises(InputError) as refused:
        vetted.run("vet", "extract")
    assert str(refused.value).startswith(f"{vetted.file}, vet.filter: only 0 of 24 pairs of 'sombre' pass")
    assert "a direction takes 20" in str(refused.value)
    assert "filter: none" in str(refused.value)


def test_scenes_that_are_no_pairs_cannot_be_filtered(vetted: Tiny, engine: Engine) -> None:
    path = vetted.folder / "traits/sombre/negative.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    vet(vetted, filter="pairs")
    engine.broken = True
    with pytest.raises(
        InputError, match=r"the scenes of trait 'sombre' are no pairs \(24 positive, 23 negative"
    ):
        vetted.run()


def test_directions_are_not_filtered_by_what_is_not_vetted_yet(vetted: Tiny) -> None:
    vet(vetted, filter="pairs")
    with pytest.raises(
        InputError, match="'extract' rests on 'vet', which is missing; type first: traitscope vet"
    ):
        vetted.run("extract")


def test_an_edited_scene_is_judged_alone(vetted: Tiny, server: ChatServer) -> None:
    vet(vetted)
    vetted.run("vet")
    before = {row["scene"]: row["text"] for row in completions(vetted)}
    start = len(server.bodies)
    vetted.change("At 0 the cook", "At nine o'clock the cook", "traits/sombre/positive.txt")
    assert {"vet: sombre", "extract: sombre: completions"} <= vetted.stale()
    vetted.run("vet")
    changed = [row["text"] for row in completions(vetted) if row["text"] != before[row["scene"]]]
    (prompt,) = asked(server, start)
    assert f"]\n{changed[0]}\n[" in prompt and len(changed) == 1
    assert {row["scene"] for row in vetted.rows(VETTING)} == set(range(2 * PAIRS))


def test_completions_made_again_are_each_counted_once(vetted: Tiny) -> None:
    vet(vetted)
    vetted.run("vet")
    path = vetted.root / COMPLETIONS
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0]["text"] = "quite another one"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (vetted.root / EXTRACT / "vetting.manifest.json").write_text(
        (vetted.root / EXTRACT / "vetting.manifest.json")
        .read_text()
        .replace('"state": "done"', '"state": "running"')
    )
    vetted.run("vet")
    found = shown(vetted).found
    assert (found.positive.of, found.negative.of) == (PAIRS, PAIRS)


def test_a_word_lost_on_the_way_is_asked_for_when_vetting_goes_on(vetted: Tiny, server: ChatServer) -> None:
    from chat_server import status

    vet(vetted)
    server.fail(completions(vetted)[5]["text"], status(400, "too long"))
    manifest = vetted.root / EXTRACT / "vetting.manifest.json"
    vetted.run("vet")
    assert vetted.json("summary.json")["traits"]["sombre"]["vetting"]["unscored"] == 1
    manifest.write_text(manifest.read_text().replace('"state": "done"', '"state": "running"'))
    vetted.run("vet")
    assert vetted.json("summary.json")["traits"]["sombre"]["vetting"]["unscored"] == 0


def test_a_classifier_that_learned_the_completions_scores_them_out_of_fold_and_says_so(
    vetted: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.judging import train_on_completions

    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    rewrite(vetted, judges={"by_pole": CLASSIFIER}, vet={"judge": "by_pole"})
    vetted.run("vet", "report")
    texts = [row["text"] for row in completions(vetted)]
    learned = train_on_completions(stub_encoder(), texts[:PAIRS], texts[PAIRS:], True, 0)
    scores = {row["scene"]: row["score"] for row in vetted.rows(VETTING)}
    expected = dict(enumerate(learned.out_of_fold))
    assert {scene: score for scene, score in scores.items() if score is not None} == pytest.approx(
        {scene: expected[scene] for scene, score in scores.items() if score is not None}
    )
    label = f"by_pole (held-out AUC {learned.held_out_auc:.2f}, self-vetted)"
    assert vetted.json("summary.json")["traits"]["sombre"]["vetting"]["judge"] == label
    for name in ("report/report.md", "report/index.html"):
        report = (vetted.root / name).read_text()
        assert f"Vetted by {label}, which saw completions without their scenes" in report
        assert " %, self-vetted" in report
    assert "self-vetted" in terminal_table(vetted)


def test_completions_that_a_classifier_cannot_tell_apart_are_refused_in_a_sentence(
    vetted: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    rewrite(vetted, judges={"by_pole": CLASSIFIER | {"force": False}}, vet={"judge": "by_pole"})
    with pytest.raises(
        InputError, match="the completions of 'sombre': a classifier cannot tell the poles apart"
    ):
        vetted.run("vet")


def test_without_the_stage_every_table_says_not_vetted(judged: Tiny) -> None:
    assert "sombre: not vetted" in terminal_table(judged)
    for name in ("report/report.md", "report/index.html"):
        report = (judged.root / name).read_text()
        assert report.count("ot vetted") >= 2
    assert judged.json("summary.json")["traits"]["sombre"]["vetting_reason"] == "not vetted"
    assert judged.json("summary.json")["stages"]["vet"]["state"] == "skipped"


def test_a_trait_that_the_judge_cannot_score_is_left_out_and_that_is_said(vetted: Tiny) -> None:
    rewrite(vetted, traits=["sombre", "tidy"], vet={"judge": "lexicon", "filter": "pairs"})
    vetted.run("vet")
    assert vetted.states()["vet: sombre"] == "done"
    assert vetted.states()["vet: tidy"] == "skipped"
    reason = vetted.json("summary.json")["traits"]["tidy"]["vetting_reason"]
    assert reason == "not vetted: the judge under vet cannot score it"
    assert f"tidy: {reason}" in terminal_table(vetted)


def test_a_missing_key_is_said_before_scenes_are_completed(
    unjudged: Tiny, server: ChatServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = served(server.url, key_env="NOT_SET_ANYWHERE")
    rewrite(unjudged, judges={"served": judge}, vet={"judge": "served"}, steer=None)
    engine.broken = True
    with pytest.raises(InputError, match="the environment variable NOT_SET_ANYWHERE is not set"):
        unjudged.run()


def questions(tiny: Tiny, told: Notebook) -> Any:
    """`vet --questions`: what it found of the one trait."""
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import running
    from traitscope.pipeline.vet.questions import vet_questions

    with running(open_experiment(tiny.file), told) as run:
        return vet_questions(run)["sombre"]


def test_questions_are_judged_without_steering_and_resumed(
    judged: Tiny, server: ChatServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = len(server.bodies)
    found = questions(judged, Notebook())
    rows = judged.rows("steer/sombre/chat/questions.jsonl")
    asked_for = json.loads((judged.folder / "traits/sombre/steering.json").read_text())["questions"]
    assert engine.decoded == len(rows) == len(asked_for) == 12
    answers = {row["question"]: row["text"] for row in rows}
    scores = [mean(opinion(answers[question])) for question in asked_for]
    assert (found.questions, found.unscored, found.judge) == (12, 0, "served: judge-large")
    assert found.check.mean == pytest.approx(sum(scores) / 12)
    centre = sum(scores) / 12
    assert found.check.spread == pytest.approx((sum((one - centre) ** 2 for one in scores) / 11) ** 0.5)
    high = {question for question, score in zip(asked_for, scores, strict=True) if score >= 25}
    assert {one.question for one in found.check.rewrite} == high
    ordered = sorted((score for score in scores if score >= 25), reverse=True)
    assert [one.score for one in found.check.rewrite] == pytest.approx(ordered)

    after = len(server.bodies)
    assert after > start
    engine.broken = True
    assert questions(judged, Notebook()) == found
    assert len(server.bodies) == after


def test_questions_are_drawn_as_steering_would_draw_them(judged: Tiny) -> None:
    questions(judged, Notebook())
    rewrite(judged, steer={"temperature": 1.0})
    questions(judged, Notebook())
    rows = judged.rows("steer/sombre/chat/questions.jsonl")
    greedy, drawn = rows[:12], rows[12:]
    assert len(drawn) == 12
    assert [row["text"] for row in drawn] != [row["text"] for row in greedy]


def test_questions_without_steer_or_without_questions_are_refused(judged: Tiny) -> None:
    path = judged.folder / "traits/sombre/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"questions": []}))
    with pytest.raises(InputError, match="questions: there are no questions"):
        questions(judged, Notebook())
    settings = yaml.safe_load(judged.file.read_text())
    del settings["steer"]
    judged.file.write_text(yaml.safe_dump(settings))
    with pytest.raises(InputError, match="there is no 'steer'"):
        questions(judged, Notebook())


def terminal_table(tiny: Tiny) -> str:
    """The table that a run prints last, on 80 columns, its lines joined."""
    import io

    from rich.console import Console

    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look
    from traitscope.pipeline.report.views import report_view
    from traitscope.report.terminal import summary_table

    stream = io.StringIO()
    Console(file=stream, width=80).print(summary_table(report_view(look(open_experiment(Path(tiny.file))))))
    return " ".join(stream.getvalue().split())
