"""Why transformers could not make something of a model's folder, as a sentence for its user."""

from traitscope.errors import InputError
from traitscope.models.sources import Source

_NO_DECODER = "Unrecognized configuration class"
_UNKNOWN = "does not recognize this architecture"


def refused(source: Source, what: str, error: Exception) -> InputError:
    """The sentence about a folder that transformers refused; an architecture that is none of ours says so.

    Args:
        what: what could not be done with the folder, the error's own words left out.
    """
    where, said = f"model '{source.name}'", first_line(error)
    if said.startswith(_NO_DECODER):
        return InputError(
            where,
            "is of an architecture without a causal language model in transformers, and a decoder-only "
            "transformer was looked for",
            "name one of those",
        )
    if _UNKNOWN in said:
        return InputError(
            where,
            f"is of an architecture that this transformers does not know ({said})",
            "update transformers, or name a model of another architecture",
        )
    return InputError(where, f"{what} ({said})", "mend or fetch the folder again")


def first_line(error: Exception) -> str:
    """What an error of the libraries says first, without its full stop."""
    return (str(error) or type(error).__name__).strip().splitlines()[0].rstrip(".")
