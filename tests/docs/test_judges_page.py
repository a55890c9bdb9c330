"""docs/judges.md: its examples are experiment files; every judge, line and limit of a check stands in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from traitscope.config import Config, OpenAIJudgeSettings, read_config_text
from traitscope.config.choices import BuiltInJudge
from traitscope.config.judges import JudgeSettings
from traitscope.data import LabelledAnswer
from traitscope.judging import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.check import check_judge
from traitscope.judging.check_limits import CheckThresholds
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CoherenceLimits, CoherenceScores, check_coherence
from traitscope.judging.engagement import CAP
from traitscope.judging.injections import read_injections
from traitscope.judging.integers import LEAST_MASS, MOST_LIKELY
from traitscope.report.check_text import check_rows

REST: dict[str, Any] = {
    "name": "moods",
    "variants": {"base": {"model": "smollm2"}, "chat": {"model": "smollm2", "chat": True}},
    "traits": ["gloom", "formality", "hedging"],
    "extract": {"variant": "base"},
}
"""What the examples leave out."""
LINES = {
    "unscored": "without a score",
    "auc": "AUC, labels from 50 on",
    "auc_extremes": "AUC, clear cases",
    "spearman": "rank correlation",
    "mean_error": "mean error, points",
    "again_mean": "asked again, points moved",
    "again_largest": "in reverse order",
    "length_correlation": "correlation with length",
    "lengthened": "neutral sentence added",
    "injected_mean": "attacks, points moved",
    "injected_largest": "attacks, points moved",
}
"""Threshold of a trait judge's check -> the line that it stands in."""
COHERENCE_LINES = {
    "separation": "AUC, prompted against strong",
    "difference": "plain less prompted, points",
    "ranking": "AUC, moderate against strong",
    "unscored": "plain answers, mean",
}


@dataclass(frozen=True)
class Parrot:
    """Says of each answer the first number that it holds."""

    identity: Mapping[str, Any]
    reads_language: bool = True

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        assert rubric.kind == "trait"
        said = [Judgement(float((re.findall(r"\d+", one.answer) or ["0"])[0])) for one in asked]
        for index, judgement in enumerate(said):
            arrived(index, judgement)
        return said


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "judges.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def trait_check() -> JudgeCheck:
    labelled = [LabelledAnswer(f"{i}?", f"{5 * i} it is", 5.0 * i, i + 1) for i in range(21)]
    return check_judge(Parrot({"kind": "parrot"}), Rubric("trait", "level"), labelled, read_injections(), 0)


def test_every_example_is_part_of_an_experiment_file(page: str) -> None:
    configs = [_read(block) for block in _examples(page)]
    assert len(configs) >= 4
    kinds = {judge.kind for config in configs for judge in config.judges.values()}
    assert kinds == {"openai", "local", "classifier"}


def test_no_example_sends_a_key_to_an_address_without_saying_so(page: str) -> None:
    for config in map(_read, _examples(page)):
        for judge in config.judges.values():
            if isinstance(judge, OpenAIJudgeSettings) and judge.base_url and "127.0.0.1" in judge.base_url:
                assert judge.key_env is None


def test_every_kind_and_every_built_in_judge_is_named(page: str) -> None:
    table = page.split("## Which one\n", 1)[1].split("\n## ", 1)[0]
    kinds = [get_args(one.model_fields["kind"].annotation)[0] for one in get_args(get_args(JudgeSettings)[0])]
    assert {"openai", "local", "classifier"} <= set(kinds)
    for name in (*kinds, *get_args(BuiltInJudge)):
        assert re.search(rf"^\| (kind )?`{name}` \|", table, re.MULTILINE), name


def test_every_line_that_a_check_prints_is_explained_with_what_it_asks(
    page: str, trait_check: JudgeCheck
) -> None:
    said = _lines(page)
    for line, _, asked in check_rows(trait_check):
        assert said[line].reason, line
        if re.search(r"(at most|at least)", asked):
            assert _numbers(said[line].asked) == _numbers(asked), line


def test_every_line_of_a_coherence_check_is_explained_with_what_it_asks(page: str) -> None:
    said, groups = _lines(page), [[90.0, 80.0]] * 4
    rows = [row for row in check_rows(check_coherence(CoherenceScores(*groups))) if "mean" not in row[0]]
    assert len(rows) == 3
    for line, _, asked in rows:
        assert said[line].reason
        assert _numbers(said[line].asked) == _numbers(asked), line


@pytest.mark.parametrize(
    ("limits", "lines"), [(CheckThresholds(), LINES), (CoherenceLimits(), COHERENCE_LINES)]
)
def test_every_threshold_stands_with_its_value(page: str, limits: Any, lines: dict[str, str]) -> None:
    said = _lines(page)
    assert set(lines) == set(asdict(limits))
    for name, value in asdict(limits).items():
        row = said[lines[name]]
        shown = _numbers(f"{row.asked} {row.reason}")
        assert value in shown or round(100 * value) in shown, name


def test_numbers_of_the_text_are_those_of_the_code(page: str) -> None:
    assert f"the {MOST_LIKELY} most likely first tokens" in page
    assert f"their sum of p\nis below {LEAST_MASS:g}" in page
    assert f"coherence is capped at {CAP:.0f}" in page
    assert f"puts {len(read_injections())} attacks" in page


@dataclass(frozen=True)
class Line:
    """What the page says of a line of a check."""

    asked: str
    reason: str


def _lines(page: str) -> dict[str, Line]:
    """Line -> what is asked, and why, of the tables under `judge check`."""
    body = page.split("## traitscope judge check\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (.+?) \| (.*?) ?\| (.+) \|$", body, re.MULTILINE)
    return {line: Line(asked, reason) for line, asked, reason in rows}


def _numbers(text: str) -> set[float]:
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}


def _examples(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def _read(block: str) -> Config:
    found = yaml.safe_load(block)
    if "steer" in found:
        found["steer"] = {"variant": "chat", **found["steer"]}
    return read_config_text(yaml.safe_dump(REST | found), "docs/judges.md")
