"""What the report shows of one trait: its scenes, its steering, its detection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from traitscope.report.damage_view import DamageView
from traitscope.report.values import Absent, Measured, Number
from traitscope.vetting import Vetted, Vetting

NO_CONTROL = Absent("no control")
NOT_JUDGED = Absent("not judged for other traits")
NOT_MEASURED = Absent("not measured")

Result: TypeAlias = Literal["shown", "weak", "not_shown", "skipped"]
Flag: TypeAlias = Literal["worst", "median", "best"]
Place: TypeAlias = tuple[int, int, str]
"""Layer, step and direction of an evaluation: no two of a search share them."""

_NO_INTERVAL = Absent("no interval was computed")


@dataclass(frozen=True)
class Answer:
    """One answer as generated, with its scores (0-100)."""

    text: str
    trait: Number
    coherence: Number


@dataclass(frozen=True)
class Evaluation:
    """One layer at one coefficient on the search questions.

    `step` counts from 1. `trait` and `coherence` are means over the scored of `answered` answers, `delta` is
    trait - baseline; each is Absent where fewer than 80 % were scored. `answers` are in the order of the
    steering's `questions`, or empty if the page shall not show them. `direction` names method and position
    where several compete, and is empty otherwise; `refined` ones came after the coarse pass; `interval`
    is that of the delta, paired over the questions.
    """

    layer: int
    step: int
    coefficient: float
    relative_strength: float
    trait: Number
    coherence: Number
    delta: Number
    coherent: bool
    answered: int
    unscored: int
    answers: tuple[Answer, ...] = ()
    direction: str = ""
    refined: bool = False
    interval: Measured = _NO_INTERVAL

    @property
    def place(self) -> "Place":
        """Which evaluation of its search it is."""
        return self.layer, self.step, self.direction


@dataclass(frozen=True)
class Beaten:
    """The best coherent evaluation along a direction that lost; Absent where nothing was coherent."""

    direction: str
    best: Evaluation | Absent


@dataclass(frozen=True)
class Arm:
    """What was measured on the report questions; delta is paired.

    Names are `unsteered`, `winner`, those of controls (`random_1`, `other_TRAIT`, `shuffled`), `prompt`.

    `spread` is the standard deviation of the trait scores, `above_50` the share of them above 50 (0 to 1),
    `lead` by how many points the winner goes further.
    """

    name: str
    trait: Number
    coherence: Number
    delta: Measured
    spread: Number
    above_50: Number
    lead: Measured = NO_CONTROL
    divergence: Number = NOT_MEASURED
    """How far it moves the next token on neutral prompts: mean KL divergence, nats."""


@dataclass(frozen=True)
class AnswerSet:
    """One question, or one sample of it, answered unsteered, by the winner, and past the coherence edge."""

    question: str
    baseline: Answer
    best: Answer
    too_strong: Answer | Absent
    flag: Flag | None = None


@dataclass(frozen=True)
class SteeringView:
    """The search of one trait and what its winner does on the report questions.

    `baseline` is the mean unsteered score on the search questions. `best` is Absent where no evaluation was
    coherent; `best_per_layer` holds only layers that have one. `too_strong` is where the too strong answers
    come from. `in_sample` says that the report questions are the search questions. `method` is the winner's;
    `beaten` is what it beat.
    """

    variant: str
    method: str
    judge: str
    push: Literal["induce", "suppress"]
    threshold: float
    new_tokens: int
    baseline: Number
    questions: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]
    best_per_layer: tuple[Evaluation, ...]
    best: Evaluation | Absent
    too_strong: Evaluation | Absent
    report_questions: int
    in_sample: bool
    arms: tuple[Arm, ...]
    answers: tuple[AnswerSet, ...]
    coherence_judge: str = "likelihood"
    arm_notes: tuple[str, ...] = ()
    """What is missing among the arms; clauses."""
    beaten: tuple["Beaten", ...] = ()
    samples: int = 1
    """Answers to each question."""
    temperature: float = 0.0
    left_out: str = ""
    """What of the search there was no time for, and how to catch up on it; a clause."""

    @property
    def asked(self) -> str:
        """How much was asked on the search questions."""
        questions = f"{len(self.questions)} questions"
        if not self.temperature:
            return questions
        each = f"{self.samples} answers to each" if self.samples > 1 else "answers"
        return f"{questions}, {each} drawn at temperature {self.temperature:g}"

    @property
    def searched(self) -> str:
        """What was searched, as the object of a sentence."""
        directions = dict.fromkeys(one.direction for one in self.evaluations if one.direction)
        if len(directions) < 2:
            return f"the {self.method} direction"
        return f"{len(directions)} competing directions ({'; '.join(directions)})"

    def arm(self, name: str) -> Arm:
        """The arm of that name; one without figures where it was not measured."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        none = Absent(f"{name} was not measured on the report questions")
        return Arm(name, none, none, none, none, none)


def sampled(questions: Sequence[str], samples: int) -> tuple[str, ...]:
    """The question of each answer, in their order; of several answers to it each says which it is."""
    if samples == 1:
        return tuple(questions)
    return tuple(
        f"{question} (answer {number} of {samples})"
        for question in questions
        for number in range(1, samples + 1)
    )


@dataclass(frozen=True)
class SpecificityCell:
    """What a winner does to the score of a listed trait: paired difference to the unsteered answers.

    `in_spreads` is in standard deviations of these.
    """

    judged: str
    difference: Measured
    in_spreads: Measured


@dataclass(frozen=True)
class SpecificityView:
    """A winner's report answers judged for every trait; `specific` is None where it cannot be told.

    `reason` says which trait it moves more, or why it cannot be told; empty where it is specific.
    """

    specific: bool | None
    reason: str
    cells: tuple[SpecificityCell, ...]


@dataclass(frozen=True)
class VettingView:
    """What a judge made of the completions, and the worst of them; `judge` is its label.

    `self_vetted` says that it learned from what it vets. `filtered` is there where directions come from pairs
    that pass.
    """

    judge: str
    found: Vetting
    worst: tuple[Vetted, ...]
    self_vetted: bool = False
    filtered: "Filtered | None" = None


@dataclass(frozen=True)
class Filtered:
    """What dropping pairs that do not pass did to the direction.

    The cosines are between the mean differences with and without them, over layers.
    """

    pairs: int
    of: int
    median_cosine: float
    lowest_cosine: float


@dataclass(frozen=True)
class LayerDetection:
    """Held-out detection at one layer, beside shuffled labels and a random direction.

    `top5_share` is the share of the direction's squared mass in its five largest dimensions.
    """

    layer: int
    auc: float
    auc_shuffled: float
    auc_random: float
    accuracy: float
    accuracy_shuffled: float
    accuracy_random: float
    d: float
    d_shuffled: float
    d_random: float
    top5_share: float


@dataclass(frozen=True)
class DetectionCurve:
    """Held-out detection of one method at every layer."""

    method: str
    layers: tuple[LayerDetection, ...]


@dataclass(frozen=True)
class DetectionView:
    """Detection by every method; `layer` and `method` are those of the table, `layer_reason` says why."""

    layer: int
    layer_reason: str
    method: str
    curves: tuple[DetectionCurve, ...]
    position: str = ""
    """Of the directions, where there are several."""

    def deciding(self) -> LayerDetection | Absent:
        """The figures at the table's layer and method."""
        for curve in self.curves:
            for row in curve.layers:
                if (curve.method, row.layer) == (self.method, self.layer):
                    return row
        return Absent(f"no {self.method} direction was evaluated at layer {self.layer}")


@dataclass(frozen=True)
class TraitView:
    """One trait. `reason` says in a clause why the result is not `shown`; base norms are by layer, from 0.

    `judge` says who scores the trait and what that is worth; empty where nobody does.
    """

    name: str
    definition: str
    pairs: int
    result: Result
    reason: str
    steering: SteeringView | Absent
    detection: DetectionView | Absent
    vetting: VettingView | Absent
    judge: str
    base_norms: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    specificity: SpecificityView | Absent = NOT_JUDGED
    damage: DamageView | Absent = NOT_MEASURED
