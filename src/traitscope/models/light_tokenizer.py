"""A model's tokenizer and chat template without transformers: enough to render and count prompts in no time.

It answers what `Renderer` asks of a tokenizer, with the same ids as the whole one (tests hold them together).
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class LightTokenizer:
    """Text to ids by `tokenizer.json`, chats by the template beside it.

    Attributes:
        chat_template: None where the model has none.
        bos_token: text of the token that begins a sequence, or None.
    """

    def __init__(self, tokenizer: "Tokenizer", settings: dict[str, Any], template: str | None) -> None:
        self._tokenizer = tokenizer
        self._special = {key: _text(settings.get(key)) for key in settings if key.endswith("_token")}
        self.chat_template = template
        self.bos_token = self._special.get("bos_token")

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        """`input_ids` of a text."""
        return {"input_ids": self._tokenizer.encode(text, add_special_tokens=add_special_tokens).ids}

    def get_chat_template(self) -> str:
        """The template's text."""
        return self.chat_template or ""

    def apply_chat_template(
        self,
        messages: Sequence[dict[str, str]],
        chat_template: str,
        add_generation_prompt: bool,
        **words: Any,
    ) -> str:
        """A conversation as text."""
        words.pop("tokenize", None)
        special = {key: text for key, text in self._special.items() if text is not None}
        rendered: str = _compiled(chat_template).render(
            messages=messages, add_generation_prompt=add_generation_prompt, **special, **words
        )
        return rendered


def light_tokenizer(folder: Path) -> LightTokenizer | None:
    """The tokenizer in a model's folder; None where there is none that can be read without transformers."""
    file = folder / "tokenizer.json"
    if not file.is_file():
        return None
    from tokenizers import Tokenizer

    try:
        settings = _object(folder / "tokenizer_config.json")
        template = settings.get("chat_template")
        beside = folder / "chat_template.jinja"
        if beside.is_file():
            template = beside.read_text(encoding="utf-8")
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
    except Exception:
        # The library raises a bare Exception for a damaged file; a run says what is wrong with it.
        return None
    return LightTokenizer(tokenizer, settings, template if isinstance(template, str) else None)


@cache
def _compiled(template: str) -> Any:
    """As transformers compiles it."""

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def as_json(value: Any, indent: int | None = None, **_: Any) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    surroundings = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    surroundings.filters["tojson"] = as_json
    surroundings.globals["raise_exception"] = refuse
    return surroundings.from_string(template)


def _text(token: Any) -> str | None:
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else None


def _object(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}
