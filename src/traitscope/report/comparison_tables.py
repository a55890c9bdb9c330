"""The tables of a comparison: verdicts with their evidence, who read whose words, top spans."""

from collections.abc import Sequence

from traitscope.report import numbers
from traitscope.report.comparison_view import ComparisonView, NullBand, RankedTrait, Span
from traitscope.report.groups_view import GroupedShifts
from traitscope.report.sentences import VERDICT_SIGNS, VERDICT_WORDS
from traitscope.report.series_view import SeriesView
from traitscope.report.tables import Cell, Column, Sheet, cell, name_cell, sheet
from traitscope.report.values import Absent, Estimate
from traitscope.report.view import ComparedRow


def ranking_table(key: str, comparison: ComparisonView) -> Sheet:
    """Every figure of every trait, in the order of |inside score|."""
    heads = (
        Column("trait", numeric=False),
        Column("verdict", numeric=False),
        Column(
            "steered", "whether the direction was proved by steering; no part of the verdict", numeric=False
        ),
        Column("behaviour", "judge's points, after - before, with its 95 % interval"),
        Column("smallest seen", "the smallest behavioural change that would have been seen, in points"),
        Column(
            "inside",
            "mean cosine of spread-divided shift and direction, response tokens 8 on, with its 95 % interval"
            " over prompts and scenes",
        ),
        Column("at its layer", "the same at the trait's own layer alone, in place of the mean over layers"),
        Column("its null", "95 % of the directions that are treated as this trait's"),
        Column("beyond output", "the score in spreads of its null, once the outputs' part is taken out"),
        Column("last prompt token", "the inside score there; it cannot tell “starts like” from “has”"),
        Column("tail share", "share of those directions that score this high"),
        Column("controls", "control adapters that score this high", numeric=False),
        Column("output", "shift of next-token logits on the trait's words"),
        Column("shift", "plain projection's shift at the layer, with its 95 % interval over prompts"),
        Column("layer", "where the shift was measured, and why there", numeric=False),
        Column("behaviour, cut", "the judge's points on answers cut to one length"),
        Column("why", numeric=False),
    )
    return sheet(
        key, "Every figure of the comparison", heads, [_ranked_row(row) for row in comparison.ranking]
    )


def effects_table(key: str, comparison: ComparisonView) -> Sheet:
    """The four cells of readers and writers: model effect, text effect, and what is more than their sum."""
    heads = (
        Column("trait", numeric=False),
        Column("model effect", "same words, other reader: shift of the plain projection"),
        Column("text effect", "same reader, other writer: shift of the plain projection"),
        Column("interaction", "how much further the after variant reads its own words than both effects say"),
    )
    rows = [
        (
            name_cell(row.trait, "rowname"),
            *(
                cell(effect, numbers.shift_interval(effect))
                for effect in (row.model_effect, row.text_effect, row.interaction)
            ),
        )
        for row in comparison.ranking
    ]
    return sheet(key, "Who reads, who writes", heads, rows)


def layers_table(key: str, comparison: ComparisonView) -> Sheet:
    """The deciding score of every trait at every layer that decides."""
    found = comparison.layers
    if isinstance(found, Absent):
        return sheet(key, "Layer by layer", (Column("trait", numeric=False),), [])
    heads = (Column("trait", numeric=False), *(Column(f"L{layer}") for layer in found.layers))
    rows = [
        (name_cell(trait, "rowname"), *(cell(score, numbers.cosine(score)) for score in scores))
        for trait, scores in found.scores.items()
    ]
    return sheet(key, "Layer by layer", heads, rows)


def groups_table(key: str, grouped: GroupedShifts) -> Sheet:
    """A field's groups, a row each: every trait's plain shift with its interval."""
    traits = list(grouped.groups[0].shifts) if grouped.groups else []
    heads = (Column(grouped.field, numeric=False), Column("prompts"), *(Column(trait) for trait in traits))
    rows = [
        (
            name_cell(group.value, "rowname"),
            cell(group.prompts, numbers.whole(group.prompts)),
            *(cell(shift, numbers.shift_interval(shift)) for shift in group.shifts.values()),
        )
        for group in grouped.groups
    ]
    return sheet(key, f"By {grouped.field}", heads, rows)


def series_table(key: str, series: SeriesView) -> Sheet:
    """A trait's steps, a row each: inside score and behaviour against the first variant."""
    heads = (
        Column("trait", numeric=False),
        Column("variant", numeric=False),
        Column("inside", "score with its 95 % interval over prompts and scenes"),
        Column("its null", "95 % of the directions that are treated as this trait's"),
        Column("behaviour", "judge's points, against the first variant"),
    )
    rows = [
        (
            name_cell(trait, "rowname"),
            name_cell(variant),
            cell(step.inside, numbers.cosine_interval(step.inside)),
            _band_cell(step.band),
            cell(step.behaviour, numbers.points_interval(step.behaviour)),
        )
        for trait, steps in series.traits.items()
        for variant, step in zip(series.later, steps, strict=True)
    ]
    names = [f"{row[0].text} at {row[1].text}" for row in rows]
    return sheet(key, f"Every figure of the series on {series.prompts}", heads, rows, names)


def compared_table(rows: Sequence[ComparedRow]) -> Sheet:
    """Every pair on every prompt set: nothing that was looked at is left out."""
    heads = tuple(Column(name, numeric=False) for name in ("before", "after", "prompts", "control", "state"))
    cells = [
        (
            name_cell(row.before, "rowname"),
            name_cell(row.after, "rowname"),
            name_cell(row.prompts),
            name_cell(row.control or "no"),
            name_cell(row.state),
        )
        for row in rows
    ]
    return sheet("compared", "Everything that was compared", heads, cells)


def spans_table(key: str, comparison: ComparisonView) -> Sheet:
    """The stretches of text that differ most, largest first."""
    heads = (
        Column("trait", numeric=False),
        Column("mean difference", f"{comparison.token_measure}, times n / (n + 4) for n tokens"),
        Column("text", "the span stands between « and »", numeric=False),
        Column("variant", numeric=False),
        Column("prompt", numeric=False),
    )
    rows = [
        (
            name_cell(span.trait, "rowname"),
            cell(span.mean, numbers.signed(span.mean)),
            name_cell(f"{span.left}«{span.text}»{span.right}", "words"),
            name_cell(span.variant),
            name_cell(span.prompt_id),
        )
        for span in ordered_spans(comparison)
    ]
    return sheet(key, "Where the answers differ most", heads, rows)


def largest_random_spans(comparison: ComparisonView) -> list[Span]:
    """The largest span of each trait's random direction, largest first."""
    largest: dict[str, Span] = {}
    for span in sorted(comparison.random_spans, key=lambda span: -abs(span.mean)):
        largest.setdefault(span.trait, span)
    return list(largest.values())


def ordered_spans(comparison: ComparisonView) -> list[Span]:
    """The spans by the size of their difference, largest first."""
    return sorted(comparison.spans, key=lambda span: -abs(span.mean))


def _ranked_row(row: RankedTrait) -> list[Cell]:
    return [
        name_cell(row.trait, "rowname"),
        Cell(
            f"{VERDICT_SIGNS[row.verdict]} {VERDICT_WORDS[row.verdict]}",
            row.verdict,
            kind=f"verdict-{row.verdict}",
        ),
        name_cell("steered" if row.steered else "not steered"),
        cell(row.behaviour, numbers.points_interval(row.behaviour)),
        cell(row.smallest_seen, numbers.points(row.smallest_seen)),
        _inside_cell(row),
        cell(row.score_at_layer, numbers.cosine(row.score_at_layer)),
        _band_cell(row.band),
        cell(row.beyond_output, numbers.signed(row.beyond_output)),
        cell(row.score_last_prompt, numbers.cosine(row.score_last_prompt)),
        cell(row.tail_share, numbers.tail(row.tail_share)),
        name_cell(row.controls_above),
        cell(row.output, numbers.signed(row.output)),
        cell(row.shift, numbers.shift_interval(row.shift)),
        cell(row.layer, f"{row.layer}, {row.layer_reason}"),
        cell(row.behaviour_cut, numbers.points_interval(row.behaviour_cut)),
        name_cell(row.reason, "words"),
    ]


def _inside_cell(row: RankedTrait) -> Cell:
    if isinstance(row.inside, Estimate):
        return cell(row.inside, numbers.cosine_interval(row.inside))
    return cell(row.score, numbers.cosine(row.score))


def _band_cell(band: NullBand | Absent) -> Cell:
    if isinstance(band, Absent):
        return Cell(numbers.MISSING, "", band.reason)
    text = f"{numbers.cosine(band.low)} to {numbers.cosine(band.high)}"
    return Cell(text, band.high - band.low, kind="soft")
