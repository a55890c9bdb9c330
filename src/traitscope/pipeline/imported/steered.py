"""The predecessor's steering results: the best coherent single layer of each trait, by its own rule.

    best   the largest delta from the baseline (smallest where a trait is suppressed) among evaluations of
           one layer whose mean coherence is at least 70

No control was run there and report questions are those that were searched: nothing here is called shown.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.errors import InputError
from traitscope.pipeline.imported.layouts import read_config_json

COHERENT = 70.0


class Best(NamedTuple):
    """What won for a trait, and what it won by."""

    layer: int
    method: str
    position: str | None
    coefficient: float | None
    trait: float
    coherence: float
    delta: float
    baseline: float


class _Tried(NamedTuple):
    layer: int
    method: str
    position: str | None
    coefficient: float | None
    component: str


def best_of(path: Path) -> Best | None:
    """What won in a file of results; None where nothing was coherent, or nothing is known of the baseline.

    Raises:
        InputError: the file cannot be read, or is no such file.
    """
    baseline, sign, runs = _read(path)
    if baseline is None:
        return None
    found: Best | None = None
    for tried, result in runs:
        score, coherence = result.get("trait_mean"), result.get("coherence_mean")
        if tried.component != "residual" or score is None or coherence is None or coherence < COHERENT:
            continue
        delta = float(score) - baseline
        if found is None or sign * delta > sign * found.delta:
            found = Best(*tried[:4], float(score), float(coherence), delta, baseline)
    return found


def _read(path: Path) -> tuple[float | None, int, list[tuple[_Tried, Mapping[str, Any]]]]:
    """Baseline, 1 or -1 where the trait is suppressed, and the evaluations of single layers."""
    rows = list(_rows(path))
    head = next((row for row in rows if row.get("type") == "header"), {})
    bases = [row["result"] for row in rows if row.get("type") == "baseline"]
    baseline = bases[-1].get("trait_mean") if bases and isinstance(bases[-1], Mapping) else None
    runs = []
    for row in rows:
        config, result = row.get("config"), row.get("result")
        if isinstance(config, Mapping) and isinstance(result, Mapping):
            tried = _tried(config)
            if tried is not None:
                runs.append((tried, result))
    sign = -1 if head.get("direction") == "negative" else 1
    return (None if baseline is None else float(baseline)), sign, runs


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".json":
        content = read_config_json(path)
        yield {"type": "header", "direction": content.get("direction")}
        if content.get("baseline"):
            yield {"type": "baseline", "result": content["baseline"]}
        yield from (one for one in content.get("runs") or () if isinstance(one, Mapping))
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                what, mend = "is not JSON", "copy the file again, or move it out of the folder"
                raise InputError(f"{path}, line {number}", what, mend) from None
            if isinstance(row, Mapping):
                yield row


def _tried(config: Mapping[str, Any]) -> _Tried | None:
    """What a single-layer evaluation pushed; None of several layers, or where its layer is not said."""
    vectors = config.get("vectors")
    if vectors:
        if len(vectors) != 1 or "layer" not in vectors[0]:
            return None
        one = vectors[0]
        return _Tried(
            int(one["layer"]),
            str(one.get("method", "probe")),
            one.get("position"),
            one.get("weight"),
            str(one.get("component", "residual")),
        )
    layers = list(config.get("layers") or [])
    if len(layers) != 1:
        return None
    methods, coefficients = config.get("methods") or ["probe"], config.get("coefficients") or [None]
    component = str(config.get("component", "residual"))
    return _Tried(int(layers[0]), str(methods[0]), config.get("position"), coefficients[0], component)
