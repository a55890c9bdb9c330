"""The check of a judge: a perfect one passes, and each kind of bad one fails with its own sentence."""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cheer import CHEER, minilm

from traitscope.data import LabelledAnswer
from traitscope.errors import InputError
from traitscope.judging.check import check_judge, held_to
from traitscope.judging.check_limits import CheckThresholds
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.classifier import ClassifierJudge, train_classifier
from traitscope.judging.injections import read_injections
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.lexicon import LexiconJudge

RUBRIC = Rubric("trait", "level", "How high the level is.")
INJECTIONS = read_injections()


def labelled() -> list[LabelledAnswer]:
    """Sixty answers that name their own score, of lengths that have nothing to do with it."""
    draws = random.Random(0)
    lengths = draws.sample(range(6, 66), 60)
    return [
        LabelledAnswer(f"Question {i % 20}?", f"level {score} " + "word " * length, float(score), i + 1)
        for i, (score, length) in enumerate(zip([i * 100 // 59 for i in range(60)], lengths, strict=True))
    ]


LABELLED = labelled()


@dataclass
class Scripted:
    """A judge that does what it is told."""

    rule: Callable[[Asked], float | None]
    reads_language: bool = True
    batches: list[list[Asked]] = field(default_factory=list)

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "scripted"}

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        assert rubric == RUBRIC
        self.batches.append(list(asked))
        values = [self.rule(one) for one in asked]
        found = [Judgement(value, "" if value is not None else "cannot tell") for value in values]
        for index, one in enumerate(found):
            arrived(index, one)
        return found


def level(asked: Asked) -> float:
    """What a perfect judge says: the level that the answer names."""
    found = re.search(r"level\s+(\d+)", asked.answer)
    return float(found[1]) if found else 50.0


def perfect() -> Scripted:
    # An attack in the middle may part the word from its number; a perfect judge is not put off by that.
    return Scripted(lambda one: level(Asked("", _without_attacks(one.answer))))


def _without_attacks(answer: str) -> str:
    for record in INJECTIONS:
        for text in (record.text, record.harmless):
            answer = answer.replace(text, " ")
    return " ".join(answer.split())


def obedient() -> Scripted:
    def rule(one: Asked) -> float:
        for record in INJECTIONS:
            if record.text in one.answer:
                return 100.0 if record.pushes == "up" else 0.0
        return level(Asked("", _without_attacks(one.answer)))

    return Scripted(rule)


def checked(judge: Any, uncached: Any = None) -> JudgeCheck:
    return check_judge(judge, RUBRIC, LABELLED, INJECTIONS, 0, uncached)


def test_a_perfect_judge_passes_with_perfect_figures() -> None:
    found = checked(perfect())
    assert found.passed
    assert found.failures == ()
    assert (found.agreement.auc, found.agreement.auc_extremes, found.agreement.mean_error) == (1, 1, 0)
    assert found.agreement.spearman == pytest.approx(1)
    assert found.agreement.slope == pytest.approx(1)
    assert found.length_correlation is None
    for one in (found.repeated, found.reversed, found.cut, found.lengthened, found.injected):
        assert one.largest == 0
    assert (found.repeated.answers, found.cut.answers, found.injected.answers) == (20, 30, len(INJECTIONS))


def test_a_constant_judge_fails_for_saying_the_same_of_everything() -> None:
    found = checked(Scripted(lambda _: 50.0))
    assert found.failures == ("the judge gives every answer the same score",)
    assert found.agreement.auc == 0.5


def test_a_judge_that_reads_length_fails_for_that() -> None:
    found = checked(Scripted(lambda one: min(100.0, 1.4 * len(one.answer.split()))))
    text = " ".join(found.failures)
    assert "scores follow the length of an answer" in text
    assert "a neutral sentence behind an answer moves its score by +" in text
    assert "told from the others with an AUC of" in text
    assert found.length_correlation == pytest.approx(1, abs=0.02)


def test_a_judge_that_is_right_but_likes_length_fails_for_length_alone() -> None:
    found = checked(Scripted(lambda one: 0.6 * level(one) + 0.5 * len(one.answer.split())))
    assert found.agreement.auc is not None
    assert found.agreement.auc > 0.85
    assert [sentence for sentence in found.failures if "length" not in sentence] == []
    assert found.failures


def test_an_obedient_judge_fails_for_its_obedience_alone() -> None:
    found = checked(obedient())
    assert len(found.failures) == 1
    (sentence,) = found.failures
    assert re.match(r"injections move scores by \d\d\.\d points on average and \d+\.\d at most \('", sentence)
    assert "at most 10 and 20 are allowed" in sentence
    assert found.injected.mean_size is not None
    assert found.injected.mean_size > 50


def test_one_injection_that_works_is_one_too_many() -> None:
    target = next(one for one in INJECTIONS if one.id == "base64-up")
    steady = perfect()
    found = checked(Scripted(lambda one: 100.0 if target.text in one.answer else steady.rule(one)))
    (sentence,) = found.failures
    assert "('base64-up')" in sentence
    (result,) = [one for one in found.injections if one.control != one.attacked]
    assert (result.id, result.attacked) == ("base64-up", 100.0)


def test_attacks_are_put_where_there_is_room_to_move() -> None:
    for result in checked(perfect()).injections:
        assert result.control is not None
        assert result.control <= 30 if result.pushes == "up" else result.control >= 70


def test_injections_are_information_for_judges_that_read_no_language() -> None:
    judge = obedient()
    judge.reads_language = False
    found = checked(judge)
    assert found.passed
    assert not found.injections_bind
    assert found.injected.largest is not None
    assert found.injected.largest > 20


def test_attacks_that_silence_a_judge_count() -> None:
    steady = perfect()

    def rule(one: Asked) -> float | None:
        return None if any(record.text in one.answer for record in INJECTIONS) else steady.rule(one)

    found = checked(Scripted(rule))
    assert found.failures == (
        f"{len(INJECTIONS)} of {len(INJECTIONS)} injections leave the judge without a score; at most 20% may",
    )


def test_a_judge_that_often_cannot_tell_fails_for_that() -> None:
    steady = perfect()
    found = checked(Scripted(lambda one: None if len(one.answer) % 3 == 0 else steady.rule(one)))
    assert found.agreement.unscored > 12
    assert f"{found.agreement.unscored} of 60 labelled answers have no score" in found.failures[0]


def test_a_judge_that_never_tells_fails_without_a_figure() -> None:
    found = checked(Scripted(lambda _: None))
    assert found.agreement.auc is None
    assert any("all answers with a score are labelled on one side of 50" in one for one in found.failures)


def test_a_judge_that_says_something_else_each_time_fails_for_that() -> None:
    draws = random.Random(1)
    found = checked(Scripted(lambda one: min(100.0, max(0.0, level(one) + draws.gauss(0, 15)))))
    assert any(one.startswith("the same answers scored a second time move by") for one in found.failures)
    assert any(one.startswith("the same answers scored in reverse order move by") for one in found.failures)


def test_a_judge_that_goes_by_its_place_in_the_batch_fails_for_order() -> None:
    class Tiring(Scripted):
        def score(
            self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded
        ) -> list[Judgement]:
            found = super().score(rubric, asked, arrived)
            return [replace(one, value=(one.value or 0) - place) for place, one in enumerate(found)]

    found = checked(Tiring(level))
    assert found.reversed.mean_size == pytest.approx(10)
    assert found.reversed.largest == 19
    assert any("in reverse order" in one for one in found.failures)


def test_what_is_scored_again_goes_past_the_cache() -> None:
    remembering, fresh = perfect(), perfect()
    checked(remembering, fresh)
    assert [len(batch) for batch in fresh.batches] == [20, 20]
    assert fresh.batches[0] == fresh.batches[1][::-1]
    again = [one for batch in remembering.batches for one in batch]
    assert len(again) == len(set(again))


def test_the_seed_decides_what_is_drawn() -> None:
    first, again, other = perfect(), perfect(), perfect()
    for judge, seed in ((first, 1), (again, 1), (other, 2)):
        check_judge(judge, RUBRIC, LABELLED, INJECTIONS, seed)
    assert first.batches == again.batches != other.batches


@pytest.mark.parametrize("judge", [perfect(), obedient(), Scripted(lambda _: 50.0), Scripted(lambda _: None)])
def test_a_check_survives_json(judge: Scripted) -> None:
    found = checked(judge)
    record = json.loads(json.dumps(found.as_record(), allow_nan=False))
    assert record["passed"] is found.passed
    assert JudgeCheck.from_record(record) == found


def test_other_thresholds_give_another_verdict_on_the_same_figures() -> None:
    found = checked(obedient())
    assert held_to(found, CheckThresholds(injected_mean=100, injected_largest=100)).passed
    assert not held_to(checked(perfect()), CheckThresholds(auc=1.01)).passed


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (LABELLED[:12], "there are 12 labelled answers, and a check takes at least 20; write 8 more"),
        (LABELLED[30:], "all answers are labelled 50 or more"),
        (LABELLED[:30], "all answers are labelled below 50"),
    ],
)
def test_labels_that_cannot_check_a_judge_are_a_sentence(
    answers: list[LabelledAnswer], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        check_judge(perfect(), RUBRIC, answers, INJECTIONS, 0)


def test_a_classifier_is_checked_out_of_fold() -> None:
    made = train_classifier(minilm(), CHEER, (), 0)
    found = check_judge(ClassifierJudge(made, minilm()), RUBRIC, CHEER, INJECTIONS[:4], 0)
    assert [score for _, score in found.scored] == pytest.approx(list(made.out_of_fold), abs=1e-3)
    assert found.agreement.auc == pytest.approx(made.held_out_auc)
    assert found.judge["held_out"] is True
    assert not found.injections_bind


def test_a_lexicon_is_checked_like_any_judge() -> None:
    found = check_judge(LexiconJudge("positive"), RUBRIC, CHEER, INJECTIONS[:4], 0)
    assert found.agreement.auc is not None
    assert found.agreement.auc > 0.9
    assert found.repeated.largest == 0
