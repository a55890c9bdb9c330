"""The matrix of winners and judged traits: what each winner does to every trait's score."""

from collections.abc import Sequence

from traitscope.report import numbers
from traitscope.report.tables import Cell, Column, Sheet, cell, name_cell, sheet
from traitscope.report.trait_view import SpecificityView, TraitView
from traitscope.report.values import Absent

_WORDS = {True: "yes", False: "no", None: numbers.MISSING}


def specificity_table(traits: Sequence[TraitView]) -> Sheet:
    """Steered traits down, judged traits across; a sheet without rows where nothing was judged.

    Cells are paired differences to the unsteered answers in standard deviations of these, so that judges who
    use their scales differently can be held against each other.
    """
    found = [(trait.name, trait.specificity) for trait in traits]
    rows = [(name, one) for name, one in found if isinstance(one, SpecificityView) and one.cells]
    judged = list(dict.fromkeys(one.judged for _, view in rows for one in view.cells))
    heads = [
        Column("steered", numeric=False),
        Column("specific", "it moves its own trait most", numeric=False),
        *(Column(name, f"scored for {name}") for name in judged),
    ]
    caption = "What each winner does to every trait's score, in spreads of the unsteered scores"
    return sheet("specificity", caption, heads, [_row(name, view, judged) for name, view in rows])


def _row(name: str, view: SpecificityView, judged: Sequence[str]) -> list[Cell]:
    by_trait = {one.judged: one.in_spreads for one in view.cells}
    values = [by_trait.get(one, Absent("not judged")) for one in judged]
    return [
        name_cell(name, "rowname"),
        Cell(_WORDS[view.specific], _WORDS[view.specific], view.reason),
        *(cell(value, numbers.points_interval(value)) for value in values),
    ]
