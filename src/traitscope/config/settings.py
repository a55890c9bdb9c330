"""What an experiment file may say: every key, its meaning, its unit and its default."""

from typing import Annotated

from pydantic import Field, field_validator

from traitscope.config.choices import (
    AnyCount,
    Component,
    Control,
    Filter,
    Growth,
    JudgeChoice,
    LayersChoice,
    LayersText,
    Massive,
    Method,
    Name,
    NamePath,
    NullChoice,
    OrthogonalTo,
    Pairs,
    Policy,
    PositionText,
    PromptSets,
    Push,
    Quantization,
    Reason,
    RefineChoice,
    ReportQuestions,
    Seed,
    Shrinkage,
    Sides,
    SteeredPositions,
    Store,
    StoreDtype,
    prompt_set_name,
    trait_name,
)
from traitscope.config.judges import JudgeSettings
from traitscope.config.lint import LintSettings
from traitscope.config.order import OrderEntry
from traitscope.config.values import (
    Count,
    Dtype,
    Flag,
    Fraction,
    NotNegative,
    Positive,
    Score,
    Settings,
    Text,
)


class VariantSettings(Settings):
    """One way to run a model: weights, an adapter or none, and whether prompts go through a chat template."""

    model: Text
    """`smollm2`, a Hugging Face id, or a folder that holds safetensors."""
    chat: Flag = False
    """Render prompts with the model's chat template; false is raw text completion."""
    system_prompt: Text = "default"
    """`default` (the template's own), `none`, or the text itself: templates differ without saying so."""
    lora: Text | None = None
    """A PEFT adapter: a folder, looked for beside the experiment file and then among the shipped ones, or a
    Hugging Face id (owner/name)."""
    control: Control = False
    """The adapter plants nothing: it shows what any fine-tune does to the inside scores. True, or the kind of
    control in a word: a control is never held against others of its kind."""
    dtype: Dtype = "auto"
    """Number format of the weights; auto is float32 on a CPU and bfloat16 on a GPU. float16 overflows."""
    quantization: Quantization = "none"
    """`int8` or `nf4` hold the weights in 8 or 4 bits; takes bitsandbytes, and changes every figure."""
    device: Text = "auto"
    """`auto` (a GPU where there is one), `cpu`, `cuda`, `cuda:1`, `mps`."""
    device_map: Text | None = None
    """How a large model is spread over devices, as in transformers (`auto`, `balanced`); none: one device."""
    revision: Text | None = None
    """Commit or tag of a Hugging Face model; none is the newest one cached or published."""
    trust_remote_code: Flag = False
    """Run code that comes with the weights; off, because it is code from strangers."""


class ExtractSettings(Settings):
    """How scenes become directions."""

    variant: str
    """Who completes the scenes: a base model, so that the direction is no habit of a chat template."""
    new_tokens: Count = 16
    """Tokens generated for each scene."""
    samples: Count = 1
    """Completions of each scene, whose residuals are averaged first; more than one needs a temperature."""
    temperature: NotNegative = 0.0
    """0 takes the likeliest token; above, tokens are drawn, the same ones for the same seed."""
    position: PositionText = "response[:5]"
    """Tokens whose residuals are averaged; the first few generated ones lie closest to the trait."""
    positions: Annotated[tuple[PositionText, ...], Field(min_length=1)] | None = None
    """Several of them in place of `position`: each has directions of its own, fitted from the same
    completions, and they compete when they steer; `compare` and traits without a winner take the first."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = ("mean_diff", "probe")
    """How the contrast becomes a direction; several are fitted side by side."""
    pairs: Pairs | None = None
    """Pairs of scenes used, from the first on; none is all. Below 20 held-out figures mean nothing."""
    component: Component = "residual"
    """What is captured and, by `steer`, added to: the residual stream after a block, or what its attention
    (`attn_out`) or its MLP (`mlp_out`) adds to it."""
    massive_dimensions: Massive = "keep"
    """Dimensions whose mean size over the scenes is above 10 times the median dimension's: `keep` reports
    them only, `clip` limits them to that size, `drop` leaves them out before a direction is fitted."""
    orthogonal_to: OrthogonalTo = ()
    """What is taken out of every direction once it is fitted: other traits' directions, by name, and
    `length`, along which residuals change with the length of the completion; for all traits or
    {trait: [...]}."""

    @property
    def fitted_positions(self) -> tuple[str, ...]:
        """Every position that has directions."""
        return self.positions or (self.position,)


class SteerSettings(Settings):
    """How directions are proved causal: the search for a layer and a coefficient, and the report on it."""

    variant: str
    """Who is steered; it must be a chat variant."""
    traits: Annotated[tuple[NamePath, ...], Field(min_length=1)] | None = None
    """Which of the file's traits are steered, by name or path; none is all of them."""
    method: Method = "mean_diff"
    """Whose direction is added; a probe adds its pattern, not its weights."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] | None = None
    """Several of them in place of `method`: their directions compete, each with a search of its own, in the
    same batches; the winner says what it beat."""
    layers: LayersChoice = "30%-60%"
    """Layers searched: `20:60:2` (both ends counted), `5-20`, `3,7`, `30%-60%` of the depth, `all`; for all
    traits or {trait: layers}."""
    policy: Policy = "binary"
    """How the coefficient moves: `binary`: up after a coherent evaluation, down after an incoherent one;
    `fixed`: through `strengths`, whatever they give; `frontier`: to each layer's edge of coherence by what
    needs no judge, then only the best layers, on a third of the answers."""
    strengths: Annotated[tuple[Positive, ...], Field(min_length=1)] | None = None
    """Of policy `fixed`: coefficients to try, as shares of the layer's base norm, in their order."""
    start: Positive = 0.7
    """Of policy `binary`, as the next four: first coefficient, as a share of the layer's base norm; 0.35 fits
    small models."""
    steps: Count = 4
    """Judged evaluations of each layer, the first included."""
    up: Growth = 1.2
    """Factor after a coherent evaluation."""
    down: Shrinkage = 0.85
    """Factor after an incoherent evaluation."""
    momentum: Fraction = 0.7
    """Share of the last step's velocity kept: damps the swing between too weak and too strong."""
    refine: RefineChoice = "none"
    """What is tried after that: `auto`: new coefficients at all layers within 3 of the best one, itself
    included (and of the runner-up where the intervals of their deltas overlap); layers such as `30:36`, which
    may have been searched or not; `none`; for all traits or {trait: layers}. It pays where layers were
    skipped."""
    refine_steps: Count = 2
    """Judged evaluations of the refined layers: of all of them first, then each time of the better half, by
    what it promises."""
    questions: Count = 10
    """Questions searched on, drawn by the seed."""
    report_questions: ReportQuestions = 20
    """Questions behind every figure in a table, drawn from the rest; `same`: the searched ones."""
    new_tokens: Count = 64
    """Tokens of each answer, unsteered and steered alike."""
    samples: Count = 1
    """Answers to each question, whose scores are averaged first; more than one needs a temperature."""
    temperature: NotNegative = 0.0
    """0 takes the likeliest token; above, tokens are drawn, by the same random numbers for every push."""
    random_arms: Count = 5
    """Directions drawn from the covariance of the layer's residuals, each as long as does the winner's
    damage: to be shown, a winner must go further than all of them on the report questions."""
    other_arms: AnyCount = 5
    """Directions of the file's other traits that it must go further than as well, the first ones in the file;
    where it lists fewer, those there are, and tables say so."""
    specificity: Flag = True
    """Judge the winner's report answers for every listed trait that has a judge: does it move its own
    most?"""
    threshold: Score = 70
    """Mean coherence (0-100) below which no evaluation is best; at 70 answers still read as English."""
    damage: Flag = True
    """Measure what each winner costs, beside what it gains: how far each arm moves the next token on 20
    neutral prompts, right answers to 120 multiple-choice items, and answers to 20 instructions."""
    skip_above: Score = 85
    """Mean trait score of the unsteered answers from which a trait is not induced: there is no room."""
    skip_below: Score = 5
    """Mean trait score of the unsteered answers up to which a trait is not suppressed."""
    skip: dict[Name, Reason] = Field(default_factory=dict)
    """Traits left out by hand, {trait: reason}: nothing is asked of them, and their row says why."""
    positions: SteeredPositions = "all"
    """Which tokens are pushed: `all` (the reference), or `response`: those from the last prompt token on."""
    push: Push | None = None
    """`induce` adds the direction for the largest delta, `suppress` subtracts it for the smallest; none is as
    the trait's `direction` says, and that is `induce` unless it says `negative`."""
    judge: JudgeChoice = "lexicon"
    """Who scores the trait 0-100, for all traits or {trait: judge}: `lexicon` (sentiment, for moods only),
    `classifier` (trained on the trait's labelled answers), or a name under `judges`."""
    coherence: Text = "likelihood"
    """Who scores coherence 0-100; `likelihood` is the unsteered model's, combined with repetition; or a
    language model's name under `judges`."""

    @property
    def competing_methods(self) -> tuple[Method, ...]:
        """Every method whose direction is tried."""
        return self.methods or (self.method,)

    @property
    def sign(self) -> int:
        """1 where the trait is induced, -1 where it is suppressed: a factor of coefficients and gains."""
        return -1 if self.push == "suppress" else 1

    def layers_of(self, trait: str) -> str:
        """The layers searched for a trait, by its name."""
        return self.layers if isinstance(self.layers, str) else self.layers[trait]

    def refine_of(self, trait: str) -> str:
        """`none`, `auto` or the layers refined for a trait, by its name; a trait not named is not refined."""
        return self.refine if isinstance(self.refine, str) else self.refine.get(trait, "none")


class VetSettings(Settings):
    """Whether completed scenes show their pole, by a judge that sees the completion and not the scene."""

    judge: JudgeChoice
    """Who scores the completions, for all traits or {trait: judge}, as under `steer`."""
    positive: Score = 60
    """Score from which the completion of a positive scene passes."""
    negative: Score = 40
    """Score up to which the completion of a negative scene passes."""
    filter: Filter = "none"
    """`none` reports only; `pairs` drops every pair with a completion that does not pass. Good directions
    have come from sets with few passes."""


class InferSettings(Settings):
    """Which variants answer which prompts, so that they can be compared."""

    variants: Annotated[tuple[str, ...], Field(min_length=1)]
    """Who answers."""
    prompts: PromptSets
    """A prompt set, or a list of them, looked for beside the experiment file and then among the shipped ones;
    each is answered, read and compared by itself."""
    new_tokens: Count = 64
    """Tokens of each answer."""
    store: Store = "tokens"
    """What is kept of residuals: `tokens`: each token, so that any direction can be projected later, word by
    word; `mean`: sums over each answer and prompt alone; `none`: beside these, each token's projections on
    the directions that there are, made on the device. Verdicts rest on the sums, and are the same with all
    three."""
    store_dtype: StoreDtype = "bfloat16"
    """Number format of stored tokens; projections are computed from what is stored. Sums are float32."""
    layers: LayersText = "all"
    """Layers whose tokens are kept, as under `steer`; those that a trait is read at are always among them,
    and sums are kept of all."""
    components: Annotated[tuple[Component, ...], Field(min_length=1)] = ("residual",)
    """What tokens are kept of: the residual stream after a block, `attn_out`, `mlp_out`."""
    sides: Sides = "response"
    """Which tokens are kept: those of the `response` and the one before it, those of the `prompt` from its
    own words on, or `all`."""
    shard_mb: Count = 256
    """Megabytes after which a file of the store is closed and the next one begun; what is lost by a kill."""

    @property
    def prompt_sets(self) -> dict[str, str]:
        """Paths of the prompt sets by their names, in the order of the file."""
        return {prompt_set_name(path): path for path in self.prompts}

    def on_set(self, name: str) -> str:
        """What follows in words of a piece of work on a prompt set: its name, where there are several."""
        return f" on {name}" if len(self.prompts) > 1 else ""


class Comparison(Settings):
    """Two variants, one of them before and one after a change."""

    before: str
    """The variant without the change; centring and spread come from its answers."""
    after: str
    """The variant with the change, as a rule a fine-tune."""


class CompareSettings(Settings):
    """Which variants are compared, and what with; a list of pairs may stand in its place."""

    pairs: tuple[Comparison, ...] = ()
    """Pairs of variants, before and after."""
    series: tuple[Annotated[tuple[str, ...], Field(min_length=2)], ...] = ()
    """Variants in an order, such as the checkpoints of one training: each is compared with the first."""
    against: NullChoice = "foreign"
    """What inside scores are held against: `foreign`: contrasts of scenes of other topics, from a shipped
    bank that `extract` completes once; `covariance`: directions drawn from the covariance of the before
    variant's tokens; `isotropic`: any direction, which is too easy."""
    judge: JudgeChoice | None = None
    """Who judges the variants' answers, as under `steer`; none is whom `steer` names, or else the lexicon."""
    cause: Flag = False
    """Take each moved trait's direction out of the after variant, and add the measured shift to the before
    variant: how much of the change in behaviour goes, and how much comes."""
    groups: tuple[Text, ...] = ()
    """Fields of the prompts by which effects are shown apart."""

    @property
    def all_pairs(self) -> tuple[Comparison, ...]:
        """The pairs, then those of the series, each once."""
        steps = [Comparison(before=first, after=later) for first, *others in self.series for later in others]
        return tuple({(one.before, one.after): one for one in (*self.pairs, *steps)}.values())


class RunSettings(Settings):
    """What changes speed, and figures by rounding only; recorded once and kept when a run is resumed."""

    batch_rows: Count | None = None
    """Answers decoded together; none lets the device decide, once."""
    threads: Count | None = None
    """CPU threads; none leaves it to torch."""


class Config(Settings):
    """A whole experiment file."""

    name: Name
    """Name of the experiment and of its folder under `experiments/`."""
    variants: Annotated[dict[Name, VariantSettings], Field(min_length=1)]
    """The models taking part, each under a name of its own."""
    traits: Annotated[tuple[NamePath, ...], Field(min_length=1)]
    """Folders of scenes, looked for beside the experiment file and then among the shipped ones."""
    judges: dict[Name, JudgeSettings] = Field(default_factory=dict)
    """Judges that are not built in, each under a name of its own."""
    lint: LintSettings = Field(default_factory=LintSettings)
    """When a trait folder is warned of."""
    vet: VetSettings | None = None
    """Completed scenes to passes; without it nothing is vetted, and tables say so."""
    extract: ExtractSettings
    """Scenes to directions."""
    steer: SteerSettings | None = None
    """Directions to proofs; without it nothing is steered."""
    infer: InferSettings | None = None
    """Prompts to answers; without it no variants are compared."""
    compare: CompareSettings = Field(default_factory=CompareSettings)
    """Which variants are compared."""
    order: tuple[OrderEntry, ...] = ()
    """What is done first, and what only if there is time; without it, stage after stage."""
    run: RunSettings = Field(default_factory=RunSettings)
    """Speed."""
    seed: Seed = 0
    """Draws questions, folds, random directions and bootstrap samples."""

    @field_validator("compare", mode="before")
    @classmethod
    def _pairs_alone(cls, value: object) -> object:
        return {"pairs": value} if isinstance(value, list | tuple) else value

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All pairs of variants that are compared."""
        return self.compare.all_pairs

    @property
    def compared_by(self) -> str | dict[str, str]:
        """Who judges the answers of variants that are compared."""
        return self.compare.judge or (self.steer.judge if self.steer else "lexicon")

    @property
    def trait_paths(self) -> dict[str, str]:
        """Paths of the traits by their names, in the order of the file."""
        return {trait_name(path): path for path in self.traits}

    @property
    def steered_traits(self) -> tuple[str, ...]:
        """Names of the traits that are steered, in the order of `traits`; none without `steer`."""
        return tuple(name for name in self.trait_paths if self.why_not_steered(name) is None)

    @property
    def refined_traits(self) -> tuple[str, ...]:
        """Names of the steered traits whose search is refined."""
        steer = self.steer
        return tuple(name for name in self.steered_traits if steer and steer.refine_of(name) != "none")

    def why_not_steered(self, trait: str) -> str | None:
        """Why a trait, by its name, is not steered, as a clause; None where it is."""
        if self.steer is None:
            return "the file has no 'steer'"
        if trait in self.steer.skip:
            return self.steer.skip[trait]
        chosen = self.steer.traits
        if chosen is not None and trait not in map(trait_name, chosen):
            return "not under steer.traits"
        return None
