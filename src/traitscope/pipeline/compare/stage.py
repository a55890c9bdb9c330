"""Stage 4, compare: per trait three lines of evidence and a verdict, from stored readings alone."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from traitscope.comparison import Effect, controls_above, effect_row, rank, verdicts
from traitscope.comparison.spans import Reread, top_spans
from traitscope.config import Comparison, InferSettings
from traitscope.experiment import Artefact, digest
from traitscope.experiment.files import read_json, write_bytes, write_json
from traitscope.inference import Line, StoredReading, response_tokens
from traitscope.pipeline.compare.evidence import Compared, Evidence, Readings, gather, load_readings
from traitscope.pipeline.extract.stage import extracted_traits, extraction
from traitscope.pipeline.infer.project import proved, read_places
from traitscope.pipeline.infer.stage import (
    Asked,
    Reading,
    answers_artefact,
    chosen_prompt_sets,
    is_inferred,
    judges_part,
    load_answers,
    prompt_sets,
    questions_asked,
    reading_artefact,
)
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import parquet_bytes
from traitscope.statistics import Interval

VERSION = "1"
RESULT = "comparison.json"
EFFECTS = "effects.parquet"
TOKENS = "tokens.parquet"
SPANS = 8
"""Clauses kept per trait."""


def comparisons(run: Run) -> list[Compared]:
    """Every pair on every prompt set, a set's together: controls stand beside verdicts of the same set."""
    config = run.experiment.config
    if config.infer is None:
        return []
    return [Compared(pair, prompts) for prompts in prompt_sets(run) for pair in config.compare]


def comparison_artefact(run: Run, one: Compared, settings: InferSettings) -> Artefact:
    """What one comparison gives, and what it depends on."""
    pair, prompts = one
    controls = [one for one in run.experiment.config.compare if _is_control(run, one)]
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
            "directions": digest(
                [extraction(run, trait).fingerprint for trait in extracted_traits(run).values()]
            ),
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
        files=(RESULT, EFFECTS, TOKENS),
    )


def compare(run: Run) -> None:
    """Make every comparison that is not there or no longer true, on the prompt sets that are inferred."""
    settings, pairs = run.experiment.config.infer, run.experiment.config.compare
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
    evidence, gathering = {}, {}
    for one in on_set:
        start = time.monotonic()
        evidence[one.pair] = gather(run, one, settings, load_readings(run, one))
        gathering[one.pair] = time.monotonic() - start
    for one in on_set:
        artefact = comparison_artefact(run, one, settings)
        if not artefact.is_done():
            with run.making(artefact) as record:
                start = time.monotonic()
                behaviours = evidence[one.pair].behaviour.values()
                record["judged"] = sum(2 * judged.asked for judged in behaviours if judged)
                _write(run, one, settings, artefact, evidence)
                record["seconds"] = gathering[one.pair] + time.monotonic() - start
        run.progress.advance(1, 0)
    run.progress.end()


def _is_control(run: Run, pair: Comparison) -> bool:
    return run.experiment.config.variants[pair.after].control


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
    pair, found, mine = one.pair, load_readings(run, one), evidence[one.pair]
    controls = [evidence[other] for other in evidence if other != pair and _is_control(run, other)]
    effects = rank(_effects(mine, controls))
    tokens = _token_table(run, one, settings, found, mine.lines.values())
    steered = proved(run)
    write_json(
        artefact.folder / RESULT,
        {
            "before": pair.before,
            "after": pair.after,
            "prompts": one.prompts.name,
            "prompts_read": mine.prompts,
            "control": _is_control(run, pair),
            "dose": mine.dose,
            "null_band": list(mine.inside.band),
            "null_directions": len(mine.inside.null),
            "ranking": [
                effect_row(effect)
                | {
                    "layer_reason": mine.lines[effect.trait].reason,
                    "steered": steered[effect.trait],
                    "controls": len(controls),
                    "model_effect": _interval_row(mine.model_effect[effect.trait]),
                    "text_effect": _interval_row(mine.text_effect[effect.trait]),
                    "questions": behaviour.asked if (behaviour := mine.behaviour[effect.trait]) else None,
                    "smallest_visible": behaviour.visible if behaviour else None,
                }
                for effect in effects
            ],
            "spans": {
                name: [asdict(span) for span in top_spans(_reread(run, one, settings, found, line), SPANS)]
                for name, line in mine.lines.items()
            },
        },
    )
    write_bytes(artefact.folder / EFFECTS, parquet_bytes(pl.DataFrame(list(map(effect_row, effects)))))
    write_bytes(artefact.folder / TOKENS, parquet_bytes(tokens))


def _effects(mine: Evidence, controls: Sequence[Evidence]) -> list[Effect]:
    inside = {
        name: (float(mine.inside.scores[i]), float(mine.inside.tail_shares[i]))
        for i, name in enumerate(mine.traits)
    }
    decided = verdicts(mine.behaviour, inside, mine.prompts, mine.incoherent)
    effects = []
    for index, name in enumerate(mine.traits):
        judged, shift = mine.behaviour[name], mine.shift[name]
        interval = judged.interval if judged else None
        reasons: dict[str, str] = {}
        if interval is None:
            why = (judged.reason if judged else None) or "no judge for this trait"
            reasons |= dict.fromkeys(("behaviour", "behaviour_low", "behaviour_high"), why)
        if mine.output[name] is None:
            reasons["output"] = "the trait's poles share all content words, or no answer is long enough"
        if not controls:
            reasons["controls_above"] = "no other controls run" if mine.control else "no controls run"
        effects.append(
            Effect(
                trait=name,
                layer=mine.lines[name].layer,
                shift=shift.mean,
                low=shift.low,
                high=shift.high,
                score=inside[name][0],
                score_last_prompt=float(mine.last_prompt[index]),
                tail_share=inside[name][1],
                controls_above=controls_above(
                    inside[name][0], [float(one.inside.scores[index]) for one in controls]
                )
                if controls
                else None,
                output=mine.output[name],
                behaviour=interval.mean if interval else None,
                behaviour_low=interval.low if interval else None,
                behaviour_high=interval.high if interval else None,
                verdict=decided[name].name,
                verdict_reason=decided[name].reason,
                reasons=reasons,
            )
        )
    return effects


def _interval_row(interval: Interval) -> dict[str, Any]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "n": interval.n}


def _token_table(
    run: Run, one: Compared, settings: InferSettings, found: Readings, read: Any
) -> pl.DataFrame:
    """Own words of both variants, token by token: (h - mu) . v / mean|h|, with mu and mean|h| of the before
    variant's response tokens."""
    tables, pair = [], one.pair
    for variant, stored in ((pair.before, found.before_own), (pair.after, found.after_own)):
        spoken = _tokens(run, variant, one.prompts, settings)
        for line in read:
            for place, values in _centred(stored, found, line).items():
                name, tokens = spoken[place]
                tables.append(
                    pl.DataFrame(
                        {
                            "variant": [variant] * len(tokens),
                            "prompt": [name] * len(tokens),
                            "token": list(range(len(tokens))),
                            "text": list(tokens),
                            "trait": [line.trait] * len(tokens),
                            "value": values.tolist(),
                        }
                    )
                )
    return pl.concat(tables)


def _centred(stored: Mapping[int, StoredReading], found: Readings, line: Line) -> dict[int, Any]:
    own = response_tokens(found.before_own, line.layer)
    mean, norm = own.mean(0), float(own.norm(dim=-1).mean())
    return {
        place: ((one.response(line.layer) - mean) @ line.direction / norm).numpy()
        for place, one in stored.items()
    }


def _reread(run: Run, one: Compared, settings: InferSettings, found: Readings, line: Line) -> list[Reread]:
    """Each answer with what its two readers make of every token."""
    answers, pair = [], one.pair
    for writer, before, after in (
        (pair.before, found.before_own, found.after_reads_before),
        (pair.after, found.before_reads_after, found.after_own),
    ):
        spoken = _tokens(run, writer, one.prompts, settings)
        old, new = (_centred(stored, found, line) for stored in (before, after))
        answers += [
            Reread(writer, *spoken[place], np.asarray(new[place] - old[place], np.float64)) for place in old
        ]
    return answers


def _tokens(
    run: Run, variant: str, prompts: Asked, settings: InferSettings
) -> dict[int, tuple[str, tuple[str, ...]]]:
    """Place -> (prompt id, the answer's tokens as text)."""
    renderer = run.variants.renderer(variant)
    return {
        int(row["place"]): (str(row["id"]), tuple(renderer.decode((token,)) for token in row["ids"]))
        for row in load_answers(run, variant, prompts, settings)
    }
