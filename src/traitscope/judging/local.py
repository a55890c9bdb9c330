"""A causal language model in this process as a judge, scored by the same formula as one behind an endpoint.

Where the numbers 0 to 100 are single tokens, the 20 most likely tokens after the prompt are weighed; where
they are spelled in digits, whole integers are (`whole_integers.py`). Answers are read in batches, and in
bfloat16 the shape of a batch moves the last digits of a score.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from traitscope.config.judges import LocalJudgeSettings
from traitscope.engine import by_length
from traitscope.engine.padding import pad_left
from traitscope.engine.prefill import prefill
from traitscope.experiment.fingerprint import digest
from traitscope.judging.digits import Spelling, spelling
from traitscope.judging.integers import (
    MOST_LIKELY,
    Read,
    Token,
    Weighed,
    read_integer,
    read_yes_or_no,
    weigh,
)
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.prompts import TEMPLATE, messages
from traitscope.judging.whole_integers import WholeIntegers, weigh_integers
from traitscope.models import Ids, Model, Renderer, find_source, load_tokenizer, load_weights, place

WITHOUT_TEMPLATE = "\n\nYour reply:\n"
"""Ends the prompt of a model without a chat template: after a newline a number begins without a space."""


def load_local_judge(
    settings: LocalJudgeSettings, beside: Path = Path(), say: Callable[[str], None] = lambda _: None
) -> "LocalJudge":
    """The judge that settings describe; a relative folder starts from `beside`.

    Raises:
        InputError: the model is not found, cannot be loaded, or does not spell numbers.
        WorkError: it does not fit into memory.
    """
    remote_code = settings.trust_remote_code
    source = find_source(settings.model, beside, settings.revision, say, remote_code)
    placement = place(settings.dtype, settings.device, settings.device_map, remote_code)
    model = load_weights(source, placement, load_tokenizer(source, remote_code))
    return LocalJudge(model, settings.batch_rows)


class LocalJudge:
    """A judge that is a loaded model.

    Args:
        model: any causal language model; one without a chat template is given plain text.
        batch_rows: answers read together.

    Raises:
        InputError: its tokenizer does not spell numbers.
    """

    def __init__(self, model: Model, batch_rows: int = 8) -> None:
        self._model, self._batch_rows = model, batch_rows
        self._name = Path(model.source.name).name
        self._where = f"judge '{model.source.name}'"
        self._spelling: Spelling = spelling(model.tokenizer, self._where)
        self._integers = WholeIntegers(model, self._spelling)

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Weights, number format, rendering and template."""
        return {
            "kind": "local",
            "model": self._name,
            "weights": self._model.source.identity,
            "dtype": self._model.placement.dtype,
            "rendering": digest(self._prompts(["a question of any kind"])),
            "numbers": "single tokens" if self._spelling.in_single_tokens else "digits",
            "template": TEMPLATE,
        }

    @property
    def reads_language(self) -> bool:
        """Always."""
        return True

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """Judgements in the order asked; those of a batch are told together.

        Raises:
            WorkError: the device's memory is full.
        """
        prompts = self._prompts([messages(rubric, one)[0]["content"] for one in asked])
        found: dict[int, Judgement] = {}
        for batch in by_length(prompts, self._batch_rows):
            weighed = self._weighed([prompts[index] for index in batch], rubric)
            for index, (value, mass, reason) in zip(batch, weighed, strict=True):
                found[index] = Judgement(value, reason, self._name, mass)
                arrived(index, found[index])
        return [found[index] for index in range(len(asked))]

    def _weighed(self, prompts: Sequence[Ids], rubric: Rubric) -> list[Weighed]:
        limit = getattr(
            self._model.network.config.get_text_config(decoder=True), "max_position_embeddings", None
        )
        room = limit - max(map(len, self._spelling.sequences)) if limit else None
        short = [ids for ids in prompts if room is None or len(ids) <= room]
        if rubric.kind == "engagement":
            read = iter(self._single_tokens(short, read_yes_or_no))
        elif self._spelling.in_single_tokens:
            read = iter(self._single_tokens(short, read_integer))
        else:
            read = (weigh_integers(self._integers.probabilities(ids)) for ids in short)
        long = Weighed(None, None, f"the answer with its instructions passes the model's {limit} tokens")
        return [long if room is not None and len(ids) > room else next(read) for ids in prompts]

    def _single_tokens(self, prompts: Sequence[Ids], read: Read) -> list[Weighed]:
        if not prompts:
            return []
        with self._model.running():
            rectangle = pad_left(prompts, self._model.pad_id, self._model.device)
            logits = prefill(self._model, rectangle).logits[:, -1].float()
            logs, ids = logits.log_softmax(-1).topk(min(MOST_LIKELY, logits.shape[-1]))
        pieces = self._spelling.pieces
        return [
            weigh(
                [
                    Token(pieces[token] if token < len(pieces) else "", log, (token,))
                    for log, token in zip(*row, strict=True)
                ],
                read,
            )
            for row in zip(logs.tolist(), ids.tolist(), strict=True)
        ]

    def _prompts(self, texts: Sequence[str]) -> list[Ids]:
        """Token ids; the renderer is made anew, since it remembers every text it is given."""
        tokenizer = self._model.tokenizer
        chat = bool(tokenizer.chat_template)
        renderer = Renderer(tokenizer, chat, "default", self._where)
        return [renderer.ids(text if chat else text + WITHOUT_TEMPLATE) for text in texts]
