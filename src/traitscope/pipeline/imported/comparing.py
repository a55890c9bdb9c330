"""Imported variants held against each other, as far as the readings that were imported go.

    own words     before's and after's own answers           the plain shift, the reference's measure
    same words    one writer's answers, read by both         the model effect and the inside score
    all four      both                                       text effect and interaction as well

Answers were judged by nobody here, and no output line was kept: no verdict is passed, and each figure that
cannot be made says why.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from traitscope.comparison import (
    deciding_layers,
    projection_shift,
)
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Experiment, locked, making
from traitscope.experiment.files import read_json, write_bytes, write_json
from traitscope.inference import Line, load_covariance
from traitscope.pipeline.compare.readings import answer_means
from traitscope.pipeline.imported.held import (
    FEWEST,
    Held,
    Inside,
    Pair,
    cells_of,
    effects_of,
    inside_of,
    lacking,
    load_held,
    no_same_words,
)
from traitscope.pipeline.imported.projecting import TABLE, make_projections
from traitscope.pipeline.imported.reading import (
    VERSION,
    directions_print,
    lines,
    projections_of,
    stores_print,
)
from traitscope.pipeline.imported.record import Imported, listed, load_imported
from traitscope.pipeline.tables import parquet_bytes, read_table
from traitscope.statistics import Interval

RESULT, EFFECTS, TOKENS = "comparison.json", "effects.parquet", "tokens.parquet"


def pairs_of(of: Imported) -> list[Pair]:
    """Every pair on every prompt set that both are in."""
    return [
        Pair(before, after, prompts)
        for prompts in of.prompt_sets
        for before, after in of.pairs
        if any({before, after} & {cell.reader, cell.writer} for cell in of.cells if cell.prompts == prompts)
        and any(after in (cell.reader, cell.writer) for cell in of.cells if cell.prompts == prompts)
    ]


def comparison_of(experiment: Experiment, of: Imported, pair: Pair) -> Artefact:
    """A comparison, and what it depends on."""
    return Artefact(
        experiment.layout.comparison(*pair),
        "compare",
        {
            "readings": stores_print(experiment, cells_of(of, pair)),
            "directions": directions_print(experiment, of),
            "seed": str(experiment.config.seed),
            "version": VERSION,
        },
        files=(RESULT, EFFECTS, TOKENS),
    )


def compare_imported(experiment: Experiment) -> list[dict[str, Any]]:
    """Every comparison, made where it is not there or no longer true.

    Raises:
        InputError: there is nothing to compare, or nothing of a pair can be held against each other.
        WorkError: a store is damaged.
    """
    of = load_imported(experiment)
    layout, found = experiment.layout, []
    if not pairs_of(of):
        readers = listed(sorted({cell.reader for cell in of.cells}))
        raise InputError(
            str(layout.root),
            f"holds one variant alone ({readers})",
            "import a folder that holds an adapted one too",
        )
    make_projections(experiment)
    with locked(layout.lock):
        for pair in pairs_of(of):
            artefact = comparison_of(experiment, of, pair)
            if not artefact.is_done():
                _refuse_nothing_shared(experiment, of, pair)
                with making(artefact, layout.archive, layout.root):
                    _write(experiment, of, pair, artefact)
            found.append(read_json(artefact.folder / RESULT))
    return found


def _refuse_nothing_shared(experiment: Experiment, of: Imported, pair: Pair) -> None:
    held = {(one.reader, one.writer) for one in cells_of(of, pair)}
    before, after = pair.before, pair.after
    chances = [
        {(before, before), (after, after)},
        *({(before, one), (after, one)} for one in (before, after)),
    ]
    if any(each <= held for each in chances):
        return
    raise InputError(
        f"{experiment.layout.root}, {before} and {after} on {pair.prompts}",
        f"there is {listed([f'{reader} reading {writer}' for reader, writer in sorted(held)])} alone, and a "
        "comparison needs both variants' own answers, or one's answers read by both",
        "capture what is missing with the program that captured the rest, and import that again",
    )


def _write(experiment: Experiment, of: Imported, pair: Pair, artefact: Artefact) -> None:
    along = {line.trait: line for line in lines(experiment, of)}
    wanted = sorted({*deciding_layers(of.depth), *(line.layer for line in along.values())})
    held = load_held(experiment, of, pair, wanted)
    inside = inside_of(experiment, of, pair, held)
    rows = [_row(experiment, of, pair, held, line, inside) for line in along.values()]
    rows.sort(key=lambda row: -abs(row["score"] if row["score"] is not None else 0.0))
    _, alone = effects_of(held, pair, held.layers[:1], "response")
    write_json(
        artefact.folder / RESULT,
        {
            "before": pair.before,
            "after": pair.after,
            "prompts": pair.prompts,
            "prompts_read": held.prompts,
            "provenance": "imported",
            "words_of": alone,
            "lacks": lacking(of, pair),
            "null": "covariance",
            "dose": inside.dose,
            "ranking": rows,
        },
    )
    write_bytes(artefact.folder / EFFECTS, parquet_bytes(pl.DataFrame(rows, infer_schema_length=None)))
    write_bytes(artefact.folder / TOKENS, parquet_bytes(_tokens(experiment, of, pair, list(along.values()))))


def _row(
    experiment: Experiment, of: Imported, pair: Pair, held: Held, line: Line, inside: Inside
) -> dict[str, Any]:
    """A trait's figures; one that cannot be made is null beside its reason."""
    seed, row = experiment.config.seed, {"trait": line.trait, "layer": line.layer, "method": line.method}
    here = line.layer in held.layers
    at = held.layers.index(line.layer) if here else 0
    direction = line.direction.double().numpy()
    absent = None if here else f"layer {line.layer} was not captured of all readings"
    names = (pair.before, pair.after)
    own = [held.cells.get((name, name)) for name in names]
    shift = None
    if here and own[0] is not None and own[1] is not None:
        shift = projection_shift(
            answer_means(own[0], at) @ direction, answer_means(own[1], at) @ direction, seed
        )
    without = [name for name, one in zip(names, own, strict=True) if one is None]
    no_own = (
        absent or f"needs both variants' own answers, and those of {' and '.join(without)} were not imported"
    )
    row |= {"layer_reason": line.reason} | _interval(shift, no_own, ("shift", "low", "high"))
    effects, alone = effects_of(held, pair, [line.layer], "response") if here else (None, None)
    no_same = absent or no_same_words(of, pair)
    for name in ("model", "text", "interaction"):
        values = None if effects is None else getattr(effects, name)
        reason = (
            f"needs both variants' answers, each read by both; {alone}'s alone were" if alone else no_same
        )
        found = None
        if values is not None and len(values) >= FEWEST:
            projected = values[:, 0].astype(np.float64) @ direction
            found = projection_shift(np.zeros(len(projected)), projected, seed)
        key = name if name == "interaction" else f"{name}_effect"
        keys = (key, f"{key}_low", f"{key}_high")
        row |= _interval(found, no_same if name == "model" else reason, keys)
    return row | _scored(line.trait, inside) | _not_here()


def _scored(trait: str, inside: Inside) -> dict[str, Any]:
    if trait not in inside.traits or inside.standing is None:
        reason = inside.reasons.get(trait, "no score was made")
        keys = ("score", "score_last_prompt", "z", "tail_share")
        return dict.fromkeys(keys) | {f"{key}_reason": reason for key in keys}
    number = inside.traits.index(trait)
    last = None if inside.last is None else float(inside.last[number])
    found: dict[str, Any] = {
        "score": float(inside.scores[number]),
        "z": float(inside.standing.z[number]),
        "tail_share": float(inside.standing.tail[number]),
        "score_last_prompt": last,
    }
    return (
        found if last is not None else found | {"score_last_prompt_reason": "the prompts were not captured"}
    )


def _not_here() -> dict[str, Any]:
    missing = {
        "controls_above": "no controls were imported",
        "output": "imported: next-token logits were not kept",
        "behaviour": "imported: these answers were not judged",
    }
    found: dict[str, Any] = {}
    for key, reason in missing.items():
        found |= {key: None, f"{key}_reason": reason}
    return found | {"verdict": "cannot_tell", "verdict_reason": missing["behaviour"]}


def _interval(found: Interval | None, reason: str, keys: tuple[str, str, str]) -> dict[str, Any]:
    if found is None:
        return {keys[0]: None, keys[1]: None, keys[2]: None, f"{keys[0]}_reason": reason}
    return dict(zip(keys, (found.mean, found.low, found.high), strict=True))


def _tokens(experiment: Experiment, of: Imported, pair: Pair, along: Sequence[Line]) -> pl.DataFrame:
    """Own words token by token, in units of before's mean length, from before's mean."""
    schema = dict.fromkeys(("variant", "prompt", "token", "text", "trait"), pl.String) | {
        "token": pl.Int64,
        "value": pl.Float64,
    }
    parts = [pl.DataFrame(schema=schema)]
    first = of.cell(pair.before, pair.before, pair.prompts)
    known = [line for line in along if first is not None and line.layer in first.layers]
    if first is None or not known:
        return parts[0]
    covariance = load_covariance(first.folder(experiment.layout), [line.layer for line in known])
    for number, line in enumerate(known):
        middle = float(covariance.mean[number] @ line.direction.double().numpy())
        for variant in (pair.before, pair.after):
            cell = of.cell(variant, variant, pair.prompts)
            if cell is None:
                continue
            table = read_table(projections_of(experiment, of, cell).folder / TABLE)
            own = table.filter((pl.col("trait") == line.trait) & (pl.col("side") == "response"))
            value = ((pl.col("raw") - middle) / float(covariance.length[number])).alias("value")
            parts.append(
                own.select(pl.lit(variant).alias("variant"), "prompt", "token", "text", "trait", value)
            )
    return pl.concat(parts)
