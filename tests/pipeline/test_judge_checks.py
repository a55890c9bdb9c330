"""The stage that checks judges: what passes, what fails, what cannot be checked, and who hears of it."""

import json
from typing import Any

import pytest
from judged_run import (
    REAL_LEXICON,
    ChatServer,
    Notebook,
    grief,
    nonsense,
    rewrite,
    run_told,
    served,
    stub_encoder,
    stub_features,
    write_labelled,
)
from tiny_run import Engine, Tiny

from traitscope.config import SteerSettings
from traitscope.errors import InputError
from traitscope.steering import Arm, Verdict

CHECK = "judges/sombre/lexicon/check.json"
GOOD = ("wonderful and happy", "in the usual place", "horrible and miserable")
"""Endings of answers, and what the real lexicon makes of them: the trait is a sad mood."""


@pytest.fixture
def real_lexicon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traitscope.judging.lexicon.lexicon_score", REAL_LEXICON)


@pytest.fixture
def checkable(unjudged: Tiny, real_lexicon: None) -> Tiny:
    """One trait with labelled answers on which the lexicon is right; nothing is steered, only vetted."""
    write_labelled(unjudged, moods())
    rewrite(unjudged, steer=None, vet={"judge": "lexicon"})
    return unjudged


def moods(right: bool = True) -> list[tuple[str, str, float]]:
    """Labelled answers, three to a question."""
    found = []
    for number in range(24):
        label = (10.0, 50.0, 90.0)[number % 3]
        answer = f"The {number}th day was {GOOD[number % 3]}."
        found.append((f"How was day {number // 3}?", answer, label if right else 100 - label))
    return found


def cautions(tiny: Tiny) -> list[str]:
    """What stands at the top of the report, as its view holds it."""
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look
    from traitscope.pipeline.report.views import report_view

    return list(report_view(look(open_experiment(tiny.file))).experiment.cautions)


def test_a_judge_that_passes_is_no_caution(checkable: Tiny) -> None:
    told = run_told(checkable)
    found = checkable.json(CHECK)
    assert (found["passed"], found["failures"]) == (True, [])
    assert found["agreement"]["auc"] == 1
    assert found["injections_bind"] is False
    assert cautions(checkable) == []
    judge = checkable.json("summary.json")["traits"]["sombre"]["judge"]
    assert (judge["check"], judge["check_reason"]) == ("passed", "")
    assert not any("fails its check" in line for line in told.said)
    assert not checkable.run()


def test_a_judge_that_fails_is_named_at_the_top_of_every_report(checkable: Tiny) -> None:
    write_labelled(checkable, moods(right=False))
    told = run_told(checkable)
    failures = checkable.json(CHECK)["failures"]
    assert failures
    assert f"sombre: judge lexicon fails its check: {failures[0]}" in told.said
    (caution,) = cautions(checkable)
    assert caution.startswith("sombre: the judge 'lexicon' failed its check: ")
    assert all(failure in caution for failure in failures)
    markdown = (checkable.root / "report/report.md").read_text()
    assert markdown.index("the judge 'lexicon' failed its check") < markdown.index("## Verdicts")
    page = (checkable.root / "report/index.html").read_text()
    masthead = page.split("</header>")[0]
    assert '<p class="caution">sombre: the judge &#39;lexicon&#39; failed its check' in masthead
    judge = checkable.json("summary.json")["traits"]["sombre"]["judge"]
    assert (judge["check"], judge["check_reason"]) == ("failed", "; ".join(failures))


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([], "there are 0 labelled answers, and a check takes 20"),
        (moods()[:1], "there is 1 labelled answer, and a check takes 20"),
        ([one for one in moods() * 3 if one[2] < 50][:20], "all labelled answers score below 50"),
        ([one for one in moods() * 3 if one[2] >= 50][:20], "all labelled answers score 50 or more"),
    ],
)
def test_a_judge_that_cannot_be_checked_stops_nothing_and_is_named(
    checkable: Tiny, answers: list[tuple[str, str, float]], reason: str
) -> None:
    write_labelled(checkable, answers)
    checkable.run("vet", "extract", "check")
    assert checkable.states()["check: sombre: lexicon"] == "skipped"
    assert cautions(checkable) == [f"sombre: the judge 'lexicon' is unchecked: {reason}."]


def test_judges_that_stand_alike_are_named_in_one_sentence(checkable: Tiny, server: ChatServer) -> None:
    (checkable.folder / "traits/sombre/labelled.jsonl").unlink()
    rewrite(
        checkable,
        traits=["sombre", "tidy"],
        judges={"served": served(server.url)},
        vet={"judge": {"sombre": "served", "tidy": "served"}},
    )
    checkable.run("extract")
    (caution,) = cautions(checkable)
    assert caution.startswith(
        "sombre and tidy: the judge 'served' is unchecked: there are 0 labelled answers"
    )


def test_changed_labels_make_the_check_untrue_and_nothing_else(checkable: Tiny, engine: Engine) -> None:
    checkable.run()
    engine.broken = True
    write_labelled(checkable, moods()[:-1])
    assert checkable.stale() == {"check: sombre: lexicon", "report"}
    (caution,) = cautions(checkable)
    assert caution.endswith("is unchecked: its check has not been run, or is no longer true.")
    checkable.run()
    assert checkable.json(CHECK)["agreement"]["answers"] == 23
    assert f"judges/sombre/lexicon/{'check.html'}" in checkable.archived()


def test_the_check_of_a_classifier_follows_the_scenes_it_must_share_nothing_with(
    checkable: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    write_labelled(checkable, grief())
    rewrite(checkable, vet={"judge": "classifier"})
    checkable.run("vet", "extract", "check")
    assert checkable.json("judges/sombre/classifier/check.json")["judge"]["circular"] is False
    scene = (checkable.folder / "traits/sombre/positive.txt").read_text().splitlines()[0]
    checkable.change(scene, grief()[3][1].rstrip("."), "traits/sombre/positive.txt")
    assert "check: sombre: classifier" in checkable.stale()
    checkable.run("vet", "extract", "check")
    assert checkable.json("judges/sombre/classifier/check.json")["judge"]["circular"] is True
    assert "circular" in checkable.json("summary.json")["traits"]["sombre"]["judge"]["label"]


def test_a_classifier_that_knows_a_completion_is_circular(
    checkable: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    checkable.run("extract")
    rows = checkable.rows("extract/sombre/base/completions.jsonl")
    completion = max((row["text"] for row in rows), key=lambda text: len(text.split()))
    known = [(q, completion if number == 4 else a, s) for number, (q, a, s) in enumerate(grief())]
    write_labelled(checkable, known)
    rewrite(checkable, vet={"judge": "classifier"})
    checkable.run("vet", "extract", "check")
    assert checkable.json("judges/sombre/classifier/check.json")["judge"]["circular"] is True
    assert (
        checkable.json("extract/sombre/base/vetting.manifest.json")["judge"]["identity"]["circular"] is True
    )


def test_the_page_of_a_check_holds_its_figures(checkable: Tiny) -> None:
    checkable.run("vet", "extract", "check")
    page = (checkable.root / "judges/sombre/lexicon/check.html").read_text()
    assert "<h1>sombre: lexicon</h1>" in page
    assert "Passed." in page
    assert '<th scope="row">AUC, labels from 50 on</th><td class="num">1.00</td>' in page
    assert page.count("<svg") == 1


@pytest.mark.parametrize(
    ("means", "failures"),
    [
        ({"plain": 92.0, "prompted": 90.0, "moderate": 75.0, "strong": 20.0}, 0),
        ({"plain": 92.0, "prompted": 80.0, "moderate": 75.0, "strong": 20.0}, 1),
        ({"plain": 92.0, "prompted": 90.0, "moderate": 20.0, "strong": 75.0}, 1),
        ({"plain": 92.0, "prompted": 20.0, "moderate": 10.0, "strong": 75.0}, 3),
    ],
)
def test_coherence_passes_where_only_what_is_steered_too_far_scores_low(
    unjudged: Tiny, monkeypatch: pytest.MonkeyPatch, means: dict[str, float], failures: int
) -> None:
    def by_group(*arguments: Any) -> list[float]:
        return [means[row["group"]] for row in arguments[4]]

    monkeypatch.setattr("traitscope.pipeline.check.coherence_groups.coherence_scores", by_group)
    unjudged.run("extract", "check")
    found = unjudged.json("judges/sombre/likelihood-coherence/check.json")
    assert found["means"] == means
    assert (len(found["failures"]), found["passed"]) == (failures, failures == 0)


def test_the_likelihood_is_checked_on_answers_steered_a_little_and_too_far(unjudged: Tiny) -> None:
    told = run_told(unjudged, "extract", "check")
    found = unjudged.json("judges/sombre/likelihood-coherence/check.json")
    assert set(found["means"]) == {"plain", "prompted", "moderate", "strong"}
    # Four questions, the middle one of two layers.
    assert found["counts"] == {"plain": 4, "prompted": 4, "moderate": 4, "strong": 4}
    assert all(0 <= mean <= 100 for mean in found["means"].values())
    answers = unjudged.rows("judges/sombre/likelihood-coherence/answers.jsonl")
    assert {(row["group"], row["layer"]) for row in answers} == {
        ("plain", -1),
        ("prompted", -1),
        ("moderate", 2),
        ("strong", 2),
    }
    announced = dict(zip(told.begun, told.rows, strict=True))
    assert announced["check sombre: judge likelihood (coherence)"] == (16, 16)


def test_another_push_makes_the_check_of_coherence_untrue(unjudged: Tiny) -> None:
    unjudged.run("extract", "check")
    rewrite(unjudged, steer={"push": "suppress"})
    assert unjudged.stale() >= {"check: sombre: likelihood (coherence)"}


def test_a_judge_behind_an_endpoint_is_checked_with_and_without_its_memory(
    checkable: Tiny, server: ChatServer
) -> None:
    rewrite(checkable, judges={"served": served(server.url)}, vet={"judge": "served"})
    checkable.run("vet", "extract")
    start = len(server.bodies)
    told = run_told(checkable, "check")
    prompts = [str(body["messages"][-1]["content"]) for body in server.bodies[start:]]
    counting = [prompt for prompt in prompts if "[BEGIN ANSWER" not in prompt]
    assert len(counting) == 1
    found = checkable.json("judges/sombre/served/check.json")
    # 24 labelled, 24 cut and 24 lengthened, 2 x 20 asked anew, attacks and their controls.
    attacks = len(found["injections"])
    assert attacks >= 40
    again = len(prompts) - 1 - len(set(prompts) - set(counting))
    assert again == 2 * 20
    assert found["injections_bind"] is True
    assert found["repeated"]["mean_size"] == 0
    assert "failed" in {checkable.json("summary.json")["traits"]["sombre"]["judge"]["check"]}
    assert told.notes and told.notes[-1].startswith(f"{len(prompts)} calls, ")


def test_a_key_that_is_refused_is_no_fault_of_the_labels(checkable: Tiny, server: ChatServer) -> None:
    from chat_server import status

    rewrite(checkable, judges={"served": served(server.url)}, vet={"judge": "served"})
    server.fail(moods()[0][1], status(401, "who are you?"))
    with pytest.raises(InputError) as refused:
        checkable.run("vet", "extract", "check")
    assert "labelled.jsonl" not in str(refused.value)
    assert f"judge 'judge-large' at {server.url}: refuses the key (401: who are you?)" in str(refused.value)
    server.faults.clear()


@pytest.mark.parametrize(("learn", "result"), [("completions", "not_shown"), ("labelled", "shown")])
def test_what_a_circular_judge_says_is_never_shown(
    unjudged: Tiny, monkeypatch: pytest.MonkeyPatch, learn: str, result: str
) -> None:
    from traitscope.pipeline.steer import proving
    from traitscope.statistics import Interval

    def with_a_glorious_winner(_: list[Arm], settings: SteerSettings, circular: bool) -> Verdict:
        far = Interval(60, 50, 70, 5, "t")
        beaten = Arm("random_1", 30, 95, 5, 0, Interval(0, -1, 1, 5, "t"), far)
        return judge_winner([Arm("winner", 90, 95, 5, 1, far), beaten], settings, circular)

    judge_winner = proving.judge_winner
    monkeypatch.setattr(proving, "judge_winner", with_a_glorious_winner)
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    write_labelled(unjudged, grief())
    judge = {"kind": "classifier", "learn": learn, "force": True}
    rewrite(unjudged, judges={"learner": judge}, steer={"judge": "learner", "steps": 1})
    unjudged.run("extract", "steer")
    best = unjudged.json("steer/sombre/chat/best.json")
    assert best["result"] == result
    assert ("its judge is circular" in best["reason"]) is (learn == "completions")
    assert ("circular" in best["judge"]["label"] or "self-vetted" in best["judge"]["label"]) is (
        learn == "completions"
    )


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (grief(12), "there are 12 labelled answers to 4 questions, too few to train a classifier on"),
        (nonsense(), "a classifier that learns from them is not good enough to judge (held-out AUC 0."),
    ],
)
def test_a_classifier_that_cannot_judge_is_refused_before_anything_is_generated(
    unjudged: Tiny,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[tuple[str, str, float]],
    sentence: str,
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    write_labelled(unjudged, answers)
    rewrite(unjudged, steer={"judge": "classifier"})
    engine.broken = True
    with pytest.raises(InputError) as refused:
        unjudged.run()
    assert str(refused.value).startswith(f"{unjudged.folder / 'traits/sombre/labelled.jsonl'}: {sentence}")


def test_a_forced_classifier_works_and_its_failure_stands_at_the_top(
    unjudged: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    write_labelled(unjudged, nonsense())
    rewrite(
        unjudged, judges={"weak": {"kind": "classifier", "force": True}}, steer=None, vet={"judge": "weak"}
    )
    unjudged.run("vet", "extract", "check")
    (caution,) = cautions(unjudged)
    assert caution.startswith(
        "sombre: the judge 'weak' failed its check: answers labelled 50 and more are told"
    )


def checked(tiny: Tiny, trait: str = "sombre") -> list[Any]:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline.check.checking import check_trait

    return check_trait(open_experiment(tiny.file), trait, Notebook())


def test_one_traits_judges_are_checked_by_themselves(checkable: Tiny, engine: Engine) -> None:
    engine.broken = True
    (view,) = checked(checkable)
    assert (view.trait, view.judge, view.state, view.reasons) == ("sombre", "lexicon", "passed", ())
    assert view.page == "experiments/tiny/judges/sombre/lexicon/check.html"
    assert json.dumps(view.as_json())
    (again,) = checked(checkable)
    assert again == view


def test_coherence_waits_for_directions(unjudged: Tiny, engine: Engine) -> None:
    engine.broken = True
    trait, coherence = checked(unjudged)
    assert (trait.judge, trait.state) == ("lexicon", "unchecked")
    assert (coherence.judge, coherence.state) == ("likelihood (coherence)", "unchecked")
    assert "type first: traitscope extract" in coherence.reasons[0]


def test_a_trait_that_is_not_there_is_refused_with_those_that_are(checkable: Tiny) -> None:
    with pytest.raises(InputError, match="there is no trait 'gloom'; write sombre, the only choice"):
        checked(checkable, "gloom")


def test_a_trait_that_is_only_compared_goes_without_a_verdict_where_its_classifier_is_weak(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.pipeline.judge.judges.load_encoder", stub_encoder)
    monkeypatch.setattr("traitscope.judging.classifier.embed_layers", stub_features)
    write_labelled(tiny_experiment, nonsense(), "tidy")
    judge = {"sombre": "lexicon", "tidy": "classifier"}
    rewrite(tiny_experiment, steer={"judge": judge, "steps": 1})
    tiny_experiment.run()
    for comparison in tiny_experiment.json("summary.json")["comparisons"]:
        rows = {row["trait"]: row for row in comparison["ranking"]}
        assert (rows["tidy"]["verdict"], rows["tidy"]["behaviour"]) == ("cannot_tell", None)
        assert rows["tidy"]["behaviour_reason"].startswith("its judge is too weak: held-out AUC 0.")
        assert rows["sombre"]["behaviour"] is not None
    assert any("'classifier' failed its check: answers" in caution for caution in cautions(tiny_experiment))
    forced = {"kind": "classifier", "force": True}
    rewrite(tiny_experiment, judges={"weak": forced}, steer={"judge": judge | {"tidy": "weak"}})
    tiny_experiment.run()
    (first, _) = tiny_experiment.json("summary.json")["comparisons"]
    assert next(row for row in first["ranking"] if row["trait"] == "tidy")["behaviour"] is not None
