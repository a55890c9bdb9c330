"""Behaviour of answers cut to equal length stands beside that of whole ones."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from tiny_files import word_free_score
from tiny_run import Tiny


@pytest.mark.parametrize("after", ["moved", "plain"])
def test_answers_are_scored_again_cut_to_the_shorter_ones_tokens(finished: Tiny, after: str) -> None:
    from transformers import AutoTokenizer

    model = Path(yaml.safe_load(finished.file.read_text())["variants"]["chat"]["model"])
    tokenizer = AutoTokenizer.from_pretrained(finished.folder / model)
    whole, cut = [], []
    for asked in ("everyday", "questions-sombre"):
        both = [finished.rows(f"infer/{name}/{asked}/own/responses.jsonl") for name in ("chat", after)]
        by_id = [{row["id"]: row["ids"] for row in rows} for rows in both]
        for name in by_id[0]:
            ids = [rows[name] for rows in by_id]
            shorter = min(map(len, ids))
            for found, length in ((whole, None), (cut, shorter)):
                before, later = (
                    word_free_score(tokenizer.decode(one[:length], skip_special_tokens=True), "negative")
                    for one in ids
                )
                found.append(later - before)
    result = finished.json(f"compare/chat_vs_{after}/everyday/comparison.json")
    row = next(row for row in result["ranking"] if row["trait"] == "sombre")
    assert row["behaviour"] == pytest.approx(np.mean(whole))
    assert row["behaviour_cut"]["mean"] == pytest.approx(np.mean(cut))
    assert row["behaviour_cut"]["low"] <= row["behaviour_cut"]["mean"] <= row["behaviour_cut"]["high"]
    assert len(result["coherence"]) == len(result["answer_tokens"]) == 2
    assert all(0 <= mean <= 100 for mean in result["coherence"])
    assert {type(row["opening_only"]) for row in result["ranking"]} == {bool}
    assert isinstance(result["something_else"], bool)
