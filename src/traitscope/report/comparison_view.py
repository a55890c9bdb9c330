"""What the report shows of comparisons: three lines of evidence per trait, and the words they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from traitscope.comparison import VerdictName
from traitscope.report.groups_view import GroupedShifts
from traitscope.report.values import Absent, Measured, Number

NOT_MEASURED = Absent("not measured")


@dataclass(frozen=True)
class NullBand:
    """The 2.5 % and 97.5 % quantiles of the inside scores of `directions` directions treated as one trait's.

    `kind` is what these directions are: "contrasts of scenes of other topics".
    """

    low: float
    high: float
    directions: int
    kind: str = "random directions"


@dataclass(frozen=True)
class RankedTrait:
    """One trait's evidence. `shift` is the plain projection's at `layer`; `score` the deciding inside score.

    `controls_above` is text ("0 of 1 controls score this high"). `smallest_seen` is the smallest behavioural
    change that would have been seen. `steered` says whether the trait's direction was proved by steering: a
    flag beside the verdict, never part of it. `reason` is the clause that explains the verdict.

    `inside` is the score with its interval over prompts and scenes, `score_at_layer` the same at `layer`
    alone, `band` the null of this very trait;
    `beyond_output` is what is left of the score, in standard deviations of the null, once the outputs' part
    is taken out. `opening` is the sentence that says that only the answers' opening may have changed, or
    nothing; `behaviour_cut` is the judge's change on answers cut to one length.
    """

    trait: str
    layer: int | Absent
    layer_reason: str
    shift: Measured
    model_effect: Measured
    text_effect: Measured
    score: Number
    score_last_prompt: Number
    tail_share: Number
    controls_above: str
    output: Number
    behaviour: Measured
    smallest_seen: Number
    verdict: VerdictName
    reason: str
    steered: bool
    inside: Measured = NOT_MEASURED
    score_at_layer: Number = NOT_MEASURED
    band: NullBand | Absent = NOT_MEASURED
    interaction: Measured = NOT_MEASURED
    beyond_output: Number = NOT_MEASURED
    behaviour_cut: Measured = NOT_MEASURED
    opening: str = ""


@dataclass(frozen=True)
class LayerScores:
    """The deciding score of every trait at every layer that decides.

    Raises:
        ValueError: a trait has more or fewer scores than there are layers.
    """

    layers: tuple[int, ...]
    scores: Mapping[str, tuple[float, ...]]

    def __post_init__(self) -> None:
        for trait, scores in self.scores.items():
            if len(scores) != len(self.layers):
                raise ValueError(f"{trait} has {len(scores)} scores for {len(self.layers)} layers")


@dataclass(frozen=True)
class Family:
    """Two traits whose directions overlap: what moves one is bound to move the other."""

    first: str
    second: str
    cosine: float


@dataclass(frozen=True)
class Dose:
    """How far the fine-tune carries the model at all, whatever the direction.

    `divergence` is the KL divergence of the next tokens in nats; `answer_tokens` and `coherence` are the mean
    length and coherence of the answers before and after; `explained` the share of the shift that the listed
    traits span; `agreement` the cosine of the shifts of two halves of the prompts.
    """

    divergence: Number
    answer_tokens: tuple[float, float] | Absent
    explained: Number
    agreement: Number
    coherence: tuple[float, float] | Absent = NOT_MEASURED


class Going(NamedTuple):
    """How an answer goes along a trait: the first token at which its smoothed trajectory is far out, counted
    from 0, and its slope in spreads of the variant's own tokens."""

    crossing: int | None
    rate: float | None


@dataclass(frozen=True)
class TokenLine:
    """One variant's own answer: its tokens, per trait one projection a token, and how it goes.

    Raises:
        ValueError: a trait has more or fewer projections than there are tokens.
    """

    variant: str
    tokens: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]
    going: Mapping[str, Going] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for trait, values in self.values.items():
            if len(values) != len(self.tokens):
                raise ValueError(f"{trait} has {len(values)} projections for {len(self.tokens)} tokens")


@dataclass(frozen=True)
class TokenView:
    """The two variants' answers to one prompt; `why` says how it was chosen: "largest difference"."""

    prompt_id: str
    prompt: str
    why: str
    before: TokenLine
    after: TokenLine


@dataclass(frozen=True)
class Span:
    """A stretch of an answer that differs most; `left` and `right` are the words around it."""

    trait: str
    left: str
    text: str
    right: str
    mean: float
    variant: str
    prompt_id: str


@dataclass(frozen=True)
class ComparisonView:
    """Before against after on one prompt set, traits in the order of their |inside score|.

    `dose` is how far the adapter carries the stream, in the words of `dose_name`, and `whole_dose` all else
    that is known of that; `token_measure` says what the tokens' values are; `several_sets` that the variants
    are compared on other prompt sets too. `calibration` is the sentence that says that no error rate is known
    here, `something_else` the one that says that more moved than the listed traits; both may be empty.
    `random_spans` are the spans of random directions, each named after the trait that it stands beside.
    """

    before: str
    after: str
    control: bool
    prompts: str
    n_prompts: int
    dose: Number
    dose_name: str
    ranking: tuple[RankedTrait, ...]
    token_measure: str
    tokens: tuple[TokenView, ...] = ()
    spans: tuple[Span, ...] = ()
    random_spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    several_sets: bool = False
    whole_dose: Dose | Absent = NOT_MEASURED
    families: tuple[Family, ...] = ()
    layers: LayerScores | Absent = NOT_MEASURED
    groups: tuple[GroupedShifts, ...] = ()
    calibration: str = ""
    something_else: str = ""

    @property
    def key(self) -> str:
        """What no other comparison has: names hold no spaces."""
        return f"{self.before} to {self.after} {self.prompts}"

    @property
    def on_set(self) -> str:
        """What a title adds to the variants, so that no two are alike."""
        return f" on {self.prompts}" if self.several_sets else ""
