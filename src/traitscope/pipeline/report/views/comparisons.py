"""A comparison's view: three lines of evidence per trait, and the words they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from traitscope.config import InferSettings
from traitscope.pipeline.compare.evidence import control_kind
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.compare.stage import (
    INSIDE,
    TOKENS,
    comparison_artefact,
    comparisons,
    load_comparison,
)
from traitscope.pipeline.infer.fields import fields_of
from traitscope.pipeline.report.summary import judge_label
from traitscope.pipeline.report.views.figures import estimate, field, number
from traitscope.pipeline.report.views.groups import grouped_shifts
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import read_table
from traitscope.report import (
    Absent,
    ComparedRow,
    ComparisonView,
    Dose,
    Estimate,
    Family,
    LayerScores,
    Measured,
    NullBand,
    RankedTrait,
    Span,
    TokenLine,
    TokenView,
)
from traitscope.report.comparison_view import NOT_MEASURED
from traitscope.report.sentences import by_judge

SHOWN = ((0, "largest difference"), (1, "second largest"), (-1, "smallest difference"))
"""Places in the ranking of prompts by difference that are shown beside the middle ones."""
DOSE = "mean shift of the stream as a share of its length"
MEASURE = (
    "projection at the trait's layer, centred on the before variant's answers, in units of its mean norm"
)

NULL_WORDS = {
    "foreign": "contrasts of scenes of other topics",
    "covariance": "directions drawn as the stream varies",
    "isotropic": "directions drawn at random",
}
CALIBRATED: frozenset[str] = frozenset()
"""Models on which it was shown how often the inside line errs on fresh adapters: none yet."""


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


def compared_rows(run: Run) -> tuple[ComparedRow, ...]:
    """Every pair on every prompt set, and how it stands."""
    settings = run.experiment.config.infer
    if settings is None:
        return ()
    return tuple(
        ComparedRow(
            one.pair.before,
            one.pair.after,
            one.prompts.name,
            control_kind(run, one.pair.after) or "",
            comparison_artefact(run, one, settings).state().name,
        )
        for one in comparisons(run)
    )


def calibration(run: Run, variant: str) -> str:
    """Why no error rate stands beside the inside line of a variant; nothing where one was shown."""
    model = run.experiment.config.variants[variant].model
    if model in CALIBRATED:
        return ""
    return (
        f"On {model} nobody has shown how often the inside line is wrong about adapters it has not seen, so"
        " that a tail share is a rank among directions and no error rate; only controls of your own say more."
    )


def _view(run: Run, one: Compared, settings: InferSettings) -> ComparisonView:
    found, pair = load_comparison(run, one, settings), one.pair
    folder = comparison_artefact(run, one, settings).folder
    table = read_table(folder / TOKENS)
    asked = len(one.prompts.texts)
    few = asked - found["prompts_read"]
    ranked = [row["trait"] for row in found["ranking"]]
    labels = {name: label for name in ranked if (label := judge_label(run, run.traits[name]))}
    return ComparisonView(
        before=pair.before,
        after=pair.after,
        control=found["control"],
        prompts=found["prompts"],
        several_sets=len(settings.prompt_sets) > 1,
        n_prompts=found["prompts_read"],
        dose=found["dose"],
        dose_name=DOSE,
        ranking=tuple(_ranked(row, found) for row in found["ranking"]),
        token_measure=MEASURE,
        tokens=_tokens(one, table, ranked),
        spans=_spans(found["spans"]),
        random_spans=_spans(found["random_spans"]),
        notes=(
            *((f"Behaviour is scored by {by_judge(labels)}.",) if labels else ()),
            *((f"{few} of {asked} answers were too short to be read inside.",) if few else ()),
        ),
        whole_dose=_dose(found),
        families=tuple(Family(*one) for one in found.get("families", ())),
        layers=_layers(read_table(folder / INSIDE), ranked),
        groups=grouped_shifts(
            table,
            (pair.before, pair.after),
            run.experiment.config.compare.groups,
            fields_of(run, found["prompts"]),
        ),
        calibration=calibration(run, pair.after),
        something_else=_something_else(found),
    )


def _spans(by_trait: Mapping[str, Any]) -> tuple[Span, ...]:
    return tuple(
        Span(trait, span["left"], span["text"], span["right"], span["mean"], span["writer"], span["prompt"])
        for trait, spans in by_trait.items()
        for span in spans
    )


def _dose(found: Mapping[str, Any]) -> Dose:
    return Dose(
        number(found.get("divergence"), "not measured"),
        _before_after(found.get("answer_tokens")),
        number(found.get("explained"), "not measured"),
        number(found.get("agreement"), "not measured"),
        _before_after(found.get("coherence")),
    )


def _before_after(stored: Sequence[float] | None) -> tuple[float, float] | Absent:
    return (float(stored[0]), float(stored[1])) if stored else NOT_MEASURED


def _layers(table: pl.DataFrame, traits: Sequence[str]) -> LayerScores | Absent:
    """The scores that decide, of every trait at every layer."""
    decides = table.filter(pl.col("decides")).sort("layer") if "decides" in table.columns else table.clear()
    if decides.is_empty():
        return Absent("no score decides")
    by_trait = decides.partition_by("trait", as_dict=True, maintain_order=True)
    layers = tuple(by_trait[traits[0],]["layer"].to_list())
    return LayerScores(layers, {trait: tuple(by_trait[trait,]["score"].to_list()) for trait in traits})


def _something_else(found: Mapping[str, Any]) -> str:
    if not found.get("something_else"):
        return ""
    explained, agreement = found["explained"], found["agreement"]
    return (
        f"Two halves of the prompts shift alike (cosine {agreement:.2f}), the listed traits span"
        f" {100 * explained:.0f} % of that, and none stands out of its null: what moved is not listed."
        f"{_next_tokens(found)}"
    )


def _next_tokens(found: Mapping[str, Any]) -> str:
    """What the shift says at the model's end, where a trait's name is wanting."""
    if not found.get("likelier"):
        return ""
    up, down = (", ".join(f"'{token}'" for token in found[key]) for key in ("likelier", "less_likely"))
    return f" Likelier next tokens: {up}; less likely: {down}."


def _opening(row: Mapping[str, Any]) -> str:
    if not row.get("opening_only"):
        return ""
    return (
        "The score at the last prompt token is beyond its null, and from response token 8 on it is not, or"
        " points the other way: it may be that only the way in which answers begin has moved."
    )


def _cut(row: Mapping[str, Any]) -> Measured:
    cut = row.get("behaviour_cut")
    if cut is None:
        return Absent(row.get("behaviour_cut_reason") or "answers were not cut")
    return Estimate(cut["mean"], cut["low"], cut["high"], cut["n"], "questions")


def _band(row: Mapping[str, Any], found: Mapping[str, Any]) -> NullBand | Absent:
    """The null that the file chose, of this trait."""
    null = found["null"]
    one = row["nulls"].get(null)
    if one is None:
        return Absent("nothing was drawn")
    return NullBand(one["low"], one["high"], found["null_directions"], NULL_WORDS[null])


def _inside(row: Mapping[str, Any], prompts: int) -> Measured:
    if row.get("score") is None or row.get("score_low") is None:
        return Absent(row.get("score_reason", "not measured"))
    return Estimate(row["score"], row["score_low"], row["score_high"], prompts, "prompts and scenes")


def _ranked(row: Mapping[str, Any], found: Mapping[str, Any]) -> RankedTrait:
    model, text, interaction = (
        Estimate(one["mean"], one["low"], one["high"], one["n"], "prompts")
        for one in (row["model_effect"], row["text_effect"], row["interaction"])
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
        inside=_inside(row, found["prompts_read"]),
        score_at_layer=number(row["score_at_layer"], "no token at this layer counts"),
        band=_band(row, found),
        interaction=interaction,
        beyond_output=number(row.get("beyond_output"), "the outputs say nothing of this trait's scenes"),
        behaviour_cut=_cut(row),
        opening=_opening(row),
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
