"""The residual store: what a reader made of answers, in shards.

A shard of tokens holds, the answers one after the other,

    residual     (tokens, layers, width), bfloat16 or float32; also attn_out, mlp_out where they are captured
    projected    (tokens, lines + 1) float32 a layer, `projected.LAYER`: raw projections and lengths
    places       (answers,), offsets (answers + 1,) into tokens, first (answers,): index of the first token,
                 -1 for the last token of the prompt, 0 for the first of the response

and a shard of sums

    sums         (answers, groups, layers, width) float32 over the response tokens of each group
    counts       (answers, groups, layers), squares (answers, layers, width), lengths (answers, layers)
    prompt_sum, prompt_squares (answers, layers, width), prompt_count (answers, layers)
    last_prompt  (answers, layers, width)
    log_probability (response tokens,), candidates and candidate_log_probability (response tokens, 64)
    mean_logits  (answers, vocabulary), NaN where an answer is too short to have one
    places       (answers,), responses (answers,): their lengths

Figures are computed from what is stored, so that a later projection equals the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from traitscope.errors import WorkError
from traitscope.experiment import digest
from traitscope.inference.covariance import Sketch
from traitscope.inference.reduction import GROUPED, with_groups
from traitscope.inference.shards import SUFFIX, ShardFile, indexed, read_index, read_shard

SUMMARIES = "summaries"
TOKENS = "residuals"
COVARIANCE = "covariance"
NAMED = 8
"""Layers that a file's name spells out: more of them would not fit some disks."""


@dataclass(frozen=True)
class Summary:
    """Sums over some answers' tokens as one reader sees them; `A` answers, `G` groups, `T` response tokens.

    Attributes:
        places: (A,) int64.
        responses: (A,) int64, response tokens of each.
        sums: (A, G, layers, width) float32, and how many tokens, `counts` (A, G, layers).
        squares: (A, layers, width) float32, of response tokens; `lengths` (A, layers), sums of their lengths.
        prompt_sum, prompt_squares: (A, layers, width) float32; `prompt_count` (A, layers).
        last_prompt: (A, layers, width) float32.
        log_probability: (T,) float32.
        candidates: (T, 64) int32, and their `candidate_log_probability` (T, 64) float32.
        mean_logits: (A, vocabulary) float32, NaN for short answers.
    """

    places: Tensor
    responses: Tensor
    sums: Tensor
    counts: Tensor
    squares: Tensor
    lengths: Tensor
    prompt_sum: Tensor
    prompt_squares: Tensor
    prompt_count: Tensor
    last_prompt: Tensor
    log_probability: Tensor
    candidates: Tensor
    candidate_log_probability: Tensor
    mean_logits: Tensor

    def rows(self, wanted: Sequence[int]) -> "Summary":
        """The answers at these places, in this order.

        Raises:
            KeyError: one is not there.
        """
        where = {int(place): row for row, place in enumerate(self.places)}
        chosen = torch.tensor([where[place] for place in wanted], dtype=torch.long)
        starts = torch.cat([torch.zeros(1, dtype=torch.long), self.responses.cumsum(0)])
        tokens = torch.cat([torch.arange(int(starts[row]), int(starts[row + 1])) for row in chosen])
        return Summary(
            **{name: tensor[tokens if name in PER_TOKEN else chosen] for name, tensor in vars(self).items()}
        )

    def by_answer(self, values: Tensor) -> list[Tensor]:
        """Values per response token, (T, ...), divided among the answers."""
        return list(torch.split(values, self.responses.tolist()))


PER_TOKEN = frozenset({"log_probability", "candidates", "candidate_log_probability"})
BY_LAYER = ("squares", "lengths", "prompt_sum", "prompt_squares", "prompt_count", "last_prompt")


@dataclass(frozen=True)
class Tokens:
    """Some answers' tokens at some layers.

    Attributes:
        places: (A,) int64.
        first: (A,) int64, index of each answer's first token here (-1: the last of the prompt).
        offsets: (A + 1,) int64, where each answer's tokens begin.
        layers: of the second dimension.
        components: component -> (tokens, layers, width), as stored.
        projected: layer -> (tokens, lines + 1) float32, raw projections and lengths, of stores without
            tokens.
    """

    places: Tensor
    first: Tensor
    offsets: Tensor
    layers: tuple[int, ...]
    components: Mapping[str, Tensor]
    projected: Mapping[int, Tensor]

    def at(self, layer: int, component: str = "residual") -> Tensor:
        """Residuals at a layer, (tokens, width) float32."""
        return self.components[component][:, self.layers.index(layer)].float()

    def answers(self) -> Iterator[tuple[int, int, slice]]:
        """Of each answer its place, the index of its first token, and where its tokens are."""
        for row, place in enumerate(self.places.tolist()):
            yield place, int(self.first[row]), slice(int(self.offsets[row]), int(self.offsets[row + 1]))


@dataclass(frozen=True)
class Covariance:
    """A reader's own response tokens at every layer: their mean, and their covariance kept small.

    Attributes:
        count: (layers,) tokens.
        mean: (layers, width) float64.
        variance: (layers, width) float64, of each dimension.
        length: (layers,) float64, mean length of a token.
        leading: (layers, rank, width) float64: `leading' leading + diag(rest)` is the covariance.
        rest: (layers, width) float64, at least 0.
    """

    count: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    length: NDArray[np.float64]
    leading: NDArray[np.float64]
    rest: NDArray[np.float64]


def summary_name(shard: int) -> str:
    """Of a shard's sums."""
    return f"{SUMMARIES}/{shard:05d}{SUFFIX}"


def tokens_name(shard: int, layers: Sequence[int], later: bool) -> str:
    """Of a shard's tokens; those captured later bear the layers in their name, many of them a digest."""
    named = "-".join(map(str, layers))
    if len(layers) > NAMED:
        named = f"{layers[0]}-to-{layers[-1]}-{digest(list(layers))[:8]}"
    return f"{TOKENS}/{shard:05d}{f'-l{named}' if later else ''}{SUFFIX}"


def covariance_name(shard: int) -> str:
    """Of the covariance of all tokens up to a shard."""
    return f"{COVARIANCE}/{shard:05d}{SUFFIX}"


def summaries(folder: Path, places: frozenset[int] | None = None) -> Iterator[Summary]:
    """A store's sums, shard by shard; of shards that hold one of some places alone, where these are given.

    Raises:
        WorkError: a shard is damaged; the sentence names it.
    """
    for name, one in read_index(folder).items():
        if name.startswith(f"{SUMMARIES}/") and (places is None or places.intersection(one.places)):
            yield Summary(**read_shard(folder, one))


def load_summary(folder: Path, layers: Sequence[int] | None = None) -> Summary:
    """A store's sums at some layers (None: all), all shards together, in the order of the places.

    Raises:
        WorkError: there is none, or a shard is damaged.
    """
    parts = [_at_layers(part, layers) for part in summaries(folder)]
    if not parts:
        raise WorkError(str(folder), "holds no sums of this reading", "run 'traitscope infer' again")
    groups = max(part.sums.shape[1] for part in parts)
    words = max(part.mean_logits.shape[1] for part in parts)
    joined = Summary(
        **{
            name: torch.cat([_padded(getattr(part, name), name, groups, words) for part in parts])
            for name in vars(parts[0])
        }
    )
    return joined.rows(sorted(joined.places.tolist()))


def token_shards(folder: Path) -> Iterator[Tokens]:
    """A store's tokens, shard by shard; layers that were captured later follow their shard.

    Raises:
        WorkError: a shard is damaged; the sentence names it.
    """
    for name, one in read_index(folder).items():
        if name.startswith(f"{TOKENS}/"):
            yield _tokens(read_shard(folder, one), one.layers)


def captured(folder: Path) -> dict[int, frozenset[int]]:
    """Place -> layers whose tokens are stored."""
    found: dict[int, set[int]] = {}
    for name, one in read_index(folder).items():
        if name.startswith(f"{TOKENS}/"):
            for place in one.places:
                found.setdefault(place, set()).update(one.layers)
    return {place: frozenset(layers) for place, layers in found.items()}


def load_sketch(folder: Path, shard: int) -> Sketch:
    """The sketch of all tokens up to a shard.

    Raises:
        KeyError: there is none.
        WorkError: it is damaged.
    """
    return Sketch.of(read_shard(folder, read_index(folder)[covariance_name(shard)]))


def last_covariance(folder: Path) -> ShardFile:
    """The covariance that counts: that up to the last shard.

    Raises:
        WorkError: it is gone, or cut.
    """
    there = read_index(folder)
    last = max((name for name in indexed(folder) if name.startswith(f"{COVARIANCE}/")), default=None)
    if last not in there:
        raise WorkError(
            str(folder / COVARIANCE),
            "does not hold the covariance of this reading",
            "run 'traitscope infer' again",
        )
    return there[last]


def load_covariance(folder: Path, layers: Sequence[int] | None = None) -> Covariance:
    """Mean, spread and covariance of a reader's own response tokens, at some layers (None: all).

    Raises:
        WorkError: it is gone, or a shard is damaged; the sentence names it.
    """
    sketch = read_shard(folder, last_covariance(folder))
    if layers is not None:
        chosen = list(layers)
        sketch = {name: tensor[chosen] for name, tensor in sketch.items()}
    parts = [
        (
            part.counts.double().sum((0, 1)),
            part.sums.double().sum((0, 1)),
            part.squares.double().sum(0),
            part.lengths.double().sum(0),
        )
        for part in (_at_layers(one, layers) for one in summaries(folder))
    ]
    count, total, squares, lengths = (torch.stack(some).sum(0) for some in zip(*parts, strict=True))
    mean = total / count[:, None]
    variance = (squares / count[:, None] - mean.square()).clamp(min=0)
    leading = _recentred(sketch, mean, count)
    rest = (variance - leading.square().sum(1)).clamp(min=0)
    return Covariance(*(one.numpy() for one in (count, mean, variance, lengths / count, leading, rest)))


def _recentred(sketch: Mapping[str, Tensor], mean: Tensor, count: Tensor) -> Tensor:
    """Leading directions of the tokens about their mean, scaled to a covariance, (layers, rank, width)."""
    leading = sketch["leading"].double() / count.sqrt()[:, None, None]
    off = mean - sketch["reference"].double()  # (layers, width)
    # B'B - off off', in the span of both: the small Gram matrix, with the sign of each row.
    rows = torch.cat([leading, off[:, None]], dim=1)
    sign = torch.ones(rows.shape[1], dtype=torch.float64)
    sign[-1] = -1
    triangle = torch.linalg.qr(rows.transpose(1, 2), mode="reduced")
    values, vectors = torch.linalg.eigh(triangle.R @ (sign[:, None] * triangle.R.transpose(1, 2)))
    kept = values[:, -leading.shape[1] :].clamp(min=0).sqrt()
    basis: Tensor = (triangle.Q @ vectors[:, :, -leading.shape[1] :] * kept[:, None]).transpose(1, 2)
    return basis


def _at_layers(summary: Summary, layers: Sequence[int] | None) -> Summary:
    if layers is None:
        return summary
    chosen = torch.tensor(list(layers), dtype=torch.long)
    # Layers come after answers, and after groups where there are any.
    where = dict.fromkeys(BY_LAYER, 1) | dict.fromkeys(GROUPED, 2)
    return Summary(
        **{
            name: tensor.index_select(where[name], chosen) if name in where else tensor
            for name, tensor in vars(summary).items()
        }
    )


def _padded(tensor: Tensor, name: str, groups: int, words: int) -> Tensor:
    """A shard's values with as many groups, and as many words, as the other shards have."""
    if name == "mean_logits" and tensor.shape[1] < words:
        return torch.full((len(tensor), words), torch.nan)
    return with_groups(tensor, groups) if name in GROUPED else tensor


def _tokens(tensors: Mapping[str, Tensor], layers: tuple[int, ...]) -> Tokens:
    known = ("places", "first", "offsets")
    return Tokens(
        tensors["places"],
        tensors["first"],
        tensors["offsets"],
        layers,
        {name: one for name, one in tensors.items() if name not in known and "." not in name},
        {int(name.split(".")[1]): one for name, one in tensors.items() if name.startswith("projected.")},
    )
