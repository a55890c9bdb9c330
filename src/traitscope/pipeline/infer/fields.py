"""Fields of prompts, by which effects are shown apart."""

from collections.abc import Mapping, Sequence

from traitscope.config import nearest
from traitscope.data import Scalar, prompt_fields
from traitscope.errors import InputError
from traitscope.pipeline.run import Run

Fields = Mapping[str, Mapping[str, Scalar]]
"""Field -> prompt id -> value."""


def fields_of(run: Run, prompts: str) -> Fields:
    """The fields of one prompt set."""
    rows = prompt_fields(run.prompt_sets[prompts])
    names = [name for name in rows[0] if name != "prompt"] if rows else []
    return {name: {str(row["prompt"]): row[name] for row in rows} for name in names}


def refuse_unknown_groups(run: Run) -> None:
    """Look at `compare.groups` before anything runs.

    Raises:
        InputError: the prompts of no set have such a field.
    """
    wanted = run.experiment.config.compare.groups
    if wanted and run.experiment.config.infer is not None:
        sets = [fields_of(run, name) for name in run.prompt_sets]
        refuse_unknown(wanted, sets, f"{run.experiment.file}, compare.groups")


def refuse_unknown(wanted: Sequence[str], sets: Sequence[Fields], where: str) -> None:
    """Refuse a field that the prompts of no set have, and name the nearest.

    Raises:
        InputError: there is one.
    """
    known = {name: values for fields in sets for name, values in fields.items()}
    for name in wanted:
        if name not in known:
            raise InputError(where, f"no prompt has a field '{name}'", _mend(name, known))


def _mend(name: str, fields: Fields) -> str:
    if not fields:
        return (
            "they have an id and a text alone; leave compare.groups out, or write the field beside each text"
        )
    guess = nearest(name, fields)
    return f"did you mean '{guess}'?" if guess else f"group by {', '.join(fields)}"
