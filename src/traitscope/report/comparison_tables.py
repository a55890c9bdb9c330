"""The tables of a comparison: verdicts with their evidence, who read whose words, top spans."""

from traitscope.report import numbers
from traitscope.report.comparison_view import ComparisonView, RankedTrait, Span
from traitscope.report.sentences import VERDICT_SIGNS, VERDICT_WORDS
from traitscope.report.tables import Cell, Column, Sheet, cell, name_cell, sheet


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
        Column("inside", "mean cosine of spread-divided shift and direction, response tokens 8 on"),
        Column("last prompt token", "the inside score there; it cannot tell “starts like” from “has”"),
        Column("tail share", "share of random directions that score this high"),
        Column("controls", "control adapters that score this high", numeric=False),
        Column("output", "shift of next-token logits on the trait's words"),
        Column("shift", "plain projection's shift at the layer, with its 95 % interval over prompts"),
        Column("layer", "where the shift was measured, and why there", numeric=False),
        Column("why", numeric=False),
    )
    return sheet(
        key, "Every figure of the comparison", heads, [_ranked_row(row) for row in comparison.ranking]
    )


def effects_table(key: str, comparison: ComparisonView) -> Sheet:
    """Model effect (same words, other reader) beside text effect (same reader, other writer)."""
    heads = (
        Column("trait", numeric=False),
        Column("model effect", "same words, other reader: shift of the plain projection"),
        Column("text effect", "same reader, other writer: shift of the plain projection"),
    )
    rows = [
        (
            name_cell(row.trait, "rowname"),
            cell(row.model_effect, numbers.shift_interval(row.model_effect)),
            cell(row.text_effect, numbers.shift_interval(row.text_effect)),
        )
        for row in comparison.ranking
    ]
    return sheet(key, "Who reads, who writes", heads, rows)


def spans_table(key: str, comparison: ComparisonView) -> Sheet:
    """The stretches of text that differ most, largest first."""
    heads = (
        Column("trait", numeric=False),
        Column("mean difference", comparison.token_measure),
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
        cell(row.score, numbers.cosine(row.score)),
        cell(row.score_last_prompt, numbers.cosine(row.score_last_prompt)),
        cell(row.tail_share, numbers.tail(row.tail_share)),
        name_cell(row.controls_above),
        cell(row.output, numbers.signed(row.output)),
        cell(row.shift, numbers.shift_interval(row.shift)),
        cell(row.layer, f"{row.layer}, {row.layer_reason}"),
        name_cell(row.reason, "words"),
    ]
