"""Text to token ids, in one place: extraction, steering and reading share what is made here.

A chat template may add a default system prompt, a beginning-of-sequence token and today's date; each of
these is pinned here, and the ids are what the rest of traitscope passes on and stores.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from traitscope.data import Conversation
from traitscope.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Ids = tuple[int, ...]
Messages = list[dict[str, str]]
"""As chat templates know them."""

TEMPLATE_DATE = "26 Jul 2024"
"""What a template that prints the date is given: prompts must not change at midnight."""

FIXED_CLOCK = f"{{%- macro strftime_now(format) -%}}{TEMPLATE_DATE}{{%- endmacro %}}\n"
"""Put before a template, takes the place of its clock; transformers passes no functions on to templates. The
newline belongs to the tag and is not rendered."""


_PROBES = ("7", "Why?")
"""Two prompts that share no token: what their renderings share is the template's."""


@dataclass(frozen=True)
class Renderer:
    """How one variant turns text into ids.

    Attributes:
        tokenizer: the model's.
        chat: render as the turns of a chat; else the text alone, with the tokenizer's own
            beginning-of-sequence token if it has one.
        system_prompt: `default` (what the template does when none is given), `none`, or the text.
        where: the variant, for errors.
    """

    tokenizer: "PreTrainedTokenizerBase"
    chat: bool
    system_prompt: str
    where: str
    _known: dict[tuple[Conversation, str | None], Ids] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was rendered before: fingerprints ask for the same prompts again and again."""

    def __post_init__(self) -> None:
        if self.chat and not self.tokenizer.chat_template:
            raise InputError(
                self.where,
                "asks for a chat, but the model has no chat template",
                "remove 'chat: true', or name an instruction-tuned model",
            )

    def text(self, prompt: Conversation, system_prompt: str | None = None) -> str:
        """The rendered prompt as text; `system_prompt` replaces the variant's own for this prompt.

        Raises:
            InputError: several turns where there is no chat, or a conversation that the template refuses.
        """
        if not self.chat:
            return self._raw(prompt)
        system = self.system_prompt if system_prompt is None else system_prompt
        turns = _messages(prompt)
        if system == "default":
            return self._template(turns)
        if system == "none":
            return self._without_system_prompt(turns)
        return self._template([{"role": "system", "content": system}, *turns])

    def ids(self, prompt: Conversation, system_prompt: str | None = None) -> Ids:
        """The rendered prompt as token ids; see `text`."""
        key = (prompt, system_prompt)
        if key not in self._known:
            self._known[key] = self._ids(self.text(prompt, system_prompt))
        return self._known[key]

    def answer_ids(self, prompt: str, answer: str) -> Ids:
        """A given answer to a prompt as token ids, to be put behind those of the prompt.

        They are as the tokenizer cuts both together; where that would change the prompt's own last token,
        as it cuts the answer alone.
        """
        before, both = self.ids(prompt), self._ids(self.text(prompt) + answer)
        if both[: len(before)] == before:
            return both[len(before) :]
        return tuple(int(token) for token in self.tokenizer(answer, add_special_tokens=False)["input_ids"])

    def content(self, prompt: Ids, system_prompt: str | None = None) -> range:
        """Where in a rendered prompt its own words are: what the template puts around every prompt is left
        out, and so is a beginning-of-sequence token."""
        one, other = (self.ids(probe, system_prompt) for probe in _PROBES)
        before = _shared(one, other)
        after = min(_shared(one[::-1], other[::-1]), min(len(one), len(other)) - before)
        return range(min(before, len(prompt)), max(len(prompt) - after, min(before, len(prompt))))

    def _ids(self, text: str) -> Ids:
        # A template writes its own special tokens: adding the tokenizer's would double the first one.
        encoded = self.tokenizer(text, add_special_tokens=not self.chat)["input_ids"]
        return tuple(int(token) for token in encoded)

    def decode(self, ids: Ids) -> str:
        """Generated ids as text, special tokens left out."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _raw(self, prompt: Conversation) -> str:
        if isinstance(prompt, str):
            return prompt
        raise InputError(
            self.where,
            f"completes raw text, and a prompt of {len(prompt)} messages needs a chat",
            "write chat: true, or ask it prompts of one message",
        )

    def _without_system_prompt(self, turns: Messages) -> str:
        """The turns alone: a template that adds a default system prompt does so at the first turn only, so
        they are rendered behind another turn and what came before is cut off."""
        first = self._template(turns)
        alone = self._behind_others(turns)
        bos = self.tokenizer.bos_token or ""
        opening = bos if bos and first.startswith(bos) and not alone.startswith(bos) else ""
        added = first.removeprefix(opening).removesuffix(alone.lstrip())
        return first if not added.strip() else opening + alone

    def _behind_others(self, turns: Messages) -> str:
        """Turns as rendered after another turn, without what came before them.

        A thinking template renders an answer otherwise once a question follows it, and a strict one refuses
        two questions in a row: one of the two ways of coming second works in all that are known.
        """
        asked, answered = {"role": "user", "content": "."}, {"role": "assistant", "content": "."}
        for before in ([asked, answered], [asked]):
            try:
                start = self._template(before, answer=False)
                whole = self._template([*before, *turns])
            except InputError:
                continue
            if whole.startswith(start):
                return whole[len(start) :]
        raise InputError(
            self.where,
            "the chat template cannot be rendered without a system prompt",
            "set system_prompt to 'default' or to a text",
        )

    def _template(self, messages: Messages, answer: bool = True) -> str:
        try:
            rendered: Any = self.tokenizer.apply_chat_template(
                messages,
                chat_template=FIXED_CLOCK + self.tokenizer.get_chat_template(),
                tokenize=False,
                add_generation_prompt=answer,
                enable_thinking=False,
                date_string=TEMPLATE_DATE,
            )
        except TemplateError as error:
            raise InputError(
                self.where,
                f"the model's chat template refuses this conversation ({error})",
                _mend(messages),
            ) from error
        return str(rendered)


def _shared(one: Ids, other: Ids) -> int:
    """How many tokens two renderings begin with alike."""
    return next(
        (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _messages(prompt: Conversation) -> Messages:
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    return [{"role": turn.role, "content": turn.content} for turn in prompt]


def _mend(refused: Messages) -> str:
    spoken = [one for one in refused if one["role"] != "system"]
    turns = "let user and assistant take turns, the user first" if len(spoken) > 1 else ""
    system = "set system_prompt to 'none' if it knows no system prompts" if spoken != refused else ""
    return ", or ".join(filter(None, (turns, system))) or "ask another model, or as raw text"
