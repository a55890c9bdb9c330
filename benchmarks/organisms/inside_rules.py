"""What every rule that looks inside, or at the next tokens alone, says of each comparison.

    STATISTIC_WINDOW_NULL      a score's z among null directions; moved where its family-wise share is at most
                               LEVEL
    STATISTIC_WINDOW_controls  its z among controls of other kinds; moved by Student's t, Holm over traits
    ..._beyond_output          the same z once the part that outputs let expect is regressed out over the
                               foreign contrasts
    output                     the logit shift of the words of a trait's scenes, among foreign contrasts

It reads the stored sums of a finished experiment; no model is loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from traitscope.comparison import (
    STATISTICS,
    WINDOWS,
    Window,
    against_controls,
    cell_effects,
    layer_scores,
    null_scores,
    others,
    scene_outputs,
    standing,
)
from traitscope.experiment import open_experiment
from traitscope.inference import load_covariance
from traitscope.pipeline import Run, look
from traitscope.pipeline.compare.evidence import (
    Ground,
    control_kind,
    first_tokens,
    ground,
    scenes_shift,
)
from traitscope.pipeline.compare.inside_line import deciding_layers_of, nulls_of
from traitscope.pipeline.compare.readings import Compared, Readings, load_readings
from traitscope.pipeline.infer.stage import Reading, prompt_sets, store
from traitscope.statistics import holm

LEVEL = 0.05
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """What a rule says of one comparison.

    Attributes:
        z: (traits,) by which traits are ranked.
        moved: (traits,) they are called moved.
    """

    z: Array
    moved: NDArray[np.bool_]


@dataclass(frozen=True)
class Shift:
    """What a comparison's rules start from.

    Attributes:
        kind: of control, None of other adapters.
        stream: window -> (layers, width) mean model effect.
        logits: (vocabulary,) mean change of next-token logits.
    """

    kind: str | None
    stream: Mapping[Window, Array]
    logits: Array


class Rules(NamedTuple):
    """What is said of traits, in their order: by after variant and rule."""

    traits: tuple[str, ...]
    said: dict[str, dict[str, Said]]


def every_rule(file: Path) -> Rules:
    """What each rule says of each comparison.

    Args:
        file: of a finished experiment whose comparisons share the before variant and the prompt set.
    """
    run = look(open_experiment(file))
    on, (prompts,) = ground(run), prompt_sets(run)
    pairs = run.experiment.config.comparisons
    shifts = {
        pair.after: _shift(
            load_readings(run, Compared(pair, prompts), on.given.deciding), on, control_kind(run, pair.after)
        )
        for pair in pairs
    }
    before = pairs[0].before
    covariance = load_covariance(store(run, Reading(prompts, before, before)))
    layers = deciding_layers_of(covariance, on.given)
    names, said = list(shifts), dict[str, dict[str, Said]]()
    outputs = _outputs(run, before, on, [one.logits for one in shifts.values()])
    for name, (own, null) in zip(names, outputs, strict=True):
        held = standing(own, null)
        said[name] = {"output": Said(held.z, held.family <= LEVEL)}
    stream = np.stack([[one.stream[window] for window in WINDOWS] for one in shifts.values()])
    for statistic in STATISTICS:
        scores = np.array(
            [[layer_scores(statistic, delta, layers).mean(0) for delta in by_window] for by_window in stream]
        )
        _say_of_controls(said, statistic, scores, [one.kind for one in shifts.values()], names)
        for null, directions in nulls_of(statistic, layers, on.given, run.seed).items():
            drawn = null_scores(directions, stream.reshape(-1, *stream.shape[2:]))
            drawn = drawn.reshape(*stream.shape[:2], *drawn.shape[1:])
            for number, name in enumerate(names):
                for place, window in enumerate(WINDOWS):
                    rule = f"{statistic}_{window}_{null}"
                    held = standing(scores[number, place], drawn[number, place])
                    said[name][rule] = Said(held.z, held.family <= LEVEL)
                    if null == "foreign":
                        own, of_null = outputs[number]
                        said[name][f"{rule}_beyond_output"] = _beyond(
                            scores[number, place], own, drawn[number, place], of_null
                        )
    return Rules(on.given.traits, said)


def _shift(found: Readings, on: Ground, kind: str | None) -> Shift:
    cells = found.cells(on.given.deciding)
    stream = {
        window: np.asarray(cell_effects(cells, window).model.mean(0, dtype=np.float64)) for window in WINDOWS
    }
    before, after = found.before_own.mean_logits.double(), found.after_reads_before.mean_logits.double()
    known = before.isfinite().all(1) & after.isfinite().all(1)
    return Shift(kind, stream, np.asarray((after[known] - before[known]).mean(0).numpy()))


def _outputs(run: Run, variant: str, on: Ground, shifts: Sequence[Array]) -> list[tuple[Array, Array]]:
    """Of each shift of logits: (traits,) of the traits' scenes, (traits, K) of the null contrasts."""
    first_token = first_tokens(run.variants.renderer(variant))
    assert on.bank is not None and on.given.foreign is not None

    found = []
    for shift in shifts:
        own = [scenes_shift(shift, trait, first_token) for trait in on.traits.values()]
        of_bank = scene_outputs(shift, on.bank.texts, first_token)
        found.append((np.array(own), np.stack([one @ of_bank for one in on.given.foreign.weights])))
    return found


def _say_of_controls(
    said: dict[str, dict[str, Said]],
    statistic: str,
    scores: Array,
    kinds: Sequence[str | None],
    names: Sequence[str],
) -> None:
    controls = [number for number, kind in enumerate(kinds) if kind is not None]
    for number, name in enumerate(names):
        chosen = [controls[place] for place in others([str(kinds[one]) for one in controls], kinds[number])]
        for place, window in enumerate(WINDOWS):
            held = against_controls(scores[number, place], scores[chosen, place])
            if held.z is not None:
                p = holm(list(2 * stats.t.sf(np.abs(held.z), held.size - 1)))
                said[name][f"{statistic}_{window}_controls"] = Said(held.z, np.array(p) <= LEVEL)


def _beyond(own: Array, output: Array, null: Array, of_null: Array) -> Said:
    x, y = of_null - of_null.mean(1, keepdims=True), null - null.mean(1, keepdims=True)
    slope = (x * y).sum(1) / np.square(x).sum(1)
    left = own - null.mean(1) - slope * (output - of_null.mean(1))
    held = standing(left, y - slope[:, None] * x)
    return Said(held.z, held.family <= LEVEL)
