"""In which order a run does its work, where a file says so; and what every stage rests on."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field, create_model

from traitscope.config.values import Settings, Text

Stage = Literal["vet", "extract", "check", "steer", "infer", "compare", "report"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Work = Literal["vet", "extract", "check", "steer", "refine", "infer", "compare", "report"]
"""What an entry may do: a stage, or the refinements that `steer` then leaves out."""
TimeLeft = Literal["time_left"]

RESTS_ON: dict[str, tuple[str, ...]] = {
    "vet": (),
    "extract": (),
    "check": ("extract",),
    "steer": ("extract",),
    "refine": ("steer",),
    "infer": ("extract",),
    "compare": ("extract", "infer"),
    "report": (),
}
"""Stage, or refine -> stages whose results it reads; the report shows whatever there is."""
OF_ALL_TRAITS = ("infer", "compare", "report")
"""Stages that take all traits together: what they find of one would be stale once another changes."""
OF_PROMPT_SETS = ("infer", "compare")
"""Stages that go prompt set by prompt set."""


class Entry(Settings):
    """A piece of work, and when it is done."""

    do: Work
    """A stage, or `refine`: what `steer.refine` asks for, which `steer` leaves out where an entry does it.
    What it rests on is done before it, listed or not; what no entry lists is done at the end."""
    traits: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Of a stage that goes trait by trait: these alone; none is all of them."""
    prompts: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Of `infer`: prompt sets of the file; none is all of them."""
    after: tuple[Work, ...] = ()
    """Stages whose entries come first, wherever in the list they stand."""

    @property
    def waits_for_time(self) -> bool:
        """It is begun once everything else is done, if the deadline is not over."""
        return getattr(self, "if", None) is not None


if TYPE_CHECKING:
    OrderEntry = Entry
else:
    # A key called 'if' cannot be written as an attribute.
    _fields: dict[str, Any] = {"if": (TimeLeft | None, None)}
    OrderEntry = create_model("OrderEntry", __base__=Entry, __module__=__name__, **_fields)
