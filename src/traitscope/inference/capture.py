"""A model reads answers and keeps what is wanted of them: shards for the store.

In: words with the places of their answers. Out: the tensors of a shard's files, as `store` describes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from traitscope.engine import Likelihood, Take, Words, read_through
from traitscope.inference.covariance import Sketch
from traitscope.inference.reduction import GROUPED, LayerSums, Reduction, Span, Wanted, with_groups
from traitscope.models import Component, Model


@dataclass(frozen=True)
class Answer:
    """What is read: an answer, its place, and where in the rendered prompt its own words are."""

    place: int
    words: Words
    content: range

    @property
    def span(self) -> Span:
        """Where its parts are."""
        return Span(self.content, len(self.words.prompt), len(self.words.response))


@dataclass(frozen=True)
class Keep:
    """What is kept of the tokens beside the sums.

    Attributes:
        layers: whose tokens are stored.
        components: what of them.
        sides: `response` (with the token before it), `prompt`, or `all`.
        dtype: `bfloat16` or `float32`.
        lines: layer -> unit directions (n, width) to project tokens on, where no tokens are stored.
        along: of what component these directions are.
        sketch: the covariance is kept: of a reader's own answers.
    """

    layers: tuple[int, ...] = ()
    components: tuple[Component, ...] = ("residual",)
    sides: str = "response"
    dtype: str = "bfloat16"
    lines: Mapping[int, Tensor] | None = None
    along: Component = "residual"
    sketch: bool = False

    @property
    def watched(self) -> tuple[Component, ...]:
        """What is looked at: the residual, which sums are of, and what tokens or projections are kept of."""
        stored = self.components if self.layers else ()
        return tuple(dict.fromkeys(("residual", *stored, *([self.along] if self.lines else []))))

    def tokens(self, answer: Answer) -> range:
        """Indexes, over prompt and response, of the tokens that are kept."""
        prompt, whole = len(answer.words.prompt), len(answer.words.prompt) + len(answer.words.response)
        first = answer.content.start if self.sides in ("prompt", "all") else prompt - 1
        return range(first, prompt if self.sides == "prompt" else whole)


class NotFiniteError(Exception):
    """A residual that is no number: of which answer, by its place, and at which layer."""

    def __init__(self, place: int, layer: int) -> None:
        super().__init__(f"answer {place}, layer {layer}")
        self.place, self.layer = place, layer


@dataclass(frozen=True)
class Captured:
    """What a shard's files hold."""

    summary: dict[str, Tensor]
    tokens: dict[str, Tensor]


def capture(
    model: Model,
    batches: Sequence[Sequence[Answer]],
    keep: Keep,
    sketch: Sketch,
    logits_from: int,
    candidates: Mapping[int, Tensor] | None = None,
) -> Captured:
    """Read a shard's answers, batch by batch.

    Args:
        model: the reader.
        batches: answers read together.
        keep: what is kept beside the sums.
        sketch: taken further, if `keep.sketch`.
        logits_from: the response token from which on next-token logits are averaged.
        candidates: place -> tokens whose probability is asked at each response token; None: the likeliest.

    Raises:
        NotFiniteError: a residual overflowed, or the weights hold something that is no number.
    """
    parts = [_batch(model, batch, keep, sketch, logits_from, candidates) for batch in batches]
    answers = [answer for batch in batches for answer in batch]
    return Captured(
        _joined_sums(answers, [part[0] for part in parts], [one for part in parts for one in part[1]]),
        _joined_tokens(answers, keep, [part[2] for part in parts]),
    )


def _batch(
    model: Model,
    batch: Sequence[Answer],
    keep: Keep,
    sketch: Sketch,
    logits_from: int,
    candidates: Mapping[int, Tensor] | None,
) -> tuple[list[LayerSums], list[Likelihood], dict[str, Tensor]]:
    spans = [answer.span for answer in batch]
    places = torch.tensor([(row, index) for row, one in enumerate(batch) for index in keep.tokens(one)])
    parts = {
        component: Reduction(
            spans,
            Wanted(
                frozenset(keep.layers if component in keep.components else ()),
                places,
                getattr(torch, keep.dtype),
                (keep.lines or {}) if component == keep.along else {},
                sketch if keep.sketch and component == "residual" else None,
            ),
        )
        for component in keep.watched
    }
    takes: dict[Component, Take] = {component: one.take for component, one in parts.items()}
    asked = None if candidates is None else [candidates[answer.place] for answer in batch]
    likelihoods = read_through(model, [answer.words for answer in batch], takes, logits_from, asked)
    main = parts["residual"]
    for layer, sums in enumerate(main.sums):
        finite = sums.is_finite()
        if not finite.all():
            raise NotFiniteError(batch[int((~finite).nonzero()[0])].place, layer)
    tokens: dict[str, Tensor] = {
        str(component): torch.stack([one.kept[layer] for layer in keep.layers], dim=1)
        for component, one in parts.items()
        if keep.layers and component in keep.components
    }
    if keep.lines:
        tokens |= {f"projected.{layer}": found for layer, found in parts[keep.along].projected.items()}
    return main.sums, likelihoods, tokens


def _joined_sums(
    answers: Sequence[Answer], batches: Sequence[Sequence[LayerSums]], likelihoods: Sequence[Likelihood]
) -> dict[str, Tensor]:
    groups = max(layers[0].sums.shape[1] for layers in batches)
    found: dict[str, Tensor] = {
        "places": torch.tensor([answer.place for answer in answers]),
        "responses": torch.tensor([len(answer.words.response) for answer in answers]),
    }
    for name in LayerSums.__dataclass_fields__:
        parts = []
        for layers in batches:
            # Layers after answers, and after groups where there are any.
            grouped = name in GROUPED
            stacked = torch.stack([getattr(one, name) for one in layers], dim=2 if grouped else 1)
            parts.append(with_groups(stacked, groups) if grouped else stacked)
        found[name] = torch.cat(parts)
    found |= {
        "log_probability": torch.cat([one.log_probability for one in likelihoods]),
        "candidates": torch.cat([one.candidates for one in likelihoods]),
        "candidate_log_probability": torch.cat([one.candidate_log_probability for one in likelihoods]),
        "mean_logits": _stacked([one.mean_logits for one in likelihoods]),
    }
    return found


def _stacked(logits: Sequence[Tensor | None]) -> Tensor:
    """(answers, vocabulary), NaN where there are none; (answers, 0) where there are none at all."""
    known = next((one for one in logits if one is not None), torch.zeros(0))
    return torch.stack([torch.full_like(known, torch.nan) if one is None else one for one in logits])


def _joined_tokens(
    answers: Sequence[Answer], keep: Keep, batches: Sequence[Mapping[str, Tensor]]
) -> dict[str, Tensor]:
    if not batches or not batches[0]:
        return {}
    kept = [keep.tokens(answer) for answer in answers]
    counts = torch.tensor([len(one) for one in kept])
    return {
        "places": torch.tensor([answer.place for answer in answers]),
        # Counted from the response's first token; the last token of the prompt is -1.
        "first": torch.tensor(
            [one.start - len(a.words.prompt) for one, a in zip(kept, answers, strict=True)]
        ),
        "offsets": torch.cat([torch.zeros(1, dtype=torch.long), counts.cumsum(0)]),
        **{name: torch.cat([batch[name] for batch in batches]) for name in batches[0]},
    }
