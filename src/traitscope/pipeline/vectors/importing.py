"""Vectors of others as a `Direction`: what their file does not say is asked for.

A tensor of one dimension is a vector; its layer is the number in its name (`layer.20`, `direction.20`, `20`)
unless it is told. A table has a row a layer, and two ways of counting are about: rows of block outputs, where
row L is layer L, and rows of transformers' `hidden_states`, where row 0 are the embeddings, row L + 1 is
layer L, and the last row is after the final norm, where nothing can be added.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from torch import Tensor

from traitscope.config import nearest
from traitscope.errors import InputError
from traitscope.models import find_source, read_shape, smollm2
from traitscope.models.sources import check_hub_id
from traitscope.pipeline.vectors.foreign import read_foreign
from traitscope.vectors import Direction, ModelTag, Part

Rows = Literal["blocks", "hidden-states"]
METHOD = "imported"
_NUMBERED = re.compile(
    r"(?:^|layers?|blocks?|directions?|\bh)[._\-\[ ]?(\d{1,4})(?!\d)|\.(\d{1,4})$", re.IGNORECASE
)
_SHOWN = 6
"""Names of tensors that a sentence lists."""


class Told(NamedTuple):
    """What the user says of a file."""

    model: str | None
    """Which model it was made for."""
    layers: Sequence[int] = ()
    tensor: str | None = None
    rows: Rows | None = None
    name: str | None = None


class Looked(NamedTuple):
    """A model as far as it is at hand."""

    tag: ModelTag
    width: int | None


def import_direction(path: Path, told: Told) -> Direction:
    """A foreign file's vectors as a direction, as long as they are there.

    Raises:
        InputError: the file cannot be read, something it does not say was not told, or its vectors are not
            of that model, not finite, or zero.
    """
    tensors = {name: _squeezed(tensor) for name, tensor in read_foreign(path).items()}
    vectors = _vectors(path, tensors, told)
    model = _look(path, told.model)
    for layer, vector in vectors.items():
        where = f"{path}, layer {layer}"
        if model.width is not None and len(vector) != model.width:
            what = f"is {len(vector)} wide, and the residual stream of {model.tag.name} is {model.width}"
            raise InputError(where, what, "name the model it was made for, with --model")
        if not vector.any():
            raise InputError(where, "is zero, which is no direction", "leave it out, with --layer")
    name = told.name or path.name.split(".")[0]
    parts = tuple(
        Part(name, METHOD, layer, float(vector.double().norm())) for layer, vector in vectors.items()
    )
    try:
        return Direction(vectors, model.tag, parts=parts)
    except InputError as error:
        raise InputError(f"{path}, {error.where}", error.what, error.mend) from None


def _vectors(path: Path, tensors: Mapping[str, Tensor], told: Told) -> dict[int, Tensor]:
    if told.tensor is not None:
        if told.tensor not in tensors:
            what = f"holds no tensor '{told.tensor}'"
            close = nearest(told.tensor, tensors)
            mend = f"did you mean '{close}'?" if close else f"name one of {_listed(tensors)}"
            raise InputError(str(path), what, mend)
        tensors = {told.tensor: tensors[told.tensor]}
    if len(tensors) == 1:
        (name, tensor), *_ = tensors.items()
        return _of_one(path, name, tensor, told)
    numbered = {name: _number(name) for name, tensor in tensors.items() if tensor.ndim == 1}
    layers = [layer for layer in numbered.values() if layer is not None]
    if len(layers) != len(tensors) or len(set(layers)) != len(layers):
        what = f"holds {len(tensors)} tensors whose names do not say a layer each ({_listed(tensors)})"
        raise InputError(str(path), what, "choose one with --tensor, and say its layer with --layer")
    by_layer = {layer: tensors[name] for name, layer in numbered.items() if layer is not None}
    absent = [layer for layer in told.layers if layer not in by_layer]
    if absent:
        what = f"holds no vector of layer {absent[0]}"
        raise InputError(str(path), what, f"name one of {', '.join(map(str, sorted(by_layer)))}")
    return {layer: by_layer[layer] for layer in told.layers or sorted(by_layer)}


def _of_one(path: Path, name: str, tensor: Tensor, told: Told) -> dict[int, Tensor]:
    where = f"{path}, {name}" if name else str(path)
    if tensor.ndim == 2:
        return _of_table(where, tensor, told)
    if tensor.ndim != 1:
        what = f"has the shape {tuple(tensor.shape)}"
        raise InputError(where, what, "save a vector, or a table with a row a layer")
    if told.rows is not None:
        raise InputError(where, "is one vector and no table", "leave --rows out")
    number = _number(name)
    layers = list(told.layers) or ([] if number is None else [number])
    if len(layers) != 1:
        what = (
            "does not say its layer" if not layers else f"is one vector, and {len(layers)} layers are named"
        )
        raise InputError(where, what, "name the layer after which it is added, with --layer")
    return {layers[0]: tensor}


def _of_table(where: str, table: Tensor, told: Told) -> dict[int, Tensor]:
    rows, width = table.shape
    if told.rows is None:
        raise InputError(
            where,
            f"is a table of {rows} x {width} that does not say how its rows are counted",
            "say --rows blocks if row L is the output of block L, or --rows hidden-states if row 0 are the "
            "embeddings",
        )
    if not told.layers:
        what = f"has {rows} rows, and none is chosen"
        raise InputError(where, what, "name the layer to steer with --layer, several times for several")
    # Of hidden_states the first row is before every block, the last one after the final norm.
    first, layers = (0, rows) if told.rows == "blocks" else (1, rows - 2)
    for layer in told.layers:
        if not 0 <= layer < layers:
            what = f"holds no vector of layer {layer}"
            raise InputError(
                where, what, f"name one from 0 to {layers - 1}" if layers > 0 else "check --rows"
            )
    return {layer: table[first + layer] for layer in told.layers}


def _look(path: Path, name: str | None) -> Looked:
    """The model by its name; width and identity where it lies on this machine, no network is asked."""
    if not name:
        what = "does not say which model it was made for"
        raise InputError(str(path), what, "name it with --model: smollm2, a folder, or a Hugging Face id")
    if name == smollm2.NAME or Path(name).expanduser().is_dir():
        source = find_source(name, Path())
        shape = read_shape(source)
        return Looked(ModelTag(name, source.identity, shape.layers), shape.width)
    check_hub_id(name)
    return Looked(ModelTag(name), None)


def _squeezed(tensor: Tensor) -> Tensor:
    """Without leading dimensions of one: a batch of one vector is a vector."""
    while tensor.ndim > 1 and tensor.shape[0] == 1:
        tensor = tensor[0]
    return tensor


def _number(name: str) -> int | None:
    """The layer that a tensor's name says, if it says one alone."""
    found = {int(named or last) for named, last in _NUMBERED.findall(name)}
    return found.pop() if len(found) == 1 else None


def _listed(names: Mapping[str, Tensor]) -> str:
    shown = [f"'{name}'" for name in list(names)[:_SHOWN]]
    return ", ".join(shown) + (", ..." if len(names) > _SHOWN else "")
