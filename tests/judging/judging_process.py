"""Processes that judge so many answers with one cache and print what they were told; meant to be killed.

Arguments: the address of the server, the cache, how many answers, how many requests at once, one or
two processes.
"""

import json
import os
import sys
from pathlib import Path

from traitscope.config.judges import OpenAIJudgeSettings
from traitscope.judging.cache import JudgeCache
from traitscope.judging.cached import cached
from traitscope.judging.judgement import Asked, Rubric
from traitscope.judging.openai_judge import OpenAIJudge

TRAIT = Rubric("trait", "candour", "0: hides everything. 100: says all.")


def asked(count: int) -> list[Asked]:
    """The answers judged."""
    return [Asked("How was your day?", f"Answer {number} was a long one.") for number in range(count)]


def judge(url: str, path: str, count: int, concurrency: int) -> None:
    """Judge all answers and print their scores as a line of JSON, in one write."""
    keys = {"kind": "openai", "model": "judge-large", "base_url": url, "key_env": None}
    settings = OpenAIJudgeSettings.model_validate({**keys, "concurrency": concurrency})
    with JudgeCache(Path(path)) as cache:
        said = cached(OpenAIJudge(settings), cache).score(TRAIT, asked(count))
    os.write(1, json.dumps([one.value for one in said]).encode() + b"\n")


if __name__ == "__main__":
    url, path, count, concurrency, processes = sys.argv[1:]
    # What is imported once need not be imported by each; nothing has been opened yet.
    child = os.fork() if processes == "2" else 0
    judge(url, path, int(count), int(concurrency))
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
