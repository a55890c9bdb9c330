"""Two variants of the same weights: nothing has moved, and the comparison says so."""

import warnings

import pytest
from judged_run import rewrite
from tiny_run import Tiny


@pytest.fixture
def twins(tiny_experiment: Tiny) -> Tiny:
    """The chat variant beside another of the same weights."""
    chat = "  chat:  {model: "
    text = tiny_experiment.file.read_text()
    line = next(line for line in text.splitlines() if line.startswith(chat))
    tiny_experiment.file.write_text(text.replace(line, f"{line}\n{line.replace('chat: ', 'twin: ', 1)}"))
    rewrite(
        tiny_experiment,
        steer=None,
        infer={"variants": ["chat", "twin"], "prompts": "everyday", "new_tokens": 12},
        compare=[{"before": "chat", "after": "twin"}],
    )
    return tiny_experiment


def test_variants_of_the_same_weights_have_exactly_no_shift(twins: Tiny) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert twins.run()
    found = twins.json("compare/chat_vs_twin/everyday/comparison.json")
    assert found["dose"] == found["divergence"] == found["explained"] == found["agreement"] == 0
    assert found["something_else"] is False
    assert found["coherence"][0] == found["coherence"][1]
    for row in found["ranking"]:
        assert row["score"] == row["score_last_prompt"] == row["score_low"] == row["score_high"] == 0
        assert all(null["tail_share"] == null["family_share"] == 1 for null in row["nulls"].values())
        assert row["opening_only"] is False
        assert row["model_effect"]["mean"] == row["text_effect"]["mean"] == 0
        if row["trait"] == "sombre":
            assert row["verdict"] == "not_shown"
            assert row["verdict_reason"] == "both variants read the words and answer the questions the same"
            assert row["behaviour_cut"]["mean"] == 0
        else:
            assert (
                row["verdict"] == "cannot_tell" and row["behaviour_cut_reason"] == "no judge for this trait"
            )
