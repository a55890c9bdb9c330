"""What the keys of a file are made of: the frozen group of keys, and the kinds of value."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Dtype = Literal["auto", "float32", "bfloat16"]

Text = Annotated[str, Field(min_length=1)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]
CountOrNone = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Score = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]


class Settings(BaseModel):
    """A frozen group of keys; a key that is not among them is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def at_default(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that say no more than their default.

        A fingerprint without the keys that came later leaves older results true.
        """
        fields = type(self).model_fields
        return {key for key in keys if getattr(self, key) == fields[key].get_default()}


def mistake(what: str, mend: str) -> PydanticCustomError:
    """What is wrong with a value and what to write instead, as a sentence for the reader of the file."""
    return PydanticCustomError("mistake", "{what}; {mend}", {"what": what, "mend": mend})
