"""The view of effects by group: own words of both variants, on the prompts of one value of a field."""

from collections.abc import Mapping, Sequence

import polars as pl

from traitscope.comparison import projection_shift
from traitscope.data import Scalar
from traitscope.pipeline.infer.fields import Fields
from traitscope.report import Absent, Estimate, Group, GroupedShifts, Measured

FEWEST = 3
"""Prompts of the smallest group whose shift is shown: an interval over two says nothing."""
MEASURE = "Plain shift: own words of both variants at each trait's layer, in units of the mean norm"
NO_VALUE = "(none)"


def grouped_shifts(
    table: pl.DataFrame, pair: tuple[str, str], wanted: Sequence[str], fields: Fields
) -> tuple[GroupedShifts, ...]:
    """The plain shifts by each wanted field that the prompts of this set have.

    Args:
        table: projections of response tokens: variant, prompt, trait, value.
        pair: the variants before and after.
    """
    shifts = prompt_shifts(table, pair)
    if not shifts:
        return ()
    return tuple(_grouped(name, fields[name], shifts) for name in wanted if name in fields)


def prompt_shifts(table: pl.DataFrame, pair: tuple[str, str]) -> dict[str, dict[str, tuple[float, float]]]:
    """Trait -> prompt -> mean value of a token before and after, of prompts that both answered."""
    means = table.group_by("trait", "prompt", "variant", maintain_order=True).agg(pl.col("value").mean())
    found: dict[str, dict[str, dict[str, float]]] = {}
    for trait, prompt, variant, value in means.iter_rows():
        found.setdefault(trait, {}).setdefault(prompt, {})[variant] = value
    before, after = pair
    return {
        trait: {
            prompt: (both[before], both[after])
            for prompt, both in prompts.items()
            if before in both and after in both
        }
        for trait, prompts in found.items()
    }


def _grouped(
    name: str, of_prompt: Mapping[str, Scalar], shifts: Mapping[str, Mapping[str, tuple[float, float]]]
) -> GroupedShifts:
    groups: dict[Scalar, list[str]] = {}
    for prompt, value in of_prompt.items():
        groups.setdefault(value, []).append(prompt)
    ordered = sorted(groups, key=_order)
    return GroupedShifts(
        name,
        MEASURE,
        tuple(
            Group(
                NO_VALUE if value is None else str(value),
                len(groups[value]),
                {trait: _shift([of[p] for p in groups[value] if p in of]) for trait, of in shifts.items()},
            )
            for value in ordered
        ),
    )


def _order(value: Scalar) -> tuple[bool, float, str]:
    """Numbers by size, words by the alphabet, no value last."""
    number = float(value) if isinstance(value, int | float) else 0.0
    return value is None, number, value if isinstance(value, str) else ""


def _shift(pairs: Sequence[tuple[float, float]]) -> Measured:
    if len(pairs) < FEWEST:
        return Absent(f"{len(pairs)} prompt{'s' if len(pairs) != 1 else ''}, {FEWEST} at the least")
    before, after = zip(*pairs, strict=True)
    found = projection_shift(before, after)
    return Estimate(found.mean, found.low, found.high, len(pairs), "prompts")
