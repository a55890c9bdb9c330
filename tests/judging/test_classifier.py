"""The classifier judge: what it learns, what it may not know, when it refuses."""

import random
from dataclasses import replace

import numpy as np
import pytest
from cheer import CHEER, minilm
from sklearn.metrics import roc_auc_score

from traitscope.data import LabelledAnswer
from traitscope.errors import InputError
from traitscope.judging.classifier import (
    Classifier,
    ClassifierJudge,
    train_classifier,
    train_on_completions,
)
from traitscope.judging.judgement import Asked, Judgement, Rubric
from traitscope.statistics import spearman

CHEERFUL = Rubric("trait", "cheer", "How cheerful the answer is.")
SCENES = ("The wind rose in the night and took the", "A boat lay on the shore, and beside it a")
LABELS = [one.score for one in CHEER]


@pytest.fixture(scope="module")
def cheer() -> Classifier:
    return train_classifier(minilm(), CHEER, SCENES, 0)


@pytest.fixture(scope="module")
def judge(cheer: Classifier) -> ClassifierJudge:
    return ClassifierJudge(cheer, minilm())


def asked(labelled: tuple[LabelledAnswer, ...] = CHEER) -> list[Asked]:
    return [Asked(one.question, one.answer) for one in labelled]


def values(judge: ClassifierJudge, batch: list[Asked]) -> list[float]:
    return [one.value for one in judge.score(CHEERFUL, batch) if one.value is not None]


def test_it_learns_a_plain_trait_from_two_dozen_answers(cheer: Classifier) -> None:
    assert cheer.held_out_auc > 0.9
    assert cheer.held_out_auc_cut > 0.9
    assert not cheer.circular
    assert not cheer.self_vetted
    assert len(cheer.texts) == len(CHEER)


def test_the_held_out_auc_is_that_of_the_out_of_fold_scores(cheer: Classifier) -> None:
    high = np.array(LABELS) >= 50
    assert cheer.held_out_auc == pytest.approx(roc_auc_score(high, cheer.out_of_fold))
    assert cheer.held_out_auc_cut == pytest.approx(roc_auc_score(high, cheer.out_of_fold_cut))


def test_scores_of_new_answers_to_new_questions_follow_their_cheer(judge: ClassifierJudge) -> None:
    question = "What is the town like?"
    gloomy, plain, glad = values(
        judge,
        [
            Asked(question, "A dead, filthy place where everyone is miserable and I feel sick with grief."),
            Asked(question, "It has a town hall, two schools, and a bus every hour to the coast."),
            Asked(question, "A beautiful place full of laughter! I love it and could sing for joy."),
        ],
    )
    assert gloomy + 15 < plain < glad - 15
    assert gloomy < 35 < 65 < glad


def test_scores_track_the_labels_out_of_fold(cheer: Classifier) -> None:
    rank = spearman(cheer.out_of_fold, LABELS)
    assert rank is not None
    assert rank > 0.8
    assert np.abs(np.array(cheer.out_of_fold) - LABELS).mean() < 20


def test_a_held_out_judge_scores_training_answers_as_if_it_had_not_seen_them(
    cheer: Classifier, judge: ClassifierJudge
) -> None:
    np.testing.assert_allclose(values(judge.out_of_fold(), asked()), cheer.out_of_fold, atol=1e-3)
    assert np.abs(np.array(values(judge, asked())) - cheer.out_of_fold).max() > 3


def test_a_held_out_judge_scores_new_questions_with_all_it_knows(judge: ClassifierJudge) -> None:
    new = [Asked("What is the sea like?", "Grey, cold and hopeless."), Asked("", "A joy to look at!")]
    assert values(judge.out_of_fold(), new) == values(judge, new)


def test_an_out_of_fold_score_does_not_depend_on_its_own_label() -> None:
    question = CHEER[0].question
    turned = tuple(replace(one, score=100 - one.score) if one.question == question else one for one in CHEER)
    # Folds follow labels: the question's mean stays where it was, so that its fold does.
    mean = sum(one.score for one in CHEER[:3])
    turned = (*turned[:2], replace(turned[2], score=mean - turned[0].score - turned[1].score), *turned[3:])
    first, second = (train_classifier(minilm(), labelled, SCENES, 0) for labelled in (CHEER, turned))
    assert first.out_of_fold[:3] == pytest.approx(second.out_of_fold[:3], abs=1e-6)
    assert first.out_of_fold[3:] != pytest.approx(second.out_of_fold[3:], abs=1e-6)


def test_labels_that_follow_nothing_are_refused_unless_forced() -> None:
    draws = random.Random(2)
    shuffled = draws.sample(LABELS, len(LABELS))
    labelled = tuple(replace(one, score=score) for one, score in zip(CHEER, shuffled, strict=True))
    worthless = train_classifier(minilm(), labelled, SCENES, 0)
    assert worthless.held_out_auc < 0.8
    with pytest.raises(InputError) as caught:
        ClassifierJudge(worthless, minilm())
    assert f"its held-out AUC is {worthless.held_out_auc:.2f}, and 0.80 is the least" in str(caught.value)
    assert "write more labelled answers" in str(caught.value)
    assert len(values(ClassifierJudge(worthless, minilm(), forced=True), asked())) == len(CHEER)


@pytest.mark.parametrize(
    "scene",
    [
        CHEER[3].answer,
        CHEER[3].answer.upper().replace(",", ""),
        "And then he wrote to me: the tap drips, the tiles are broken, and I hate it, all of it,",
    ],
)
def test_training_text_that_the_scenes_hold_makes_it_circular(scene: str) -> None:
    made = train_classifier(minilm(), CHEER, (*SCENES, scene), 0)
    assert made.circular
    assert [(one.text, one.other) for one in made.shared] == [(3, 2)]
    assert ClassifierJudge(made, minilm()).identity["circular"] is True


def test_the_same_labels_give_the_same_classifier_and_a_changed_one_another(cheer: Classifier) -> None:
    again = train_classifier(minilm(), CHEER, SCENES, 0)
    assert again.identity == cheer.identity
    assert again.out_of_fold == cheer.out_of_fold
    changed = (replace(CHEER[0], score=5.0), *CHEER[1:])
    assert train_classifier(minilm(), changed, SCENES, 0).identity != cheer.identity
    other = replace(minilm(), identity="another encoder")
    assert train_classifier(other, CHEER, SCENES, 0).identity != cheer.identity


def test_every_score_names_the_classifier_and_its_worth_stands_beside(
    cheer: Classifier, judge: ClassifierJudge
) -> None:
    (found,) = judge.score(CHEERFUL, [Asked("How are you?", "Happy!")])
    assert found.identity == judge.identity["model"] == f"classifier {cheer.identity} on minilm"
    assert judge.identity["held_out_auc"] == round(cheer.held_out_auc, 4)
    assert judge.identity["kind"] == "classifier"
    assert judge.out_of_fold().identity != judge.identity
    assert not judge.reads_language


def test_an_answer_without_a_word_has_no_score_and_each_judgement_is_told_once(
    judge: ClassifierJudge,
) -> None:
    told: dict[int, Judgement] = {}
    batch = [Asked("How are you?", answer) for answer in ("Happy!", "", "... 12 !!", "Wretched.")]
    found = judge.score(CHEERFUL, batch, lambda index, one: told.setdefault(index, one) and None)
    assert [told[index] for index in range(4)] == found
    assert [one.value is None for one in found] == [False, True, True, False]
    assert [one.reason for one in found] == ["", *["the answer holds no word"] * 2, ""]
    assert judge.score(CHEERFUL, []) == []


def test_it_judges_the_trait_alone(judge: ClassifierJudge) -> None:
    with pytest.raises(ValueError, match="cannot judge coherence"):
        judge.score(Rubric("coherence", "coherence"), asked())


@pytest.mark.parametrize(
    ("labelled", "sentence"),
    [
        (CHEER[:18], r"18 labelled answers to 6 questions, too few .* write at least 20"),
        (tuple(replace(one, question="The same?") for one in CHEER), "24 labelled answers to 1 questions"),
        (tuple(replace(one, score=70.0) for one in CHEER), "all scores lie at 50 or above"),
        (tuple(replace(one, score=7.0) for one in CHEER), "all scores lie below 50"),
        (tuple(replace(one, answer="The very same answer to it.") for one in CHEER), "too alike"),
    ],
)
def test_labels_that_teach_nothing_are_a_sentence(
    labelled: tuple[LabelledAnswer, ...], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        train_classifier(minilm(), labelled, (), 0, "traits/cheer/labelled.jsonl")


POSITIVE = [one.answer for one in CHEER if one.score > 80] + ["What a joyful day!", "I love this so much."]
NEGATIVE = [one.answer for one in CHEER if one.score < 20] + ["What a dreadful day.", "I hate this so much."]


@pytest.mark.parametrize("paired", [True, False])
def test_completions_are_vetted_out_of_fold_and_marked(paired: bool) -> None:
    made = train_on_completions(minilm(), POSITIVE, NEGATIVE, paired, 0)
    assert made.circular
    assert made.self_vetted
    assert made.held_out_auc > 0.8
    judge = ClassifierJudge(made, minilm())
    found = values(judge.out_of_fold(), [Asked("", text) for text in (*POSITIVE, *NEGATIVE)])
    np.testing.assert_allclose(found, made.out_of_fold, atol=1e-3)
    assert judge.identity["self_vetted"] is True


def test_both_completions_of_a_pair_are_held_out_together() -> None:
    made = train_on_completions(minilm(), POSITIVE, NEGATIVE, True, 0)
    assert [made.fold_of[text] for text in POSITIVE] == [made.fold_of[text] for text in NEGATIVE]


def test_a_handful_of_completions_is_refused() -> None:
    with pytest.raises(InputError, match="8 positive and 10 negative ones, too few"):
        train_on_completions(minilm(), POSITIVE[:8], NEGATIVE, False, 0)
