"""Directions as a person looks at them: norms, how alike they are over layers and methods, what they say."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from traitscope.engine import logit_lens
from traitscope.errors import InputError
from traitscope.experiment import Experiment, read_manifest
from traitscope.experiment.tensors import read_tensors
from traitscope.models import Model
from traitscope.pipeline.extract.stage import DIRECTIONS, at_position
from traitscope.pipeline.run import look
from traitscope.pipeline.variants import Variants
from traitscope.pipeline.vectors.winner import check_trait_name, winner
from traitscope.progress import Progress
from traitscope.report.vectors_view import At, LayerDetail, LayerView, Lens, TokenWeight, VectorsView
from traitscope.vectors import LARGEST, top_share

DEPTH = 0.6
"""Where a direction is looked at if none has won: middle layers steer best as a rule."""
TOKENS = 10


class Wanted(NamedTuple):
    """What to show."""

    trait: str | None = None
    """One trait; None: all that have directions."""
    layer: int | None = None
    """In detail, and to compare with; None: the winner's."""
    tokens: bool = False
    """Load the model and look at the unembedding too."""


def show_vectors(experiment: Experiment, wanted: Wanted, progress: Progress) -> list[VectorsView]:
    """Directions of one trait or all of them; a model is loaded for tokens alone.

    Raises:
        InputError: there is no such trait or layer, or nothing was extracted yet.
        WorkError: a file is damaged.
    """
    names = list(experiment.config.trait_paths)
    if wanted.trait is not None:
        check_trait_name(experiment, wanted.trait)
        names = [wanted.trait]
    extracted = [name for name in names if _is_extracted(experiment, name)]
    if not extracted:
        told = f"'{wanted.trait}' has no directions yet" if wanted.trait else "there are no directions yet"
        raise InputError(experiment.config.name, told, f"type: traitscope extract {experiment.file}")
    model = _model(experiment, progress) if wanted.tokens else None
    return [_view(experiment, name, wanted.layer, model) for name in extracted]


def _is_extracted(experiment: Experiment, trait: str) -> bool:
    folder = experiment.layout.extract(trait, experiment.config.extract.variant)
    found = read_manifest(folder / "manifest.json")
    return found is not None and found["state"] == "done"


def _view(experiment: Experiment, trait: str, layer: int | None, model: Model | None) -> VectorsView:
    tensors = read_tensors(experiment.layout.extract(trait, experiment.config.extract.variant) / DIRECTIONS)
    write = _named(experiment, tensors, "write")
    methods = tuple(write)
    depth, width = next(iter(write.values())).shape
    if layer is not None and not 0 <= layer < depth:
        where = f"{experiment.config.name}, {trait}, layer {layer}"
        raise InputError(where, "is not in the vectors", f"name one from 0 to {depth - 1}")
    best, why = _winner(experiment, trait)
    if best is not None and best[0].method in write:
        reference = At(best[0].method, best[0].layer if layer is None else layer)
    else:
        reference = At(_first(experiment, methods), int(DEPTH * depth) if layer is None else layer)
    chosen = write[reference.method][reference.layer]
    cosines = {method: cosine_similarity(rows, chosen[None]) for method, rows in write.items()}
    top5 = {method: top_share(rows) for method, rows in write.items()}
    rows = tuple(
        LayerView(
            one,
            float(tensors["base_norm"][one]),
            tuple(float(cosines[method][one]) for method in methods),
            tuple(float(top5[method][one]) for method in methods),
        )
        for one in range(depth)
    )
    read = _named(experiment, tensors, "read")
    detail = None if layer is None else _detail(read, write, layer)
    lens = None if model is None else _lens(model, chosen, reference)
    return VectorsView(trait, width, methods, reference, best, why, rows, detail, lens)


def _winner(experiment: Experiment, trait: str) -> tuple[tuple[At, float] | None, str]:
    try:
        found = winner(experiment, trait)
    except InputError as error:
        return None, f"{error.where}: {error.what}"
    return (At(_label(experiment, *found.source), found.layer), found.coefficient), ""


def _first(experiment: Experiment, methods: tuple[str, ...]) -> str:
    settings = experiment.config.steer
    first = methods[0] if settings is None else settings.competing_methods[0]
    return first if first in methods else methods[0]


def _named(experiment: Experiment, tensors: Mapping[str, Tensor], end: str) -> dict[str, Tensor]:
    """Directions of all methods and positions by what they are called, those of the file first."""
    methods = [str(one) for one in experiment.config.extract.methods]
    found: dict[str, Tensor] = {}
    for position in experiment.config.extract.fitted_positions:
        mine = at_position(tensors, position)
        present = sorted(name.removesuffix(f".{end}") for name in mine if name.endswith(f".{end}"))
        for method in sorted(present, key=lambda one: methods.index(one) if one in methods else len(methods)):
            found.setdefault(_label(experiment, method, position), mine[f"{method}.{end}"])
    return found


def _label(experiment: Experiment, method: str, position: str) -> str:
    """A direction's name: of the first position its method's, of another one with the position."""
    first = experiment.config.extract.fitted_positions[0]
    return method if position == first else f"{method} of {position}"


def _detail(reads: Mapping[str, Tensor], writes: Mapping[str, Tensor], layer: int) -> LayerDetail:
    write, read = (torch.stack([one[layer] for one in some.values()]) for some in (writes, reads))
    between = cosine_similarity(write[:, None], write[None], dim=-1)
    largest = write.abs().topk(min(LARGEST, write.shape[1]), dim=-1).indices
    return LayerDetail(
        layer,
        tuple(tuple(row) for row in between.tolist()),
        tuple(cosine_similarity(read, write).tolist()),
        tuple(tuple(row) for row in largest.tolist()),
    )


def _model(experiment: Experiment, progress: Progress) -> Model:
    """The variant that is steered, or extracted from where none is."""
    settings = experiment.config.steer
    variants = Variants(experiment, look(experiment).variants.resolved, progress)
    return variants.model(settings.variant if settings is not None else experiment.config.extract.variant)


def _lens(model: Model, direction: Tensor, at: At) -> Lens:
    if len(direction) != model.width:
        what = f"is {model.width} wide, and the vectors are {len(direction)}"
        raise InputError(f"model '{model.source.name}'", what, "extract again: the model is another one now")
    logits = logit_lens(model, direction[None])[0]
    # Some vocabularies are padded beyond what the tokenizer knows; special tokens say nothing.
    known = torch.zeros(len(logits), dtype=torch.bool)
    known[: len(model.tokenizer)] = True
    known[[one for one in model.tokenizer.all_special_ids if one < len(logits)]] = False
    order = [index for index in logits.argsort(descending=True).tolist() if known[index]]
    words = [
        [TokenWeight(str(model.tokenizer.decode([one])), float(logits[one])) for one in chosen]
        for chosen in (order[:TOKENS], order[::-1][:TOKENS])
    ]
    return Lens(at, tuple(words[0]), tuple(words[1]))
