"""Everything the report shows, as values: page, text, figures and the terminal's table read only this.

The pipeline fills a `ReportView` from an experiment's artefacts. A figure that does not exist is an `Absent`
with its reason, so that no renderer has to know why something is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from traitscope.report.comparison_view import ComparisonView
from traitscope.report.series_view import SeriesView
from traitscope.report.trait_view import TraitView
from traitscope.report.values import Number

State: TypeAlias = Literal["done", "running", "stale", "missing", "failed", "skipped"]


@dataclass(frozen=True)
class StageView:
    """One stage of the pipeline and how long its present artefacts took."""

    name: str
    state: State
    seconds: Number


@dataclass(frozen=True)
class VariantRow:
    """A variant as it ran: where its weights came from and how its prompts were rendered."""

    name: str
    model: str
    weights: str
    template: str
    adapter: str
    control: bool


@dataclass(frozen=True)
class Machine:
    """Where the figures were made."""

    device: str
    dtype: str
    threads: int | None


@dataclass(frozen=True)
class ExperimentView:
    """The experiment: identity, machine, cost, and what a reader must know before she believes a figure.

    `fingerprints` maps an artefact's path to its fingerprint; `settings` is the experiment file as it ran.
    `cautions` (judges that failed their check, or have none) stand at the top; they, `warnings` and `limits`
    (what cannot be concluded) are whole sentences.
    """

    name: str
    created: str
    command: str
    seed: int
    machine: Machine
    versions: Mapping[str, str]
    stages: tuple[StageView, ...]
    generated_tokens: int
    judged_answers: int
    variants: tuple[VariantRow, ...] = ()
    fingerprints: Mapping[str, str] | None = None
    settings: str = ""
    cautions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparedRow:
    """A pair on a prompt set, as the file asks for it; `control` is the kind of control that `after` is."""

    before: str
    after: str
    prompts: str
    control: str
    state: State


@dataclass(frozen=True)
class ReportView:
    """The whole report; `figures` are paths of the paper figures, relative to the report's folder.

    `compared` lists every pair on every prompt set, done or not; `comparisons` are those that are done.
    """

    experiment: ExperimentView
    traits: tuple[TraitView, ...]
    comparisons: tuple[ComparisonView, ...] = ()
    figures: tuple[str, ...] = ()
    series: tuple[SeriesView, ...] = ()
    compared: tuple[ComparedRow, ...] = ()
