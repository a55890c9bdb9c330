"""What a plan counts: traits, questions, prompts and their lengths, sizes of models; no weights."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from traitscope.config import REFINEMENTS, SteerSettings, resolve_layers
from traitscope.config.batches import BATCH_ROWS
from traitscope.config.choices import Quantization
from traitscope.data import (
    PROMPT_FORMS,
    Conversation,
    Prompt,
    PromptSet,
    QuestionSplit,
    Trait,
    load_prompt_set,
    load_trait,
    split_questions,
)
from traitscope.experiment import Experiment
from traitscope.models import Renderer
from traitscope.models.architecture import Architecture
from traitscope.models.light_tokenizer import light_tokenizer
from traitscope.models.sizes import Sized, find_size

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CHARACTERS_PER_TOKEN = 4.0
"""Of English prose, where no tokenizer is at hand."""
ASSUMED_PROMPTS, ASSUMED_PROMPT = 282, "x" * 80
"""What stands for a prompt set that is not here yet: as many prompts as the reference experiment's has."""
TEMPLATE_TOKENS = 25
"""What a chat template adds to a question, where it is not at hand; long default prompts add more."""
TURN_TOKENS = 5
"""What it adds to each further turn of a conversation: the speaker's name between its marks."""


@dataclass(frozen=True)
class Lengths:
    """Lengths of one variant's rendered prompts, in tokens."""

    renderer: Renderer | None
    """None where the model's tokenizer is not at hand."""
    chat: bool

    def of(self, asked: Conversation, system_prompt: str | None = None) -> int:
        """Tokens of a rendered prompt."""
        if self.renderer is not None:
            return len(self.renderer.ids(asked, system_prompt))
        contents = [asked] if isinstance(asked, str) else [turn.content for turn in asked]
        added = TEMPLATE_TOKENS + TURN_TOKENS * (len(contents) - 1) if self.chat else 1
        return estimated_tokens(sum(map(len, contents)) + len(system_prompt or "")) + added

    def of_prompt(self, prompt: Prompt) -> int:
        """Tokens of a rendered prompt, under its system prompt."""
        return self.of(prompt.asked, prompt.system_prompt)

    def own(self, text: str) -> int:
        """Tokens of a rendered prompt from its own words on; at most, where it cannot be rendered."""
        if self.renderer is None:
            return self.of(text)
        ids = self.renderer.ids(text)
        return len(ids) - self.renderer.content(ids).start


def estimated_tokens(characters: float) -> int:
    """Tokens of so many characters of prose."""
    return round(characters / CHARACTERS_PER_TOKEN + 0.5)


@dataclass(frozen=True)
class Inputs:
    """An experiment's inputs, looked at once.

    Attributes:
        experiment: config and paths.
        device: `cpu` or `cuda`, where variants name none.
    """

    experiment: Experiment
    device: str

    @cached_property
    def traits(self) -> dict[str, Trait]:
        """All traits, by name."""
        paths = self.experiment.config.trait_paths
        return {name: load_trait(self.experiment.input("traits", path)) for name, path in paths.items()}

    @cached_property
    def prompt_sets(self) -> dict[str, PromptSet]:
        """The prompt sets under `infer`, by name; those that are not here yet are assumed."""
        infer = self.experiment.config.infer
        assumed = (Prompt("assumed", ASSUMED_PROMPT),) * ASSUMED_PROMPTS
        return {
            name: PromptSet(name, assumed)
            if path in self.assumed_prompt_sets
            else load_prompt_set(self.experiment.input("prompts", path, PROMPT_FORMS))
            for name, path in (infer.prompt_sets if infer else {}).items()
        }

    @cached_property
    def assumed_prompt_sets(self) -> tuple[str, ...]:
        """Paths of the prompt sets under `infer` whose files their user has still to write."""
        infer = self.experiment.config.infer
        paths = infer.prompts if infer else ()
        return tuple(path for path in paths if self.experiment.lacks("prompts", path, PROMPT_FORMS))

    @cached_property
    def sizes(self) -> dict[str, Sized]:
        """Variant -> size of its model."""
        return {
            name: find_size(variant.model, self.experiment.beside, variant.revision)
            for name, variant in self.experiment.config.variants.items()
        }

    @cached_property
    def lengths(self) -> dict[str, Lengths]:
        """Variant -> lengths of its prompts."""
        found = {}
        for name, variant in self.experiment.config.variants.items():
            folder = self.sizes[name].folder
            tokenizer = None if folder is None else light_tokenizer(folder)
            where = f"{self.experiment.file}, variants.{name}"
            renderer = None
            if tokenizer is not None:
                whole = cast("PreTrainedTokenizerBase", cast(Any, tokenizer))
                renderer = Renderer(whole, variant.chat, variant.system_prompt, where)
            found[name] = Lengths(renderer, variant.chat)
        return found

    @cached_property
    def batch_rows(self) -> int:
        """Rows decoded together: as the file says, as first resolved, or as a run would resolve it here."""
        recorded = self.experiment.resolved().get("batch_rows")
        return self.experiment.config.run.batch_rows or recorded or BATCH_ROWS[self.device]

    @property
    def steered(self) -> dict[str, Trait]:
        """The traits that are steered, by name."""
        return {name: self.traits[name] for name in self.experiment.config.steered_traits}

    def architecture(self, variant: str) -> Architecture:
        """A variant's numbers."""
        return self.sizes[variant].architecture

    def dtype(self, variant: str) -> str:
        """Number format of a variant's weights: as the file says, as first resolved, or its device's."""
        settings = self.experiment.config.variants[variant]
        recorded = self.experiment.resolved_variants().get(variant, {}).get("dtype")
        if settings.dtype != "auto":
            return settings.dtype
        return str(recorded or ("float32" if self.device_of(variant) == "cpu" else "bfloat16"))

    def quantization(self, variant: str) -> Quantization:
        """How many bits a variant's weights are held in."""
        return self.experiment.config.variants[variant].quantization

    def device_of(self, variant: str) -> str:
        """`cpu` or `cuda`."""
        settings = self.experiment.config.variants[variant]
        if settings.device_map is not None or settings.device == "auto":
            return self.device
        return "cpu" if settings.device == "cpu" else "cuda"

    def weights(self, variant: str) -> tuple[object, ...]:
        """What variants that share their weights have in common."""
        settings = self.experiment.config.variants[variant]
        model = (settings.model, settings.revision, settings.trust_remote_code)
        placed = (self.dtype(variant), self.device_of(variant), settings.device_map, settings.quantization)
        return (*model, *placed)

    def layers(self, trait: Trait, settings: SteerSettings) -> tuple[int, ...]:
        """Layers that a trait's search goes over.

        Raises:
            InputError: they, or those that are to be refined, are not there.
        """
        depth = self.architecture(self.experiment.config.extract.variant).layers
        refine = settings.refine_of(trait.name)
        if refine not in REFINEMENTS:
            resolve_layers(refine, depth, f"{self.experiment.file}, steer.refine")
        return tuple(
            resolve_layers(settings.layers_of(trait.name), depth, f"{self.experiment.file}, steer.layers")
        )

    def split(self, trait: Trait, settings: SteerSettings) -> QuestionSplit:
        """A trait's questions, searched and reported."""
        seed = self.experiment.config.seed
        return split_questions(trait, settings.questions, settings.report_questions, seed)
