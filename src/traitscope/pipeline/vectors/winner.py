"""The winner of an experiment as a `Direction`: what the search chose, where and how far.

Read from the artefacts alone, so that a copied folder is enough: neither model nor scenes are looked for.
Manifests name what each artefact was made from, and a winner is given only if the vectors lying there are
those it was found with. Whether the file has changed since is what `traitscope status` says.
"""

from pathlib import Path
from typing import Any, NamedTuple

from traitscope.config import SteerSettings, one_of
from traitscope.errors import InputError
from traitscope.experiment import Experiment, open_experiment, read_manifest
from traitscope.experiment.files import read_json
from traitscope.models.configs import known_model_type
from traitscope.pipeline.extract.stage import read_directions
from traitscope.pipeline.steer.stage import BEST, asked_settings
from traitscope.steering import Source, competing_sources
from traitscope.vectors import Direction, ModelTag, Part


class Winner(NamedTuple):
    """What steering found best for a trait."""

    source: Source
    layer: int
    coefficient: float
    weights: str
    """Identity of the weights that were steered."""


LINKS = (
    ("answers", "directions", "vectors"),
    ("scores", "answers", "answers"),
    ("search", "scores", "scores"),
)
"""Artefact, the part of its manifest that names another one's fingerprint, and that other one."""


def load_direction(experiment: str | Path | Experiment, trait: str) -> Direction:
    """What steering found best for a trait: its direction at the winning layer, times its coefficient.

    Args:
        experiment: file, folder, or name under `experiments/`.
        trait: one of those it steered.

    Raises:
        InputError: there is no such experiment or trait, it has no winner (yet), or what was found is not of
            the vectors that lie there now.
        WorkError: a file is damaged.
    """
    opened = experiment if isinstance(experiment, Experiment) else open_experiment(experiment)
    found = winner(opened, trait)
    settings, (source, layer, coefficient, weights) = opened.config.steer, found
    assert settings is not None
    folder = opened.layout.extract(trait, opened.config.extract.variant)
    directions = read_directions(folder, trait, source.method, position=source.position)
    recorded = opened.resolved_variants().get(settings.variant, {})
    name = recorded.get("model", opened.config.variants[settings.variant].model)
    tag = ModelTag(name, weights, len(directions.write))
    part = Part(trait, source.method, layer, coefficient, float(directions.base_norm[layer]))
    return Direction({layer: coefficient * directions.write[layer]}, tag, settings.positions, (part,))


def winner(opened: Experiment, trait: str) -> Winner:
    """Which direction steering found best, where and how far.

    Raises:
        InputError, WorkError: as `load_direction`.
    """
    check_trait_name(opened, trait)
    settings = opened.config.steer
    if settings is None:
        raise InputError(f"{opened.file}, steer", "is not there, so nothing was steered", "add it, and run")
    if trait in settings.skip:
        what = f"leaves out '{trait}' ({settings.skip[trait]}), so it has no winner"
        raise InputError(f"{opened.file}, steer.skip", what, "remove it there, and steer")
    if trait not in opened.config.steered_traits:
        mend = f"add '{trait}' to it, and steer"
        raise InputError(f"{opened.file}, steer.traits", f"leaves out '{trait}', so it has no winner", mend)
    if opened.config.extract.component != "residual":
        what = f"is {opened.config.extract.component}, and a direction as a value steers the residual stream"
        raise InputError(f"{opened.file}, extract.component", what, "extract with component: residual")
    weights = _check_found_here(opened, trait, settings)
    best: dict[str, Any] = read_json(opened.layout.steer(trait, settings.variant) / BEST)
    if best["best"] is None:
        what, _, mend = str(best["reason"]).partition("; ")
        mend = mend or "steer other layers or at other strengths"
        raise InputError(f"{opened.config.name}, {trait}", f"has no winner: {what}", mend)
    layer, coefficient = int(best["best"]["layer"]), float(best["best"]["coefficient"])
    source = Source(best["best"]["method"], best["best"]["position"])
    if source not in competing_sources(opened.config):
        what = f"was steered along {source}, which the file does not name now"
        raise InputError(f"{opened.config.name}, {trait}", what, f"type: traitscope steer {opened.file}")
    return Winner(source, layer, coefficient, weights)


def hint_of(experiment: Experiment) -> str | None:
    """Architecture of the steered model as its config calls it; None where no config is at hand."""
    assert experiment.config.steer is not None
    name = experiment.config.steer.variant
    variant, recorded = experiment.config.variants[name], experiment.resolved_variants().get(name, {})
    revision = variant.revision or recorded.get("commit")
    return known_model_type(variant.model, experiment.beside, revision)


def check_trait_name(experiment: Experiment, trait: str) -> None:
    """Refuse a trait that the experiment does not have.

    Raises:
        InputError: the nearest name is offered.
    """
    names = list(experiment.config.trait_paths)
    if trait not in names:
        mend = f"name {one_of(trait, names)}"
        raise InputError(f"{experiment.file}, traits", f"there is no trait '{trait}'", mend)


def _check_found_here(experiment: Experiment, trait: str, settings: SteerSettings) -> str:
    """Refuse a winner that was not found with the vectors lying here; the identity of the weights steered.

    Raises:
        InputError: nothing was chosen yet, or from something else than what lies here.
    """
    again = f"type: traitscope steer {experiment.file}"
    where = f"{experiment.config.name}, {trait}"
    steered = experiment.layout.steer(trait, settings.variant)
    extracted = experiment.layout.extract(trait, experiment.config.extract.variant)
    chain = {
        "vectors": read_manifest(extracted / "manifest.json"),
        "answers": read_manifest(steered / "answers.manifest.json"),
        "scores": read_manifest(steered / "scores.manifest.json"),
        "search": read_manifest(steered / "search.manifest.json"),
    }
    missing = [what for what, found in chain.items() if found is None or found["state"] != "done"]
    if missing:
        raise InputError(where, f"has no winner yet (its {missing[0]} are not done)", again)
    made = {what: found for what, found in chain.items() if found is not None}
    for later, part, earlier in LINKS:
        if made[later]["parts"].get(part) != made[earlier]["fingerprint"]:
            raise InputError(where, f"its {later} do not belong to the {earlier} lying there", again)
    asked = asked_settings(settings, experiment.config.seed)
    if made["answers"]["parts"].get("settings") != asked:
        what = "was steered by other steer.new_tokens, positions, temperature or seed than the file says now"
        raise InputError(where, what, again)
    return str(made["answers"]["parts"]["weights"])
