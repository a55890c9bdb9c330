"""What a variant can read: texts that fit its context, and chats only where there is a chat."""

from collections.abc import Sequence
from typing import NamedTuple

from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.models import Ids
from traitscope.pipeline.run import Run

QUOTED = 40
"""Characters of a prompt that an error shows."""


class Texts(NamedTuple):
    """What a variant will read in a stage, each with an answer after it."""

    where: str
    """Where the user wrote them."""
    stage: str
    variant: str
    texts: Sequence[str]
    ids: Sequence[Ids]
    new_tokens: int


def refuse_longer_than_context(run: Run, texts: Texts) -> None:
    """Refuse a prompt that with its answer is longer than the model can read.

    Raises:
        InputError: the longest one is.
    """
    longest = max(range(len(texts.ids)), key=lambda index: len(texts.ids[index]))
    tokens, context = len(texts.ids[longest]), run.variants.shape(texts.variant).context
    if tokens + texts.new_tokens > context:
        raise InputError(
            texts.where,
            f"'{_shortened(texts.texts[longest])}' makes a prompt of {tokens} tokens, and with an answer of "
            f"{texts.new_tokens} that is more than the {context} that variant '{texts.variant}' can read",
            f"shorten it, or lower {texts.stage}.new_tokens",
        )


def refuse_chat_scenes_without_chat(run: Run, trait: Trait) -> None:
    """Refuse scenes under a system prompt where a base model completes: it has no place for one.

    Raises:
        InputError: the extracting variant has no chat template.
    """
    config = run.experiment.config
    if config.variants[config.extract.variant].chat:
        return
    if any(scene.system_prompt is not None for scene in trait.scenes):
        chats = [name for name, variant in config.variants.items() if variant.chat]
        mend = f"name a chat variant ({', '.join(chats)})" if chats else "add a variant with chat: true"
        raise InputError(
            f"{run.experiment.file}, extract.variant",
            f"'{config.extract.variant}' completes raw text, and scenes of trait '{trait.name}' are chat "
            "prompts under system prompts",
            mend,
        )


def refuse_conversations_without_chat(run: Run) -> None:
    """Refuse prompts under a system prompt, or of several turns, where a variant answers in raw text.

    Raises:
        InputError: one under `infer` has no chat template.
    """
    config = run.experiment.config
    raw = [name for name in (config.infer.variants if config.infer else ()) if not config.variants[name].chat]
    for name, prompts in run.prompt_sets.items():
        for one in prompts.prompts if raw else ():
            if one.system_prompt is not None or not isinstance(one.asked, str):
                turns = "stands under a system prompt" if isinstance(one.asked, str) else "is a conversation"
                raise InputError(
                    f"{run.experiment.file}, infer.variants",
                    f"'{raw[0]}' completes raw text, and prompt '{one.id}' of set '{name}' {turns}",
                    f"write chat: true for '{raw[0]}', or choose prompts of one message",
                )


def _shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= QUOTED else words[:QUOTED] + "..."
