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
from traitscope.pipeline.extract import DIRECTIONS
from traitscope.pipeline.run import look
from traitscope.pipeline.variants import Variants
from traitscope.pipeline.winner import check_trait_name, load_direction
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
    present = {name.removesuffix(".write") for name in tensors if name.endswith(".write")}
    in_order = [str(one) for one in experiment.config.extract.methods if one in present]
    methods = (*in_order, *sorted(present.difference(in_order)))
    write = {method: tensors[f"{method}.write"] for method in methods}
    depth, width = next(iter(write.values())).shape
    if layer is not None and not 0 <= layer < depth:
        where = f"{experiment.config.name}, {trait}, layer {layer}"
        raise InputError(where, "is not in the vectors", f"name one from 0 to {depth - 1}")
    winner, why = _winner(experiment, trait)
    if winner is not None and winner[0].method in write:
        reference = At(winner[0].method, winner[0].layer if layer is None else layer)
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
    detail = None if layer is None else _detail(tensors, methods, layer)
    lens = None if model is None else _lens(model, chosen, reference)
    return VectorsView(trait, width, methods, reference, winner, why, rows, detail, lens)


def _winner(experiment: Experiment, trait: str) -> tuple[tuple[At, float] | None, str]:
    try:
        part = load_direction(experiment, trait).parts[0]
    except InputError as error:
        return None, f"{error.where}: {error.what}"
    return (At(part.method, part.layer), part.coefficient), ""


def _first(experiment: Experiment, methods: tuple[str, ...]) -> str:
    settings = experiment.config.steer
    return settings.method if settings is not None and settings.method in methods else methods[0]


def _detail(tensors: Mapping[str, Tensor], methods: tuple[str, ...], layer: int) -> LayerDetail:
    write = torch.stack([tensors[f"{method}.write"][layer] for method in methods])
    read = torch.stack([tensors[f"{method}.read"][layer] for method in methods])
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
