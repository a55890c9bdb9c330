"""One captured answer of the predecessor, from its `.pt`: which row is which token, which layer is which.

    {"prompt": PART, "response": PART},  PART = {"text", "tokens", "token_ids", "activations"}
    activations   {layer: {component: (rows, width)}}; `residual`, once `residual_out`, is the output of
                  decoder block `layer`, counted from 0: traitscope's layer

Row i of a response captured by reading it again is where token i is the input, as everywhere in traitscope.
While it was generated, the first versions took the residual that *predicts* token i, which begins with the
prompt's last token: where the first row equals the prompt's last one, rows are moved by one. The last token
of a generated answer was often never read, so that a row may be missing at the end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from traitscope.errors import InputError
from traitscope.pipeline.imported.record import listed
from traitscope.pipeline.vectors.foreign import read_torch

RESIDUALS = ("residual", "residual_out")
FIRST_NAME = "residual_out"
"""Of the residual in the versions that kept it while they generated."""
SAME = 0.2
"""Two residuals that differ by less than this share of what neighbours differ by are one token's."""


@dataclass(frozen=True)
class Taken:
    """An answer as one reader saw it.

    Attributes:
        prompt: the prompt as it was rendered, with the template around it.
        prompt_ids: its tokens, none where they were not stored.
        text: the answer.
        tokens: the answer's tokens as text.
        ids: their numbers, none where they were not stored.
        exact: `tokens` were stored, not cut at spaces.
        residual: layer -> (rows, width); row i is where token i is the input.
        last: layer -> (width,), at the prompt's last token; empty where that is not held.
        moved: rows were moved by one.
    """

    prompt: str
    prompt_ids: tuple[int, ...]
    text: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    exact: bool
    residual: Mapping[int, Tensor]
    last: Mapping[int, Tensor]
    moved: bool

    @property
    def rows(self) -> int:
        """Tokens that were read."""
        return len(next(iter(self.residual.values())))

    @property
    def layers(self) -> tuple[int, ...]:
        """That are held."""
        return tuple(self.residual)

    @property
    def width(self) -> int:
        """Of the residual."""
        return next(iter(self.residual.values())).shape[1]

    @property
    def is_bfloat16(self) -> bool:
        """Whether bfloat16 keeps it as it is."""
        return all(one.dtype == torch.bfloat16 for one in self.residual.values())

    @property
    def words(self) -> tuple[object, ...]:
        """What two readers of the same answer agree on."""
        return self.ids or (self.text,)


def read_captured(path: Path) -> Taken:
    """An answer's residuals, words and prompt.

    Raises:
        InputError: it is damaged, holds more than tensors and plain values, or is no capture of its.
    """
    content = read_torch(path)
    if not isinstance(content, Mapping) or not {"prompt", "response"} <= content.keys():
        held = listed(list(content)) if isinstance(content, Mapping) else type(content).__name__
        what = f"is no captured answer: it holds no 'prompt' and 'response' (found {held})"
        raise InputError(str(path), what, "move it out of the folder of captures")
    prompt, response = (_part(path, content, name) for name in ("prompt", "response"))
    of_prompt = _residuals(path, "prompt", prompt)
    rows = _residuals(path, "response", response)
    if not rows:
        raise InputError(
            str(path), "holds no residual of the response", "capture it again, or move the file away"
        )
    _refuse_uneven(path, rows)
    before = {layer: one[-1] for layer, one in of_prompt.items() if len(one) and layer in rows}
    moved = _is_moved(rows, before, response)
    if moved:
        before = {layer: one[0] for layer, one in rows.items() if len(one)}
        rows = {layer: one[1:] for layer, one in rows.items()}
    return _taken(path, prompt, response, rows, before, moved)


def _taken(
    path: Path,
    prompt: Mapping[str, Any],
    response: Mapping[str, Any],
    rows: Mapping[int, Tensor],
    before: Mapping[int, Tensor],
    moved: bool,
) -> Taken:
    text, count = str(response.get("text") or ""), len(next(iter(rows.values())))
    ids = tuple(int(one) for one in response.get("token_ids") or ())
    stored = tuple(str(one) for one in response.get("tokens") or ())
    tokens = max(len(ids), len(stored))
    if tokens and not tokens - 1 <= count <= tokens:
        what = f"holds {count} rows of residuals for {tokens} tokens of the response"
        raise InputError(str(path), what, "capture this answer again, or move the file away")
    return Taken(
        str(prompt.get("text") or ""),
        tuple(int(one) for one in prompt.get("token_ids") or ()),
        text,
        stored or cut_at_spaces(text, tokens or count),
        ids,
        bool(stored),
        rows,
        before,
        moved,
    )


def cut_at_spaces(text: str, count: int) -> tuple[str, ...]:
    """An answer's text in so many pieces, where its tokens are not known: one a word, what is left over with
    the last one; of fewer words than pieces the last pieces are empty."""
    words = re.findall(r"\s*\S+|\s+$", text)
    if len(words) > count:
        words = [*words[: count - 1], "".join(words[count - 1 :])] if count else []
    return tuple(words) + ("",) * (count - len(words))


def _part(path: Path, content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = content[name]
    if not isinstance(part, Mapping):
        raise InputError(f"{path}, {name}", "is no dictionary", "move the file out of the folder of captures")
    return part


def _residuals(path: Path, name: str, part: Mapping[str, Any]) -> dict[int, Tensor]:
    """Layer -> (rows, width), in the order of the layers."""
    stored = part.get("activations") or {}
    if not isinstance(stored, Mapping):
        raise InputError(f"{path}, {name}", "holds no layers", "move the file out of the folder of captures")
    found = {}
    for layer, components in stored.items():
        if not str(layer).isdigit():
            what = f"names a layer '{layer}'"
            raise InputError(f"{path}, {name}", what, "number layers from 0, as decoder blocks are")
        if not components:
            continue
        key = next((one for one in RESIDUALS if one in components), None)
        if key is None:
            what = f"holds no residual at layer {layer} (found {listed(list(components))})"
            raise InputError(f"{path}, {name}", what, "capture the component 'residual' too")
        rows = components[key]
        if not isinstance(rows, Tensor) or rows.ndim != 2 or not rows.is_floating_point():
            what = "is no table of a row a token"
            raise InputError(
                f"{path}, {name}, layer {layer}", what, "capture it again, or move the file away"
            )
        found[int(layer)] = rows
    return dict(sorted(found.items()))


def _refuse_uneven(path: Path, rows: Mapping[int, Tensor]) -> None:
    shapes = {one.shape for one in rows.values()}
    if len(shapes) > 1:
        what = f"holds tables of different shapes at its layers ({listed([tuple(one) for one in shapes])})"
        raise InputError(str(path), what, "capture it again, or move the file away")


def _is_moved(rows: Mapping[int, Tensor], before: Mapping[int, Tensor], response: Mapping[str, Any]) -> bool:
    """Whether the first row belongs to the prompt's last token."""
    if len(next(iter(rows.values()))) < 2:
        return False
    shared = [layer for layer in rows if layer in before]
    if not shared:
        stored = response.get("activations") or {}
        return any(FIRST_NAME in components for components in stored.values())
    return all(
        float((rows[layer][0].float() - before[layer].float()).norm())
        < SAME * float((rows[layer][0].float() - rows[layer][1].float()).norm())
        for layer in {shared[0], shared[len(shared) // 2], shared[-1]}
    )
