"""How an endpoint wants to be asked: which parameters it takes, and under which names."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from traitscope.errors import InputError
from traitscope.judging.integers import MOST_LIKELY
from traitscope.judging.wire import RefusedError

FALLBACK = (
    "write mode: sampled for this judge, which averages numbers that it writes, "
    "or name another model or endpoint"
)
SCORED_TOKENS = 2
"""Tokens asked for where the first is scored: the second shows whether it was the beginning of a number."""

_OPTIONAL = ("temperature", "top_p", "n")


@dataclass(frozen=True)
class Manner:
    """How an endpoint is asked.

    Attributes:
        limit: its name for the limit on written tokens.
        without: parameters that it does not take.
    """

    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    without: frozenset[str] = field(default_factory=frozenset)

    def probabilities(self, tokens: int = SCORED_TOKENS, temperature: float = 1.0) -> dict[str, Any]:
        """Parameters of a request for token probabilities.

        At temperature 1 they are the model's own, whether the endpoint tells them before or after scaling.
        """
        asked = self._taken({self.limit: tokens, "temperature": temperature, "top_p": 1.0})
        return asked | {"logprobs": True, "top_logprobs": MOST_LIKELY}

    def samples(self, tokens: int, count: int) -> dict[str, Any]:
        """Parameters of a request for `count` written replies; fewer may come."""
        several = {"n": count} if count > 1 else {}
        return self._taken({self.limit: tokens, "temperature": 1.0, "top_p": 1.0, **several})

    def adapted(self, error: RefusedError, where: str, mode: str) -> "Manner":
        """Without what the endpoint refused by name.

        Raises:
            InputError: the mode cannot do without it, or nothing is named.
        """
        named = f"{error.parameter} {error.message}"
        if mode == "logprobs" and "top_logprobs" in named:
            what = f"does not tell the {MOST_LIKELY} most likely tokens, of which a score is made ({error})"
            raise InputError(where, what, FALLBACK)
        if mode == "logprobs" and "logprobs" in named:
            raise InputError(where, f"tells no token probabilities ({error})", FALLBACK)
        if self.limit == "max_tokens" and re.search(r"\bmax_(completion_)?tokens\b", named):
            return replace(self, limit="max_completion_tokens")
        for name in _OPTIONAL:
            refused = error.parameter == name or re.search(rf"['\"`]{name}['\"`]", error.message)
            if refused and name not in self.without:
                return replace(self, without=self.without | {name})
        mend = FALLBACK if mode == "logprobs" else "name another model or endpoint"
        raise InputError(where, f"refuses the first request ({error})", mend)

    def _taken(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in asked.items() if name not in self.without}
