"""Imported variants held against each other, as far as the readings that were imported go.

    own words     before's and after's own answers           the plain shift, the reference's measure
    same words    one writer's answers, read by both         the model effect and the inside score
    all four      both                                       text effect and interaction as well

Answers were judged by nobody here, and no output line was kept: no verdict is passed, and each figure that
cannot be made says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from traitscope.comparison import (
    DECIDING,
    Cells,
    Effects,
    Layer,
    Read,
    Standing,
    cell_effects,
    deciding_layers,
    drawn_scores,
    every_score,
    metrics,
    null_count,
    projection_shift,
    relative_shift,
    standing,
)
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Experiment, locked, making
from traitscope.experiment.files import read_json, write_bytes, write_json
from traitscope.inference import Covariance, Line, Summary, load_covariance, load_summary, shared_groups
from traitscope.pipeline.compare.readings import answer_means
from traitscope.pipeline.imported.projecting import TABLE, make_projections
from traitscope.pipeline.imported.reading import (
    VERSION,
    directions_print,
    lines,
    projections_of,
    stores_print,
    vectors,
)
from traitscope.pipeline.imported.record import Cell, Imported, listed, load_imported
from traitscope.pipeline.tables import parquet_bytes, read_table
from traitscope.statistics import Interval

RESULT, EFFECTS, TOKENS = "comparison.json", "effects.parquet", "tokens.parquet"
FEWEST = 2
"""Prompts that an interval is made of."""
Array = NDArray[np.float64]


class Pair(NamedTuple):
    """Two variants on a prompt set."""

    before: str
    after: str
    prompts: str


@dataclass(frozen=True)
class _Held:
    """The readings of a pair that there are, at the layers looked at, on the prompts that they share.

    Attributes:
        layers: of the sums.
        cells: (reader, writer) -> sums.
        prompts: that all of them hold.
    """

    layers: tuple[int, ...]
    cells: Mapping[tuple[str, str], Summary]
    prompts: int


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
            "readings": stores_print(experiment, _cells(of, pair)),
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


def lacking(of: Imported, pair: Pair) -> list[str]:
    """What of the four readings is not there, as clauses."""
    names = (pair.before, pair.after)
    return [
        f"{reader}'s reading of {'its own' if reader == writer else f'{writer}' + chr(39) + 's'} answers"
        for writer in names
        for reader in names
        if of.cell(reader, writer, pair.prompts) is None
    ]


def _cells(of: Imported, pair: Pair) -> list[Cell]:
    names = (pair.before, pair.after)
    found = [of.cell(reader, writer, pair.prompts) for writer in names for reader in names]
    return [one for one in found if one is not None]


def _refuse_nothing_shared(experiment: Experiment, of: Imported, pair: Pair) -> None:
    held = {(one.reader, one.writer) for one in _cells(of, pair)}
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


def _load(experiment: Experiment, of: Imported, pair: Pair, layers: Sequence[int]) -> _Held:
    cells = _cells(of, pair)
    held = tuple(layer for layer in layers if all(layer in cell.layers for cell in cells))
    found = {(one.reader, one.writer): load_summary(one.folder(experiment.layout), held) for one in cells}
    shared = sorted(set.intersection(*(set(one.places.tolist()) for one in found.values())))
    if len(shared) < FEWEST:
        raise InputError(
            f"{experiment.layout.root}, {pair.before} and {pair.after} on {pair.prompts}",
            f"their readings share {len(shared)} prompts, and an interval is made of {FEWEST} at the least",
            "import captures of the same prompts",
        )
    return _Held(held, {key: one.rows(shared) for key, one in found.items()}, len(shared))


def _effects(
    held: _Held, pair: Pair, layers: Sequence[int], window: Any
) -> tuple[Effects | None, str | None]:
    """The model effect, with the text effect and interaction where all four readings are there; and on whose
    words alone it is, where only one's were read by both."""
    before, after = pair.before, pair.after
    chosen = torch.tensor([held.layers.index(layer) for layer in layers], dtype=torch.long)
    own = {writer: {(before, writer), (after, writer)} <= held.cells.keys() for writer in (before, after)}
    if not any(own.values()) or not len(chosen):
        return None, None
    words = {writer: writer if own[writer] else next(one for one in own if own[one]) for writer in own}
    sums = {
        (reader, writer): _read(held.cells[reader, words[writer]], chosen)
        for reader in (before, after)
        for writer in (before, after)
    }
    lengths = [
        held.cells[
            writer if (writer, words[writer]) in held.cells else before, words[writer]
        ].responses.tolist()
        for writer in (before, after)
    ]
    shared = [shared_groups(int(one), int(other)) for one, other in zip(*lengths, strict=True)]
    cells = Cells(
        sums[before, before],
        sums[after, after],
        sums[after, before],
        sums[before, after],
        np.array(shared, np.int64),
    )
    alone = None if all(own.values()) else next(one for one in own if own[one])
    try:
        found = cell_effects(cells, window)
    except ValueError:
        return None, alone
    # With one writer's words standing for both, there is no difference of words.
    return (found if alone is None else Effects(found.prompts, found.model, None, None)), alone


def _read(summary: Summary, layers: torch.Tensor) -> Read:
    return Read(
        summary.sums[:, :, layers].numpy(),
        summary.counts[:, :, layers].numpy(),
        summary.prompt_sum[:, layers].numpy(),
        summary.prompt_count[:, layers].numpy(),
        summary.last_prompt[:, layers].numpy(),
    )


@dataclass(frozen=True)
class _Inside:
    """Deciding scores of the traits that have any, and why the others have none."""

    traits: tuple[str, ...]
    scores: Array
    standing: Standing | None
    last: Array | None
    dose: float | None
    reasons: Mapping[str, str]


def _inside(experiment: Experiment, of: Imported, pair: Pair, held: _Held) -> _Inside:
    deciding = deciding_layers(of.depth)
    absent = [layer for layer in deciding if layer not in held.layers]
    names = list(of.known["traits"])
    tables = {name: _mean_difference(experiment, of, name) for name in names}
    reasons = {
        name: f"the trait has no mean-difference vector at layers {listed(lost)}, which decide"
        for name, table in tables.items()
        if (lost := [layer for layer in deciding if table is None or not table[layer].any()])
    }
    able = tuple(name for name in names if name not in reasons)
    why = None
    if (pair.before, pair.before) not in held.cells:
        why = f"the spread is that of {pair.before}'s own answers, and its reading of these is missing"
    elif absent:
        why = f"layers {listed(absent)} decide, and were not captured of all readings"
    effects, _ = _effects(held, pair, deciding, DECIDING.window) if not why else (None, None)
    if why is None and effects is None:
        why = _no_same_words(of, pair)
    if why is not None or effects is None or not able:
        return _Inside((), np.zeros(0), None, None, None, dict.fromkeys(names, why) if why else reasons)
    cell = of.cell(pair.before, pair.before, pair.prompts)
    assert cell is not None
    covariance = load_covariance(cell.folder(experiment.layout), deciding)
    layers = [
        _layer(covariance, number, [tables[name][layer] for name in able])  # type: ignore[index]
        for number, layer in enumerate(deciding)
    ]
    delta = np.asarray(effects.model.mean(0, dtype=np.float64))
    scores = every_score(delta, layers)[DECIDING.statistic].mean(0)
    parts = [(covariance.leading[number], covariance.rest[number]) for number in range(len(deciding))]
    null = np.stack(
        [
            drawn_scores(
                "covariance",
                DECIDING.statistic,
                delta,
                layers,
                parts,
                null_count(len(able)),
                experiment.config.seed + number,
            )
            for number in range(len(able))
        ]
    )
    before, _ = _effects(held, pair, deciding, "last_prompt")
    last = None
    if before is not None:
        shift = np.asarray(before.model.mean(0, dtype=np.float64))
        last = every_score(shift, layers)[DECIDING.statistic].mean(0)
    lengths = np.array([layer.length for layer in layers])
    return _Inside(able, scores, standing(scores, null), last, relative_shift(delta, lengths), reasons)


def _no_same_words(of: Imported, pair: Pair) -> str:
    if any(
        of.cell(pair.before, writer, pair.prompts) and of.cell(pair.after, writer, pair.prompts)
        for writer in (pair.before, pair.after)
    ):
        return "no answer is long enough: what comes after the first 8 tokens decides"
    return f"needs one variant's answers read by both, and there is not {' nor '.join(lacking(of, pair))}"


def _mean_difference(experiment: Experiment, of: Imported, trait: str) -> torch.Tensor | None:
    known = of.known["traits"][trait]
    for position in known["positions"]:
        if "mean_diff" in known["methods"][position]:
            return vectors(experiment, of, trait, position, "mean_diff")
    return None


def _layer(covariance: Covariance, number: int, directions: Sequence[torch.Tensor]) -> Layer:
    return Layer(
        metrics(np.sqrt(covariance.variance[number]), covariance.leading[number], covariance.rest[number]),
        float(covariance.length[number]),
        torch.stack(list(directions)).numpy(),
    )


def _write(experiment: Experiment, of: Imported, pair: Pair, artefact: Artefact) -> None:
    along = {line.trait: line for line in lines(experiment, of)}
    wanted = sorted({*deciding_layers(of.depth), *(line.layer for line in along.values())})
    held = _load(experiment, of, pair, wanted)
    inside = _inside(experiment, of, pair, held)
    rows = [_row(experiment, of, pair, held, line, inside) for line in along.values()]
    rows.sort(key=lambda row: -abs(row["score"] if row["score"] is not None else 0.0))
    _, alone = _effects(held, pair, held.layers[:1], "response")
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
    experiment: Experiment, of: Imported, pair: Pair, held: _Held, line: Line, inside: _Inside
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
    effects, alone = _effects(held, pair, [line.layer], "response") if here else (None, None)
    no_same = absent or _no_same_words(of, pair)
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


def _scored(trait: str, inside: _Inside) -> dict[str, Any]:
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
