"""A comparison's view: three lines of evidence per trait, and the words they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from traitscope.config import InferSettings
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.compare.stage import TOKENS, comparison_artefact, comparisons, load_comparison
from traitscope.pipeline.report.summary import judge_label
from traitscope.pipeline.report.views.figures import estimate, field, number
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import read_table
from traitscope.report import ComparisonView, Estimate, NullBand, RankedTrait, Span, TokenLine, TokenView
from traitscope.report.sentences import by_judge

SHOWN = ((0, "largest difference"), (1, "second largest"), (-1, "smallest difference"))
"""Places in the ranking of prompts by difference that are shown beside the middle ones."""
DOSE = "mean shift of the stream as a share of its length"
MEASURE = (
    "projection at the trait's layer, centred on the before variant's answers, in units of its mean norm"
)


def comparison_views(run: Run) -> tuple[ComparisonView, ...]:
    """The views of all comparisons that are done."""
    settings = run.experiment.config.infer
    if settings is None:
        return ()
    return tuple(
        _view(run, one, settings)
        for one in comparisons(run)
        if comparison_artefact(run, one, settings).is_done()
    )


def _view(run: Run, one: Compared, settings: InferSettings) -> ComparisonView:
    found, pair = load_comparison(run, one, settings), one.pair
    table = read_table(comparison_artefact(run, one, settings).folder / TOKENS)
    asked = len(one.prompts.texts)
    few = asked - found["prompts_read"]
    traits = [run.traits[row["trait"]] for row in found["ranking"]]
    labels = {trait.name: label for trait in traits if (label := judge_label(run, trait))}
    return ComparisonView(
        before=pair.before,
        after=pair.after,
        control=found["control"],
        prompts=found["prompts"],
        several_sets=len(settings.prompt_sets) > 1,
        n_prompts=found["prompts_read"],
        dose=found["dose"],
        dose_name=DOSE,
        null_band=_band(found),
        ranking=tuple(_ranked(row) for row in found["ranking"]),
        token_measure=MEASURE,
        tokens=_tokens(one, table, [row["trait"] for row in found["ranking"]]),
        spans=tuple(
            Span(
                trait, span["left"], span["text"], span["right"], span["mean"], span["writer"], span["prompt"]
            )
            for trait, spans in found["spans"].items()
            for span in spans
        ),
        notes=(
            *((f"Behaviour is scored by {by_judge(labels)}.",) if labels else ()),
            *((f"{few} of {asked} answers were too short to be read inside.",) if few else ()),
        ),
    )


def _band(found: Mapping[str, Any]) -> NullBand:
    """The widest of the traits' bands: bars of all traits are drawn over one."""
    bands = [row["nulls"][found["null"]] for row in found["ranking"]]
    return NullBand(
        min(one["low"] for one in bands), max(one["high"] for one in bands), found["null_directions"]
    )


def _ranked(row: Mapping[str, Any]) -> RankedTrait:
    model, text = (
        Estimate(one["mean"], one["low"], one["high"], one["n"], "prompts")
        for one in (row["model_effect"], row["text_effect"])
    )
    above = row["controls_above"]
    return RankedTrait(
        trait=row["trait"],
        layer=row["layer"],
        layer_reason=row["layer_reason"],
        shift=estimate(row, ("shift", "low", "high"), model.n, "prompts"),
        model_effect=model,
        text_effect=text,
        score=field(row, "score"),
        score_last_prompt=field(row, "score_last_prompt"),
        tail_share=field(row, "tail_share"),
        controls_above=row["controls_above_reason"]
        if above is None
        else f"{above} of {row['controls']} controls score this high",
        output=field(row, "output"),
        behaviour=estimate(
            row, ("behaviour", "behaviour_low", "behaviour_high"), row["questions"] or 0, "questions"
        ),
        smallest_seen=number(row["smallest_visible"], row.get("behaviour_reason", "the answers do not vary")),
        verdict=row["verdict"],
        reason=row["verdict_reason"],
        steered=row["steered"],
    )


def _tokens(one: Compared, table: pl.DataFrame, traits: Sequence[str]) -> tuple[TokenView, ...]:
    """Some prompts with both variants' answers: where the first trait differs most, least, and between."""
    pair, prompts = one
    if table.is_empty():
        return ()
    own = table.filter(pl.col("trait") == traits[0])
    before, after = (
        own.filter(pl.col("variant") == name).group_by("prompt").agg(pl.col("value").mean())
        for name in (pair.before, pair.after)
    )
    difference = (pl.col("value_after") - pl.col("value")).abs()
    means = before.join(after, on="prompt", suffix="_after").sort(
        difference, "prompt", descending=[True, False]
    )
    order = means["prompt"].to_list()
    middle = len(order) // 2
    places = dict(SHOWN) | {middle - 1: "middle", middle: "middle", middle + 1: "middle"}
    chosen = {order[place]: why for place, why in sorted(places.items()) if -len(order) <= place < len(order)}
    texts = dict(zip(prompts.ids, prompts.texts, strict=True))
    parts = table.filter(pl.col("prompt").is_in(list(chosen))).partition_by(
        "prompt", "variant", as_dict=True, maintain_order=True
    )
    views = [
        TokenView(
            name,
            texts[name],
            why,
            _line(pair.before, parts[name, pair.before]),
            _line(pair.after, parts[name, pair.after]),
        )
        for name, why in chosen.items()
    ]
    rank = {"largest difference": 0, "second largest": 1, "middle": 2, "smallest difference": 3}
    return tuple(sorted(views, key=lambda view: rank[view.why]))


def _line(variant: str, rows: pl.DataFrame) -> TokenLine:
    by_trait = rows.partition_by("trait", as_dict=True, maintain_order=True)
    first = next(iter(by_trait.values()))
    return TokenLine(
        variant,
        tuple(first["text"]),
        {str(trait): tuple(part["value"]) for (trait,), part in by_trait.items()},
    )
