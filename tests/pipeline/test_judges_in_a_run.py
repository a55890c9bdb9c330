"""A run whose judges are language models behind an endpoint: asked once, and stopped in a sentence."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from figures import figures
from judged_run import KEY_NAME, MODEL, SECRET, ChatServer, changed, mean, opinion, rewrite, run_told, served
from tiny_run import Tiny

from traitscope.errors import InputError, WorkError

SCORES = "steer/sombre/chat/scores.jsonl"
ANSWERS = "steer/sombre/chat/answers.jsonl"
BEST = "steer/sombre/chat/best.json"


class Heard:
    """What the server was asked since the test began."""

    def __init__(self, chat: ChatServer) -> None:
        self.chat, self.start = chat, len(chat.bodies)

    @property
    def all(self) -> list[str]:
        """Prompts of all requests, the first one of a run included."""
        return [str(body["messages"][-1]["content"]) for body in self.chat.bodies[self.start :]]

    @property
    def judged(self) -> list[str]:
        """Prompts that hold an answer."""
        return [prompt for prompt in self.all if "[BEGIN ANSWER" in prompt]

    @property
    def traits(self) -> list[str]:
        return [prompt for prompt in self.judged if "You score one answer for one trait" in prompt]


@pytest.fixture
def heard(server: ChatServer) -> Heard:
    return Heard(server)


def rows(tiny: Tiny) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Answers with their scores."""
    scores = {(row["batch"], row["row"]): row for row in tiny.rows(SCORES)}
    return [(row, scores[row["batch"], row["row"]]) for row in tiny.rows(ANSWERS)]


def said(answer: str) -> float:
    """What the server makes of an answer."""
    return mean(opinion(answer))


def test_trait_and_coherence_are_what_the_endpoint_said(judged: Tiny) -> None:
    found = rows(judged)
    assert len(found) == len(judged.rows(SCORES)) >= 4 + 2 * 2 * 4 + 5 * 5
    for answer, score in found:
        if answer["text"].strip():
            expected = pytest.approx(said(answer["text"]))
            assert (score["trait"], score["coherence"]) == (expected, expected)
            assert (score["judge"], score["coherence_judge"]) == (MODEL, MODEL)
            assert score["mass"] == pytest.approx(sum(p for _, p in opinion(answer["text"])))
    baseline = [said(a["text"]) for a, _ in found if (a["split"], a["arm"]) == ("search", "unsteered")]
    assert judged.json(BEST)["baseline"] == pytest.approx(sum(baseline) / len(baseline))


def test_tables_say_who_judged(judged: Tiny) -> None:
    assert judged.json("summary.json")["traits"]["sombre"]["judge"]["label"] == f"served: {MODEL}"
    report = (judged.root / "report/report.md").read_text()
    assert f"served: {MODEL}; coherence: served: {MODEL}" in report


def test_a_second_run_asks_nothing_and_needs_no_key(
    judged: Tiny, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_NAME)
    assert not judged.run()
    (judged.root / "report/report.md").unlink()
    assert judged.run()
    assert heard.all == []


def test_the_key_goes_to_the_endpoint_and_into_no_file(judged: Tiny, server: ChatServer) -> None:
    assert f"Bearer {SECRET}" in {headers["authorization"] for headers in server.headers}
    files = [path for path in judged.root.rglob("*") if path.is_file()]
    assert judged.root / "judge-cache.sqlite" in files
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


CHOSEN = ("steer: sombre: search", "steer: sombre: damage", "steer: sombre: specificity")


def test_a_changed_definition_asks_for_the_trait_anew_and_decodes_nothing(judged: Tiny, heard: Heard) -> None:
    answers = (judged.root / ANSWERS).read_bytes()
    texts = {row["text"] for row in judged.rows(ANSWERS) if row["text"].strip()}
    judged.change("What is sombre shows it.", "Grave is sombre, gay is not.", "traits/sombre/definition.txt")
    assert judged.stale() == {"steer: sombre: scores", *CHOSEN, "report"}
    judged.run()
    assert (judged.root / ANSWERS).read_bytes() == answers
    assert len(heard.judged) == len(heard.traits) == len(set(heard.traits))
    assert all("Grave is sombre, gay is not." in prompt for prompt in heard.traits)
    assert len(heard.traits) >= len(texts)
    assert "steer/sombre/chat/scores.jsonl" in judged.archived()


def test_settings_of_the_search_score_nothing_again(judged: Tiny, heard: Heard) -> None:
    before = judged.json(BEST)["evaluations"]
    judged.change("threshold: 0", "threshold: 1")
    assert judged.stale() == {*CHOSEN, "report"}
    judged.run()
    assert heard.all == []
    assert judged.json(BEST)["evaluations"] == before

    known = {row["text"] for row in judged.rows(ANSWERS)}
    judged.change("steps: 2", "steps: 3")
    judged.run()
    assert heard.judged
    assert not [prompt for prompt in heard.judged if any(f"]\n{text}\n[" in prompt for text in known)]


def test_a_run_killed_while_it_judges_asks_once_and_ends_with_the_same_figures(
    judged: Tiny, served_finished: Path, heard: Heard, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(judged.root)
    monkeypatch.setattr(server, "seconds", 0.03)
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "traitscope", "run", "tiny.yaml", "-q"], cwd=judged.folder, env=surroundings
    )
    end = time.monotonic() + 120
    while len(heard.traits) < 12:
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    monkeypatch.setattr(server, "seconds", 0.0)
    time.sleep(0.1)  # what was under way arrives
    assert not (judged.root / BEST).exists()
    judged.run()

    times = Counter(heard.judged)
    assert max(times.values()) <= 2
    assert sum(times.values()) - len(times) <= 4
    found, expected = figures(judged.root), figures(served_finished / "experiments/tiny")
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_a_judge_that_says_no_number_ends_in_a_sentence_and_not_in_figures(
    judged: Tiny, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {row["text"] for row in judged.rows(ANSWERS)}
    monkeypatch.setattr(server, "says", {text: [("Well", 0.8), ("7", 0.1)] for text in texts})
    judged.change("What is sombre shows it.", "Grave is sombre.", "traits/sombre/definition.txt")
    with pytest.raises(
        WorkError, match="unsteered answers have a trait score, so there is no baseline"
    ) as stop:
        judged.run()
    assert "mostly: " in str(stop.value) and "scores.jsonl" in str(stop.value)
    assert not (judged.root / BEST).exists()
    assert {row["trait"] for row in judged.rows(SCORES)} == {None}
    assert all(row["trait_reason"] for row in judged.rows(SCORES))
    assert judged.states()["steer: sombre: scores"] == "failed"
    trait = judged.json("summary.json")["traits"]["sombre"]
    assert (trait["result"], trait["baseline"]) == ("skipped", None)


def test_a_coherence_judge_that_says_no_number_ends_in_a_sentence(
    judged: Tiny, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat_server.opinion", lambda _: [("Well", 0.9)])
    rewrite(
        judged,
        judges={"other": served(server.url, model="another")},
        steer={"judge": "lexicon", "coherence": "other"},
    )
    with pytest.raises(WorkError, match=r"steer\.coherence: judge 'other': no scored answer among") as stop:
        judged.run()
    assert "traitscope judge cache tiny export" in str(stop.value)


def test_an_endpoint_without_probabilities_is_refused_with_the_way_out(
    judged: Tiny, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "probabilities", False)
    judged.change("What is sombre shows it.", "Grave is sombre.", "traits/sombre/definition.txt")
    with pytest.raises(InputError, match=r"tells no token probabilities.*mode: sampled"):
        judged.run()
    judge = served(server.url, mode="sampled", samples=2)
    rewrite(judged, judges={"served": judge})
    judged.run()
    label = f"served: {MODEL} (sampled)"
    assert judged.json("summary.json")["traits"]["sombre"]["judge"]["label"] == label
    for name in ("report/report.md", "report/index.html"):
        assert f"{label}; coherence: {label}" in (judged.root / name).read_text()


def test_words_that_were_lost_on_the_way_are_asked_for_again(judged: Tiny, server: ChatServer) -> None:
    from chat_server import status

    expected = judged.json(BEST)
    lost = [
        row["text"] for row in judged.rows(ANSWERS) if (row["split"], row["arm"]) == ("search", "unsteered")
    ]
    (judged.root / "judge-cache.sqlite").unlink()
    (judged.root / BEST).unlink()
    (judged.root / SCORES).unlink()
    for text in lost:
        # Coherence is asked for first, then the trait.
        server.fail(text, *[status(400, "this one is too long")] * 2)
    with pytest.raises(WorkError, match=r"no baseline \(mostly: the endpoint refuses this request \(400"):
        judged.run()
    judged.run()
    assert judged.json(BEST) == expected


def test_asking_for_engagement_besides_asks_nothing_that_was_asked(
    judged: Tiny, heard: Heard, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chat_server

    plain = chat_server.judgement

    def with_yes_and_no(chat: ChatServer, body: dict[str, Any], answer: str) -> dict[str, Any]:
        if "engages with its question" not in str(body):
            return plain(chat, body, answer)
        word = "yes" if engages(answer) else "no"
        return chat_server.completion(chat, body, [word], [[(word, 0.9)], [("<end>", 1.0)]])

    monkeypatch.setattr(chat_server, "judgement", with_yes_and_no)
    rewrite(judged, judges={"served": served(server.url, engagement=True)})
    judged.run()
    assert heard.judged and all("engages with its question at all" in prompt for prompt in heard.judged)
    found = [(row["text"], score["coherence"]) for row, score in rows(judged) if row["text"].strip()]
    assert {engages(text) for text, _ in found if said(text) > 50} == {True, False}
    for text, coherence in found:
        capped = said(text) > 50 and not engages(text)
        assert coherence == pytest.approx(50 if capped else said(text))


def engages(answer: str) -> bool:
    """Of half of all answers."""
    return len(answer) % 2 == 0


def test_answers_of_a_push_that_was_then_not_made_are_shown_nowhere(judged: Tiny) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look
    from traitscope.pipeline.report.views import report_view
    from traitscope.report import SteeringView

    # As a killed search leaves them whose lost scores then came, and turned it another way.
    for name in (ANSWERS, SCORES):
        found = judged.rows(name)
        batch = next(row["batch"] for row in judged.rows(ANSWERS) if row.get("step") == 2)
        strays = [
            {**row, "batch": "f" * 16, **({"coefficient": 0.125} if name == ANSWERS else {})}
            for row in found
            if row["batch"] == batch
        ]
        with (judged.root / name).open("a") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in strays)
    steering = report_view(look(open_experiment(judged.file))).traits[0].steering
    assert isinstance(steering, SteeringView)
    assert {len(one.answers) for one in steering.evaluations} == {4}
    assert len(steering.answers) == 5


def test_with_and_without_its_memory_a_judge_is_one(judged: Tiny) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline.judge.judges import Judges

    judges = Judges(open_experiment(judged.file), run_told(judged))
    reader = judges.of_coherence("served")
    bare = judges.without_memory("served")
    judges.close()
    assert reader is not None and bare is not None
    assert dict(reader.identity) == dict(bare.identity)
    assert judges.without_memory("served") is bare
    assert reader._judge._judge is bare  # one cap on calls and money, and weights loaded once


@pytest.mark.parametrize("stages", [("extract",), ("extract", "report")])
def test_no_judge_is_made_for_stages_that_ask_none(
    judged: Tiny, monkeypatch: pytest.MonkeyPatch, stages: tuple[str, ...]
) -> None:
    monkeypatch.delenv(KEY_NAME)
    judged.change("new_tokens: 6", "new_tokens: 5")
    assert judged.run(*stages)


def test_variants_are_compared_by_the_same_judge(judged: Tiny, heard: Heard) -> None:
    variants = yaml.safe_load(judged.file.read_text())["variants"]
    rewrite(
        judged,
        variants={name: variants[name] for name in ("base", "chat", "moved")},
        infer={"variants": ["chat", "moved"], "prompts": "everyday", "new_tokens": 12},
        compare=[{"before": "chat", "after": "moved"}],
    )
    judged.run()
    texts = [
        [
            row["text"]
            for folder in ("everyday", "questions-sombre")
            for row in judged.rows(f"infer/{variant}/{folder}/own/responses.jsonl")
        ]
        for variant in ("chat", "moved")
    ]
    differences = [said(b) - said(a) for a, b in zip(*texts, strict=True) if a.strip() and b.strip()]
    (ranking,) = judged.json("summary.json")["comparisons"][0]["ranking"]
    assert ranking["behaviour"] == pytest.approx(sum(differences) / len(differences))
    assert max(Counter(heard.judged).values()) == 1


def test_models_that_answer_under_one_name_are_named_at_the_top_and_in_the_table(
    judged: Tiny, server: ChatServer
) -> None:
    def another(reply: dict[str, Any]) -> None:
        reply["model"] = "judge-large-2026-11-01"

    answer = next(row["text"] for row in judged.rows(ANSWERS) if row["text"].strip())
    server.fail(answer, changed(another))
    judged.change("What is sombre shows it.", "Grave is sombre.", "traits/sombre/definition.txt")
    judged.run()
    best = judged.json(BEST)
    assert best["judge"]["answered_by"] == [MODEL, "judge-large-2026-11-01"]
    assert best["judge"]["label"] == f"served: {MODEL} and judge-large-2026-11-01"
    sentence = f"sombre: {MODEL} and judge-large-2026-11-01 answered as one judge (served)"
    assert sentence in (judged.root / "report/report.md").read_text()
    assert best["coherence_answered_by"] == [MODEL]


def test_a_comparison_names_the_judges_of_its_behaviour(judged: Tiny, server: ChatServer) -> None:
    judges = {"served": served(server.url), "rough": served(server.url, mode="sampled", samples=2)}
    rewrite(
        judged,
        traits=["sombre", "tidy"],
        judges=judges,
        steer={"traits": ["sombre"], "judge": {"sombre": "served", "tidy": "rough"}},
        infer={"variants": ["chat", "moved"], "prompts": "everyday", "new_tokens": 12},
        compare=[{"before": "chat", "after": "moved"}],
    )
    judged.run()
    sentence = f"Behaviour is scored by served: {MODEL} for sombre; rough: judge-large (sampled) for tidy."
    for name in ("report/report.md", "report/index.html"):
        assert sentence in (judged.root / name).read_text()
