"""The view of variants in an order: each later one held against the first."""

from collections.abc import Mapping, Sequence

from traitscope.pipeline.run import Run
from traitscope.report import ComparisonView, SeriesStep, SeriesView

Key = tuple[str, str, str]
"""Before, after, prompt set."""


def series_views(run: Run, comparisons: Sequence[ComparisonView]) -> tuple[SeriesView, ...]:
    """A view for each series under `compare.series` on each prompt set on which all of it is compared."""
    done = {(one.before, one.after, one.prompts): one for one in comparisons}
    sets = dict.fromkeys(one.prompts for one in comparisons)
    return tuple(
        _view(first, tuple(later), prompts, done)
        for first, *later in run.experiment.config.compare.series
        for prompts in sets
        if all((first, variant, prompts) in done for variant in later)
    )


def _view(first: str, later: tuple[str, ...], prompts: str, done: Mapping[Key, ComparisonView]) -> SeriesView:
    rows = [{row.trait: row for row in done[first, variant, prompts].ranking} for variant in later]
    return SeriesView(
        first,
        later,
        prompts,
        {
            trait: tuple(
                SeriesStep(of_step[trait].inside, of_step[trait].band, of_step[trait].behaviour)
                for of_step in rows
            )
            for trait in rows[0]
        },
    )
