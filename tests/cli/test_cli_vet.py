"""`traitscope vet`, typed: pass rates, the worst completions, questions without room, and what it refuses."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_place import Place, Typed, the_sentence, write_json


@pytest.fixture
def vetting(place: Place) -> Place:
    """Scenes to vetting, by the lexicon; nothing is compared."""
    for group in ("infer", "compare"):
        del place.settings[group]
    place.change("vet", {"judge": "lexicon"})
    return place


def test_vet_shows_pass_rates_and_the_worst_completions(vetting: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("vet", "tiny.yaml")
    assert answer.code == 0
    text = " ".join(answer.out.split())
    assert answer.out.startswith("sombre\n  Vetted by lexicon, which saw completions without their scenes: ")
    assert re.search(r"\d+ % \[\d+, \d+\] of the positive and \d+ % \[\d+, \d+\] of the negative", text)
    assert "The worst completions:" in text
    assert (
        len(re.findall(r"^    (?:positive|negative), line \d+, score \d+: ", answer.out, re.MULTILINE)) == 6
    )
    assert "vet sombre: 40 rows\n" in answer.err
    again = typed("vet", "tiny.yaml")
    assert (again.out, again.err) == (answer.out, "")


def test_vet_by_itself_extracts_nothing(vetting: Place, typed: Callable[..., Typed]) -> None:
    assert typed("vet", "tiny.yaml", "-q").code == 0
    made = {path.name for path in (vetting.made / "extract/sombre/base").iterdir()}
    assert {"completions.jsonl", "vetting.jsonl"} <= made
    assert "directions.safetensors" not in made


def test_vet_without_vet_in_the_file_says_what_to_add(place: Place, refusal: Callable[..., str]) -> None:
    sentence = refusal("vet", "tiny.yaml")
    assert sentence.startswith("tiny.yaml: there is no 'vet', so that nothing says who judges; add ")
    assert "vet: {judge: " in sentence


def test_questions_are_scored_and_those_without_room_listed(
    vetting: Place, typed: Callable[..., Typed]
) -> None:
    answer = typed("vet", "tiny.yaml", "--questions", "-q")
    assert answer.code == 0
    text = " ".join(answer.out.split())
    # A random network writes no word of feeling: the lexicon's middle, which leaves too little room.
    assert text.startswith(
        "sombre: to be rewritten 10 questions answered without steering, scored by lexicon"
    )
    assert "(below 25 leaves room)" in text
    assert "10 questions leave too little room: 50 How is the weather in town number " in text
    assert typed("vet", "tiny.yaml", "--questions").out == answer.out


def test_questions_without_steer_are_refused(vetting: Place, refusal: Callable[..., str]) -> None:
    del vetting.settings["steer"]
    vetting.write()
    assert "there is no 'steer'" in refusal("vet", "tiny.yaml", "--questions")


def test_pairs_are_filtered_only_where_there_are_pairs(vetting: Place, refusal: Callable[..., str]) -> None:
    file = vetting.trait / "positive.txt"
    file.write_text(f"{file.read_text()}At last the sailor wept and felt\n")
    vetting.change("vet", {"judge": "lexicon", "filter": "pairs"})
    assert refusal() == (
        "tiny.yaml, vet.filter: the scenes of trait 'sombre' are no pairs (21 positive, 20 negative ones); "
        "write 'none', or pair them."
    )


def test_too_few_passes_are_one_sentence(vetting: Place, typed: Callable[..., Typed]) -> None:
    vetting.change("vet", {"judge": "lexicon", "filter": "pairs"})
    answer = typed("run", "tiny.yaml", "-q")
    assert answer.code == 2
    sentence = the_sentence(answer.err.splitlines(keepends=True)[-1])
    assert re.match(
        r"tiny.yaml, vet.filter: only \d+ of 20 pairs of 'sombre' pass, and a direction", sentence
    )


def test_a_key_that_is_not_set_is_said_before_any_weights_are_loaded(
    vetting: Place, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    judge = {"kind": "openai", "model": "gpt", "base_url": "http://127.0.0.1:9/v1", "key_env": "NOT_SET"}
    vetting.settings["judges"] = {"mini": judge}
    vetting.change("vet", {"judge": "mini"})
    words = (
        "judge 'gpt' at http://127.0.0.1:9/v1: needs a key, and the environment variable NOT_SET is not set"
    )
    for command in ("vet", "run"):
        assert refusal(command, "tiny.yaml").startswith(words)
    vetting.change("vet", {"judge": "lexicon"})
    vetting.change("steer.judge", "mini")
    assert refusal().startswith(words)
    vetting.change("steer.judge", "lexicon")
    vetting.change("steer.coherence", "mini")
    assert refusal().startswith(words)


def test_a_trait_that_the_lexicon_cannot_score_is_named(vetting: Place, typed: Callable[..., Typed]) -> None:
    write_json(vetting.trait / "steering.json", {"questions": [f"How is {number}?" for number in range(10)]})
    del vetting.settings["steer"]
    vetting.write()
    answer = typed("vet", "tiny.yaml", "-q")
    assert answer.code == 0
    assert " ".join(answer.out.split()) == "sombre Not vetted: the judge under vet cannot score it."


def test_vet_fits_a_terminal(
    vetting: Place, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = typed("vet", "tiny.yaml", "-q")
    assert max(map(len, answer.out.splitlines())) <= 100
