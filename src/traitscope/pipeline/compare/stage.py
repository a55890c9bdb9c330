"""Stage 4, compare: per trait three lines of evidence and a verdict, from stored readings alone."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from traitscope.comparison import (
    DECIDING,
    Behaviour,
    Effect,
    Inside,
    NullName,
    against_controls,
    effect_row,
    opening_only,
    others,
    rank,
    something_else,
    verdicts,
)
from traitscope.comparison.spans import top_spans
from traitscope.config import Comparison, InferSettings
from traitscope.experiment import Artefact, digest
from traitscope.experiment.files import read_json, write_bytes, write_json
from traitscope.inference import load_covariance
from traitscope.pipeline.compare.evidence import (
    Evidence,
    control_kind,
    control_scores,
    gather,
    ground,
    measure_of,
)
from traitscope.pipeline.compare.inside_line import LAST_PROMPT, Measure
from traitscope.pipeline.compare.random_spans import random_spans
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.compare.shrinking import shrunk
from traitscope.pipeline.compare.tokens import TOKEN_SCHEMA, projections, reread, token_table
from traitscope.pipeline.extract.bank import bank_artefact, is_bank_wanted
from traitscope.pipeline.extract.stage import directions_print, extracted_traits
from traitscope.pipeline.infer.lines import proved, read_places
from traitscope.pipeline.infer.stage import (
    Reading,
    answers_artefact,
    chosen_prompt_sets,
    is_inferred,
    judges_part,
    prompt_sets,
    questions_asked,
    reading_artefact,
    store,
)
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import parquet_bytes
from traitscope.statistics import Interval

VERSION = "4"
RESULT = "comparison.json"
EFFECTS = "effects.parquet"
TOKENS = "tokens.parquet"
INSIDE = "inside.parquet"
"""Every score: effect, window, statistic, layer."""
OVERLAP = 0.25
"""Cosine of two directions from which on what moves one is bound to move the other."""
SPANS = 8
"""Clauses kept per trait."""


def comparisons(run: Run) -> list[Compared]:
    """Every pair on every prompt set, a set's together: controls stand beside verdicts of the same set."""
    config = run.experiment.config
    if config.infer is None:
        return []
    return [Compared(pair, prompts) for prompts in prompt_sets(run) for pair in config.comparisons]


def comparison_artefact(run: Run, one: Compared, settings: InferSettings) -> Artefact:
    """What one comparison gives, and what it depends on."""
    pair, prompts = one
    controls = [one for one in run.experiment.config.comparisons if _is_control(run, one)]
    return Artefact(
        run.experiment.layout.comparison(pair.before, pair.after, prompts.name),
        "compare",
        {
            "readings": digest(
                [_readings_print(run, Compared(each, prompts), settings) for each in (pair, *controls)]
            ),
            "answers": digest(
                [
                    answers_artefact(run, variant, asked, settings).fingerprint
                    for variant in (pair.before, pair.after)
                    for asked in (prompts, *questions_asked(run))
                ]
            ),
            "directions": directions_print(run),
            "null": bank_artefact(run).fingerprint
            if is_bank_wanted(run)
            else run.experiment.config.compare.against,
            "scenes": digest(
                [
                    [[scene.words for scene in pole] for pole in (trait.positive, trait.negative)]
                    for trait in extracted_traits(run).values()
                ]
            ),
            "layers": digest(read_places(run)),
            "steering": digest(proved(run)),
            "judges": digest(judges_part(run)),
            "seed": str(run.seed),
            "version": VERSION,
        },
        files=(RESULT, EFFECTS, TOKENS, INSIDE),
    )


def compare(run: Run) -> None:
    """Make every comparison that is not there or no longer true, on the prompt sets that are inferred."""
    settings, pairs = run.experiment.config.infer, run.experiment.config.comparisons
    if settings is None:
        return
    for prompts in chosen_prompt_sets(run):
        on_set = [Compared(pair, prompts) for pair in pairs]
        if all(comparison_artefact(run, one, settings).is_done() for one in on_set):
            continue
        if is_inferred(run, prompts, settings):
            _compare(run, on_set, settings)
        else:
            run.progress.say(f"nothing is compared on {prompts.name}, because not all of it is inferred")


def load_comparison(run: Run, one: Compared, settings: InferSettings) -> dict[str, Any]:
    """What one comparison found: the content of its `comparison.json`."""
    found: dict[str, Any] = read_json(comparison_artefact(run, one, settings).folder / RESULT)
    return found


def _compare(run: Run, on_set: Sequence[Compared], settings: InferSettings) -> None:
    """All pairs on one prompt set."""
    name = on_set[0].prompts.name
    run.progress.begin("compare", settings.on_set(name).strip(), len(on_set))
    # Controls stand beside every verdict, so that all evidence is gathered before the first row is written.
    evidence, gathering, on = {}, {}, ground(run)
    measures: dict[str, Measure] = {}
    for one in on_set:
        run.conduct.check()
        start = time.monotonic()
        if one.pair.before not in measures:
            measures[one.pair.before] = measure_of(run, one, on)
        evidence[one.pair] = gather(run, one, settings, on, measures[one.pair.before])
        gathering[one.pair] = time.monotonic() - start
    for one in on_set:
        artefact = comparison_artefact(run, one, settings)
        if not artefact.is_done():
            with run.making(artefact) as record:
                start = time.monotonic()
                record["judged"] = evidence[one.pair].behaviour.judged
                _write(run, one, settings, artefact, evidence)
                record["seconds"] = gathering[one.pair] + time.monotonic() - start
        run.progress.advance(1, 0)
    run.progress.end()


def _is_control(run: Run, pair: Comparison) -> bool:
    return control_kind(run, pair.after) is not None


def _readings_print(run: Run, one: Compared, settings: InferSettings) -> list[str]:
    both = (one.pair.before, one.pair.after)
    return [
        reading_artefact(run, Reading(one.prompts, reader, writer), settings).fingerprint
        for reader in both
        for writer in both
    ]


def _write(
    run: Run,
    one: Compared,
    settings: InferSettings,
    artefact: Artefact,
    evidence: Mapping[Comparison, Evidence],
) -> None:
    pair, mine, null = one.pair, evidence[one.pair], _null_name(run)
    controls = _controls(pair, evidence)
    effects = rank(_effects(run, mine, controls))
    steered, spoken = proved(run), dict[str, list[Any]]()
    tables = projections(run, one, settings)
    tokens, beside = pl.DataFrame(schema=TOKEN_SCHEMA), dict[str, list[Any]]()
    if tables:
        covariance = load_covariance(store(run, Reading(one.prompts, pair.before, pair.before)))
        tokens = token_table(one, tables, covariance, mine.lines.values())
        spoken = {
            name: [
                asdict(span) for span in top_spans(map(shrunk, reread(one, tables, covariance, line)), SPANS)
            ]
            for name, line in mine.lines.items()
        }
        along = list(mine.lines.values())
        found = random_spans(run, one, settings, covariance, along)
        beside = {name: [asdict(span) for span in spans] for name, spans in found.items()}
    write_json(
        artefact.folder / RESULT,
        {
            "before": pair.before,
            "after": pair.after,
            "prompts": one.prompts.name,
            "prompts_read": mine.prompts,
            "control": mine.control is not None,
            "control_kind": mine.control,
            "dose": mine.relative_shift,
            "divergence": mine.divergence,
            "answer_tokens": list(mine.answer_tokens),
            "coherence": list(mine.behaviour.coherence),
            "null": null,
            "null_directions": mine.inside.null_scores[null].shape[1],
            "null_effective_rank": mine.inside.effective_rank,
            "explained": mine.inside.explained,
            "agreement": mine.inside.agreement,
            "something_else": something_else(
                mine.inside.agreement, mine.inside.explained, mine.inside.nulls[null]
            ),
            "families": _families(mine),
            "ranking": [_row(mine, effect, controls, steered, null) for effect in effects],
            "spans": spoken,
            "random_spans": beside,
            "likelier": mine.output.likelier,
            "less_likely": mine.output.less_likely,
        },
    )
    write_bytes(artefact.folder / EFFECTS, parquet_bytes(pl.DataFrame(list(map(effect_row, effects)))))
    write_bytes(artefact.folder / INSIDE, parquet_bytes(_inside_table(mine)))
    write_bytes(artefact.folder / TOKENS, parquet_bytes(tokens))


def _null_name(run: Run) -> NullName:
    return run.experiment.config.compare.against


def _controls(pair: Comparison, evidence: Mapping[Comparison, Evidence]) -> list[Evidence]:
    """The controls that a pair is held against: not itself, nor any of its own kind."""
    found = [one for other, one in evidence.items() if other != pair and one.control is not None]
    kinds = [one.control or "" for one in found]
    return [found[number] for number in others(kinds, evidence[pair].control)]


def _row(
    mine: Evidence, effect: Effect, controls: Sequence[Evidence], steered: Mapping[str, bool], null: NullName
) -> dict[str, Any]:
    number = mine.traits.index(effect.trait)
    held = against_controls(mine.inside.scores, control_scores(controls)) if controls else None
    behaviour, cut = mine.behaviour.whole[effect.trait], mine.behaviour.cut[effect.trait]
    low, high = mine.inside.intervals[number]
    opening = opening_only(mine.inside.nulls_last_prompt[null], mine.inside.nulls[null])
    nulls = {
        name: {
            "z": float(one.z[number]),
            "tail_share": float(one.tail[number]),
            "family_share": float(one.family[number]),
            "low": float(one.low[number]),
            "high": float(one.high[number]),
            "visible": float(one.visible[number]),
        }
        for name, one in mine.inside.nulls.items()
    }
    return effect_row(effect) | {
        "layer_reason": mine.lines[effect.trait].reason,
        "steered": steered[effect.trait],
        "score_low": float(low),
        "score_high": float(high),
        "score_at_layer": mine.at_its_layer[effect.trait],
        "nulls": nulls,
        "controls": len(controls),
        "controls_z": None if held is None or held.z is None else float(held.z[number]),
        "beyond_output": mine.output.beyond[effect.trait],
        "model_effect": _interval_row(mine.model_effect[effect.trait]),
        "text_effect": _interval_row(mine.text_effect[effect.trait]),
        "interaction": _interval_row(mine.interaction[effect.trait]),
        "questions": behaviour.asked if behaviour else None,
        "smallest_visible": behaviour.visible if behaviour else None,
        **_cut_row(cut),
        "opening_only": bool(opening[number]),
    }


def _effects(run: Run, mine: Evidence, controls: Sequence[Evidence]) -> list[Effect]:
    null = mine.inside.nulls[_null_name(run)]
    scores, last = mine.inside.scores, mine.inside.scores_at(LAST_PROMPT)
    inside = {
        name: Inside(float(scores[i]), float(null.family[i]), float(null.visible[i]) or None)
        for i, name in enumerate(mine.traits)
    }
    decided = verdicts(mine.behaviour.whole, inside, mine.prompts, mine.behaviour.incoherent)
    held = against_controls(scores, control_scores(controls)) if controls else None
    effects = []
    for index, name in enumerate(mine.traits):
        judged, shift = mine.behaviour.whole[name], mine.shift[name]
        interval = judged.interval if judged else None
        reasons: dict[str, str] = {}
        if interval is None:
            why = (judged.reason if judged else None) or "no judge for this trait"
            reasons |= dict.fromkeys(("behaviour", "behaviour_low", "behaviour_high"), why)
        if mine.output.shifts[name] is None:
            reasons["output"] = "the trait's poles share all content words, or no answer is long enough"
        if held is None:
            reasons["controls_above"] = "no other controls run" if mine.control else "no controls run"
        effects.append(
            Effect(
                trait=name,
                layer=mine.lines[name].layer,
                shift=shift.mean,
                low=shift.low,
                high=shift.high,
                score=inside[name].score,
                score_last_prompt=float(last[index]),
                tail_share=float(null.tail[index]),
                controls_above=None if held is None else int(held.above[index]),
                output=mine.output.shifts[name],
                behaviour=interval.mean if interval else None,
                behaviour_low=interval.low if interval else None,
                behaviour_high=interval.high if interval else None,
                verdict=decided[name].name,
                verdict_reason=decided[name].reason,
                reasons=reasons,
            )
        )
    return effects


def _families(mine: Evidence) -> list[list[Any]]:
    """Pairs of traits whose directions overlap so far that what moves one moves the other."""
    overlaps = mine.inside.overlaps
    return [
        [mine.traits[i], mine.traits[j], float(overlaps[i, j])]
        for i in range(len(mine.traits))
        for j in range(i + 1, len(mine.traits))
        if abs(overlaps[i, j]) > OVERLAP
    ]


def _cut_row(cut: Behaviour | None) -> dict[str, Any]:
    """The change of the judge's score on answers cut to equal length."""
    if cut is not None and cut.interval is not None:
        return {"behaviour_cut": _interval_row(cut.interval)}
    reason = cut.reason if cut else "no judge for this trait"
    return {"behaviour_cut": None, "behaviour_cut_reason": reason}


def _interval_row(interval: Interval) -> dict[str, Any]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "n": interval.n}


def _inside_table(mine: Evidence) -> pl.DataFrame:
    """Every score, layer by layer: trait, effect, window, statistic, layer, score, decides."""
    rows = [
        {
            "trait": trait,
            "effect": effect,
            "window": window,
            "statistic": statistic,
            "layer": layer,
            "score": float(values[row, column]),
            "decides": effect == "model" and (statistic, window) == DECIDING,
        }
        for effect, by_window in (("model", mine.inside.model), ("text", mine.inside.text))
        for window, by_statistic in by_window.items()
        for statistic, values in by_statistic.items()
        for row, layer in enumerate(mine.inside.layers)
        for column, trait in enumerate(mine.traits)
    ]
    return pl.DataFrame(rows)
