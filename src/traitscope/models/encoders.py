"""Sentence encoders: networks whose layers say what a text is about and how it is written.

`minilm`, a folder, or a Hugging Face id. Of a folder written by sentence-transformers only the network itself
is used, with its limit and its case; how it would pool its last layer to one vector plays no part.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModel, PreTrainedTokenizerBase

from traitscope.errors import InputError
from traitscope.experiment.fingerprint import digest, files_digest
from traitscope.models import minilm
from traitscope.models.loading import load_tokenizer
from traitscope.models.sources import Source, find_source

if TYPE_CHECKING:
    # At run time it would bring transformers' modelling along.
    from transformers import PreTrainedModel

_DECIDING = ("*.safetensors", "*.json", "vocab.txt", "merges.txt", "*.model")
"""Files of a folder that decide its vectors: weights, settings, tokenizer."""
_SPARE_POSITIONS = 2
"""Positions that some architectures keep back (RoBERTa counts from 2)."""


@dataclass(frozen=True)
class Encoder:
    """A sentence encoder ready to run, in float32.

    Attributes:
        name: as the user wrote it.
        network: in evaluation mode, no gradients.
        tokenizer: the model's.
        limit: tokens past which a text is cut off, special tokens included.
        lower: texts are set in lower case first.
        identity: digest of the files that decide the vectors, and of the settings above.
    """

    name: str
    network: "PreTrainedModel"
    tokenizer: PreTrainedTokenizerBase
    limit: int
    lower: bool
    identity: str

    @property
    def width(self) -> int:
        """Width of a text's vector."""
        return int(self.network.config.hidden_size)


def load_encoder(name: str, beside: Path = Path(), revision: str | None = None) -> Encoder:
    """Load `minilm`, a folder of a sentence encoder (beside `beside`, or absolute), or a Hugging Face id.

    Raises:
        InputError: it is not found, or is damaged.
        WorkError: the hub did not answer.
    """
    source = find_encoder(name, beside, revision)
    folder = source.folder
    sentence = _json(folder / "sentence_bert_config.json")
    tokenizer = load_tokenizer(source)
    network = _network(source)
    limit = int(sentence.get("max_seq_length") or _limit(tokenizer, network))
    lower = bool(sentence.get("do_lower_case", False))
    identity = digest([source.identity, limit, lower])
    return Encoder(name, network, tokenizer, limit, lower, identity)


def find_encoder(name: str, beside: Path = Path(), revision: str | None = None) -> Source:
    """Where an encoder's files are; its identity is of the weights and of all that decides how they are read.

    Raises:
        InputError: it is not found.
        WorkError: the hub did not answer.
    """
    source = Source(name, minilm.minilm_folder(), "") if name == minilm.NAME else None
    source = source or find_source(name, beside, revision)
    if source.commit:
        return source
    deciding = {path for pattern in _DECIDING for path in source.folder.glob(pattern) if path.is_file()}
    return Source(name, source.folder, files_digest(deciding))


def _network(source: Source) -> "PreTrainedModel":
    where = f"model '{source.name}'"
    try:
        loaded: Any = AutoModel.from_pretrained(
            source.folder,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as error:
        # As with other weights: a damaged folder raises anything from KeyError to SafetensorError.
        first = (str(error) or type(error).__name__).strip().splitlines()[0].rstrip(".")
        raise InputError(
            where, f"cannot be loaded from {source.folder} ({first})", "mend or fetch the folder again"
        ) from error
    network: PreTrainedModel = loaded[0]
    # The pooler serves other ends, and many encoders come without one.
    missing = sorted(key for key in loaded[1]["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise InputError(
            where,
            f"lacks {len(missing)} of its tensors in {source.folder} ({missing[0]}, ...)",
            "mend or fetch the folder again",
        )
    network.train(False)
    network.requires_grad_(False)
    return network


def _limit(tokenizer: PreTrainedTokenizerBase, network: "PreTrainedModel") -> int:
    """Longest input where the folder names none: what the tokenizer says, within the positions there are."""
    positions = getattr(network.config, "max_position_embeddings", None)
    known = [tokenizer.model_max_length] + ([positions - _SPARE_POSITIONS] if positions else [])
    return int(min(known))


def _json(path: Path) -> Any:
    """A JSON file's value, empty where there is no such file.

    Raises:
        InputError: it is no JSON.
    """
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(str(path), "is no JSON", "mend or fetch the folder again") from error
