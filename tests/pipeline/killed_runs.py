"""A process that imports everything once and then forks a run of the tiny experiment for every order it gets.

Orders and replies are lines of JSON on standard input and output. An order is a folder and, where the run is
to die, `seconds` after which it is killed or the number of the `write` before which it kills itself; `torn`
leaves half of a journal's rows behind. The forks are single-threaded: nothing is computed before the fork.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_OFFLINE": "1",
}
HERE = Path(__file__).parent
LONGEST = 120
"""Seconds after which a run that nobody meant to kill is taken to hang."""


def serve() -> None:
    """Answer orders until the input ends."""
    sys.path.insert(0, str(HERE))
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import_everything()
    for line in sys.stdin:
        replies.write(json.dumps(_carry_out(json.loads(line))) + "\n")
        replies.flush()


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        _run(order)
    limit = order.get("seconds", LONGEST)
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() - start > limit:
            os.kill(child, signal.SIGKILL)
            ended = os.waitpid(child, 0)
            break
        time.sleep(0.002)
    seconds = time.monotonic() - start
    if os.WIFSIGNALED(ended[1]):
        return {"killed": seconds < LONGEST, "exit": "it hung", "seconds": seconds}
    return {"killed": False, "exit": os.WEXITSTATUS(ended[1]), "seconds": seconds}


def _run(order: dict[str, Any]) -> None:
    """The forked run; it never returns."""
    code = 70
    try:
        import torch
        from tiny_files import word_free_score

        import traitscope.data.bank
        import traitscope.pipeline.judge.scoring
        from traitscope.experiment import open_experiment
        from traitscope.pipeline import run_stages

        torch.set_num_threads(1)
        os.fsync = os.fstat  # what a killed process has written is there; a sync is for a power cut
        os.chdir(order["folder"])
        os.environ["XDG_CACHE_HOME"] = f"{order['folder']}/cache"
        traitscope.judging.lexicon.lexicon_score = word_free_score
        traitscope.data.bank.FOLDER = Path("neutral_topics")
        if "write" in order:
            _die_at_write(order["write"], order["torn"])
        run_stages(open_experiment("tiny.yaml"))
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _die_at_write(number: int, torn: bool) -> None:
    """Count renames, moves and appends; at the one asked for, this process is killed by its own hand."""
    from traitscope.experiment import journal

    writes = 0

    def counted(write: Callable[..., Any], last: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            nonlocal writes
            writes += 1
            if writes == number:
                last(*arguments)
                os.kill(os.getpid(), signal.SIGKILL)
            return write(*arguments)

        return call

    def tear(path: Path, rows: Any) -> None:
        if torn:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
            with path.open("ab") as stream:
                stream.write(text[: 2 * len(text) // 3])

    os.replace = counted(os.replace, lambda *_: None)
    os.rename = counted(os.rename, lambda *_: None)
    journal.append_rows = counted(journal.append_rows, tear)


def _import_everything() -> None:
    import matplotlib.backends.backend_svg
    import peft
    import sklearn.linear_model
    import transformers.models.llama.modeling_llama
    import vaderSentiment.vaderSentiment

    import traitscope.pipeline.report.views
    import traitscope.report.figures

    assert all((matplotlib, peft, sklearn, transformers, vaderSentiment, traitscope))


if __name__ == "__main__":
    serve()
