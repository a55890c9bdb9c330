"""Six traits steered with a judge two seconds away: how long the model stands still."""

import random
import time
from typing import Any

import pytest
from judged_run import ChatServer, rewrite, served
from tiny_files import write_trait
from tiny_run import Tiny

TRAITS = ("sombre", "tidy", "loud", "meek", "vain", "brisk")
LATENCY = 2.0
MOST_IDLE = 0.10


@pytest.mark.slow
def test_the_model_idles_a_tenth_of_the_time_at_most_while_a_judge_two_seconds_away_keeps_up(
    unjudged: Tiny, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline import answering
    from traitscope.pipeline.steer import stage as steer

    for trait in TRAITS[2:]:
        write_trait(unjudged.folder / "traits" / trait, trait, random.Random(trait))
    judge = served(server.url) | {"concurrency": 64}
    rewrite(
        unjudged,
        traits=list(TRAITS),
        judges={"served": judge},
        steer={"traits": list(TRAITS), "judge": "served", "coherence": "served", "steps": 3},
        run={"batch_rows": 64, "threads": 1},
    )
    unjudged.run("extract", "check")
    decode, busy, spans = answering.decode, list[float](), list[float]()

    def as_slow_as_the_judge(*arguments: Any) -> Any:
        start = time.monotonic()
        found = decode(*arguments)
        # Of trait and coherence, one after the other.
        time.sleep(max(0.0, 2 * LATENCY - (time.monotonic() - start)))
        busy.append(time.monotonic() - start)
        return found

    interleave = steer.interleave

    def timed(*arguments: Any) -> Any:
        start = time.monotonic()
        found = interleave(*arguments)
        spans.append(time.monotonic() - start)
        return found

    monkeypatch.setattr(answering, "decode", as_slow_as_the_judge)
    monkeypatch.setattr(steer, "interleave", timed)
    monkeypatch.setattr(server, "seconds", LATENCY)
    unjudged.run("steer")
    idle = 1 - sum(busy) / spans[0]
    print(f"{len(busy)} batches of {sum(busy) / len(busy):.1f} s, the model idle for {idle:.1%}")
    assert len(busy) >= 5 * len(TRAITS)
    assert idle <= MOST_IDLE
