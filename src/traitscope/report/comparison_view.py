"""What the report shows of one comparison: three lines of evidence per trait, and the words they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass

from traitscope.comparison import VerdictName
from traitscope.report.values import Absent, Measured, Number


@dataclass(frozen=True)
class NullBand:
    """The 2.5 % and 97.5 % quantiles of the inside scores of `directions` random directions treated alike."""

    low: float
    high: float
    directions: int


@dataclass(frozen=True)
class RankedTrait:
    """One trait's evidence. `shift` is the plain projection's at `layer`; `score` the deciding inside score.

    `controls_above` is text ("0 of 1 controls score this high"). `smallest_seen` is the smallest behavioural
    change that would have been seen. `steered` says whether the trait's direction was proved by steering: a
    flag beside the verdict, never part of it. `reason` is the clause that explains the verdict.
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


@dataclass(frozen=True)
class TokenLine:
    """One variant's own answer: its tokens, and per trait one projection a token.

    Raises:
        ValueError: a trait has more or fewer projections than there are tokens.
    """

    variant: str
    tokens: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]

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

    `dose` is how far the adapter carries the model, in the words of `dose_name`; `token_measure` says what
    the tokens' values are; `several_sets` that the variants are compared on other prompt sets too.
    """

    before: str
    after: str
    control: bool
    prompts: str
    n_prompts: int
    dose: Number
    dose_name: str
    null_band: NullBand | Absent
    ranking: tuple[RankedTrait, ...]
    token_measure: str
    tokens: tuple[TokenView, ...] = ()
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    several_sets: bool = False

    @property
    def key(self) -> str:
        """What no other comparison has: names hold no spaces."""
        return f"{self.before} to {self.after} {self.prompts}"

    @property
    def on_set(self) -> str:
        """What a title adds to the variants, so that no two are alike."""
        return f" on {self.prompts}" if self.several_sets else ""
