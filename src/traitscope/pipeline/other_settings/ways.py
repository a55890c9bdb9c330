"""Other settings under which a sample of answers is repeated: which there are, and what each changes."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

from traitscope.config import SteerSettings, VariantSettings, one_of
from traitscope.errors import InputError

QUANTIZATION = "quantization"


class Others(NamedTuple):
    """What is tried beside the file's own settings; nothing at all stands for a sensible set."""

    new_tokens: tuple[int, ...] = ()
    dtypes: tuple[str, ...] = ()
    quantizations: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


class Way(NamedTuple):
    """One way to answer and score the sample."""

    name: str
    """Of its folder."""
    shown: str
    steer: SteerSettings
    variant: VariantSettings
    searches: bool = False
    """Its policy searches, instead of answering at points that are the same for all ways."""


def ways(steer: SteerSettings, variant: VariantSettings, dtype: str, others: Others) -> list[Way]:
    """The file's own way first, then the others; of searches likewise, where policies are tried.

    Args:
        steer: of one trait.
        variant: who is steered.
        dtype: what that variant's resolves to.

    Raises:
        InputError: a value that no file could hold; the nearest one is offered.
    """
    if not any(others):
        other = "float32" if dtype == "bfloat16" else "bfloat16"
        others = Others((max(1, steer.new_tokens // 2), 2 * steer.new_tokens), (other,))
    found = []
    if others.new_tokens or others.dtypes or others.quantizations:
        found.append(Way("as-written", f"as written: {_tokens(steer.new_tokens)}, {dtype}", steer, variant))
    found += _answering(steer, variant, dtype, others)
    if others.policies:
        known = get_args(SteerSettings.model_fields["policy"].annotation)
        for policy in dict.fromkeys((steer.policy, *others.policies)):
            _check("--policy", policy, known)
            if policy == "fixed" and steer.strengths is None:
                what = "'fixed' tries the strengths of a list, and the file has none"
                raise InputError("--policy", what, "try another one, or write policy: fixed with strengths")
            written = "as written: " if policy == steer.policy else ""
            changed = steer.model_copy(update={"policy": policy})
            found.append(Way(f"policy-{policy}", f"{written}policy {policy}", changed, variant, True))
    return found


def _answering(steer: SteerSettings, variant: VariantSettings, dtype: str, others: Others) -> Iterator[Way]:
    for tokens in dict.fromkeys(others.new_tokens):
        if tokens < 1:
            mend = "write whole numbers from 1 on, such as 16,64"
            raise InputError("--new-tokens", f"found {tokens}", mend)
        if tokens != steer.new_tokens:
            changed = steer.model_copy(update={"new_tokens": tokens})
            yield Way(f"new-tokens-{tokens}", _tokens(tokens), changed, variant)
    known = [one for one in get_args(VariantSettings.model_fields["dtype"].annotation) if one != "auto"]
    for other in dict.fromkeys(others.dtypes):
        _check("--dtype", other, known)
        if other != dtype:
            yield Way(f"dtype-{other}", other, steer, variant.model_copy(update={"dtype": other}))
    for bits in dict.fromkeys(others.quantizations):
        _check("--quantization", bits, quantizations())
        if bits != getattr(variant, QUANTIZATION, "none"):
            held = variant.model_copy(update={QUANTIZATION: bits})
            shown = "not quantized" if bits == "none" else bits
            yield Way(f"quantization-{bits}", shown, steer, held)


def quantizations() -> tuple[str, ...]:
    """How weights may be held in fewer bits, as a file says it."""
    field: Any = VariantSettings.model_fields.get(QUANTIZATION)
    return get_args(field.annotation) if field else ()


def _tokens(count: int) -> str:
    return f"{count} token{'' if count == 1 else 's'}"


def _check(flag: str, word: str, known: Sequence[str]) -> None:
    if not known:
        what = f"'{word}' cannot be tried: no weights are held in fewer bits here"
        raise InputError(flag, what, "leave it out")
    if word not in known:
        raise InputError(flag, f"found '{word}'", f"write {one_of(word, known)}")
