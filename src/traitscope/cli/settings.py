"""The command that repeats a sample of answers under other settings."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from traitscope.cli.running import AsJson, Name, Quiet, console, opened, progress_shown
from traitscope.errors import InputError


def _flag(name: str, metavar: str, text: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(
        name, metavar=metavar, help=f"{text}; several with commas, or again.", show_default=False
    )
    return found


NewTokens = Annotated[list[str] | None, _flag("--new-tokens", "N", "Answers of so many tokens")]
Dtypes = Annotated[list[str] | None, _flag("--dtype", "DTYPE", "Weights in this format")]
Bits = Annotated[list[str] | None, _flag("--quantization", "BITS", "Weights in fewer bits: int8 or nf4")]
Policies = Annotated[list[str] | None, _flag("--policy", "POLICY", "Searched by this policy")]
OneTrait = Annotated[
    str | None,
    typer.Option("--trait", metavar="TRAIT", help="Whose answers; the first steered.", show_default=False),
]
Sample = Annotated[int, typer.Option("--sample", min=2, help="Questions, of those of a search.")]


def check_settings(
    experiment: Name,
    new_tokens: NewTokens = None,
    dtype: Dtypes = None,
    quantization: Bits = None,
    policy: Policies = None,
    trait: OneTrait = None,
    sample: Sample = 5,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Repeat a sample of answers under other settings: do they agree, and what do they take?"""
    tokens = tuple(map(_number, _words(new_tokens)))
    found = opened(experiment)
    from traitscope.pipeline.other_settings.settings_check import check_settings as checked
    from traitscope.pipeline.other_settings.ways import Others
    from traitscope.report.settings_text import settings_text

    others = Others(tokens, *(tuple(_words(one)) for one in (dtype, quantization, policy)))
    with progress_shown(quiet) as progress:
        views = checked(found, others, trait, sample, progress)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in views], indent=2, ensure_ascii=False))
    else:
        console(sys.stdout).print(settings_text(views))


def _words(given: Sequence[str] | None) -> list[str]:
    """Values given by commas, by flags that come again, or both."""
    return [word for text in given or () for word in map(str.strip, text.split(",")) if word]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        mend = "write whole numbers such as 16,64"
        raise InputError("--new-tokens", f"'{text}' is no number of tokens", mend) from None
