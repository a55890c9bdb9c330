"""One run of an experiment: everything a stage needs beside its own settings."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import torch

from traitscope.config.batches import BATCH_ROWS
from traitscope.data import PROMPT_FORMS, PromptSet, Trait, load_prompt_set, load_trait
from traitscope.engine import keep_freed_memory
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Experiment, locked, making
from traitscope.pipeline.conduct import Conduct
from traitscope.pipeline.judge.judges import Judges
from traitscope.pipeline.variants import Variants
from traitscope.progress import Progress, Silence

QUESTIONS = "questions-"
"""What the folder of a trait's report questions begins with; no prompt set's name does."""


Known = TypeVar("Known")


@dataclass(frozen=True)
class Run:
    """An opened experiment with its variants, at work.

    Attributes:
        experiment: config and paths.
        variants: loads models when they are needed.
        batch_rows: rows decoded together, as first resolved.
        judges: made when they are needed.
        progress: told of the work.
        conduct: asked between batches, and told of failures.
        chosen: names of the traits that are worked on, while the others stay as they are; None: all.
        chosen_prompts: the same of the prompt sets.
        refines: searches are refined where the settings say so; otherwise that is left for later.
        reserve: seconds of the time left that refinements leave to others.
    """

    experiment: Experiment
    variants: Variants
    batch_rows: int
    judges: Judges
    progress: Progress = field(default_factory=Silence)
    conduct: Conduct = field(default_factory=Conduct)
    chosen: frozenset[str] | None = None
    chosen_prompts: frozenset[str] | None = None
    refines: bool = True
    reserve: float = 0.0
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def traits(self) -> dict[str, Trait]:
        """The experiment's traits by name, in the order of the file.

        Raises:
            InputError: a folder is missing or its content cannot be used.
        """
        paths = self.experiment.config.trait_paths
        return {name: load_trait(self.experiment.input("traits", path)) for name, path in paths.items()}

    @cached_property
    def prompt_sets(self) -> dict[str, PromptSet]:
        """The prompt sets under `infer` by name, in the order of the file.

        Raises:
            InputError: one does not exist or cannot be used.
        """
        settings = self.experiment.config.infer
        assert settings is not None
        return {name: self._prompt_set(name, path) for name, path in settings.prompt_sets.items()}

    def _prompt_set(self, name: str, path: str) -> PromptSet:
        found = load_prompt_set(self.experiment.input("prompts", path, PROMPT_FORMS))
        if name.startswith(QUESTIONS):
            raise InputError(
                f"{self.experiment.file}, infer.prompts",
                f"a prompt set's name cannot begin with '{QUESTIONS}', as the folders of report questions do",
                f"rename the file of '{path}'",
            )
        # Its folders are named after the file, whose name was checked, not after what the file says.
        return replace(found, name=name)

    def once(self, key: Hashable, make: Callable[[], Known]) -> Known:
        """What the inputs alone decide, made when first wanted: every look at what is done asks for it."""
        if key not in self._known:
            self._known[key] = make()
        known: Known = self._known[key]
        return known

    def works_on(self, trait: str) -> bool:
        """Whether a trait is among those that are worked on."""
        return self.chosen is None or trait in self.chosen

    def works_on_prompts(self, name: str) -> bool:
        """Whether a prompt set is among those that are worked on."""
        return self.chosen_prompts is None or name in self.chosen_prompts

    @property
    def seed(self) -> int:
        """The experiment's seed."""
        return self.experiment.config.seed

    @contextmanager
    def making(self, artefact: Artefact) -> Iterator[dict[str, object]]:
        """Make an artefact of this experiment (see `experiment.making`)."""
        layout = self.experiment.layout
        with making(artefact, layout.archive, layout.root) as record:
            yield record


def look(experiment: Experiment) -> Run:
    """A run that only looks: nothing is locked, recorded, loaded or fetched."""
    resolved = experiment.resolved()
    variants = Variants(experiment, experiment.resolved_variants(), Silence(), fetch=False)
    return Run(experiment, variants, resolved.get("batch_rows") or 1, Judges(experiment, Silence()))


def pin_commits(run: Run) -> None:
    """Record the commit of every model and adapter from the hub, once found: later runs take the same. And
    keep each one's small files: what is stored can then be read where the weights are gone."""
    variants, found = run.experiment.resolved_variants(), run.variants
    for name, placed in variants.items():
        commit = found.source(name).commit
        if commit:
            placed["commit"] = commit
        adapter = found.adapter(name)
        if adapter and adapter.commit:
            placed |= {"lora": found.settings(name).lora, "lora_commit": adapter.commit}
        found.keep(name)
    run.experiment.record(run.experiment.resolved() | {"variants": variants})


@contextmanager
def running(experiment: Experiment, progress: Progress, conduct: Conduct | None = None) -> Iterator[Run]:
    """Hold the experiment's lock and fix what is resolved once: threads, batch size, dtypes.

    Raises:
        WorkError: another process works on it; the sentence names its pid.
    """
    with locked(experiment.layout.lock):
        resolved = experiment.resolved()
        settings = experiment.config.run
        threads = settings.threads or resolved.get("threads") or torch.get_num_threads()
        torch.set_num_threads(threads)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cpu":
            keep_freed_memory()
        batch_rows = settings.batch_rows or resolved.get("batch_rows") or BATCH_ROWS[device]
        variants = Variants(experiment, experiment.resolved_variants(), progress)
        placed = {name: variants.record(name) for name in experiment.config.variants}
        experiment.record({"threads": threads, "batch_rows": batch_rows, "variants": placed})
        judges = Judges(experiment, progress)
        try:
            yield Run(experiment, variants, batch_rows, judges, progress, conduct or Conduct())
        finally:
            judges.close()
