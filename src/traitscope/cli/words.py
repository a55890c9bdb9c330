"""The command that tints two variants' answers to one prompt."""

import sys
from typing import Annotated

import typer

from traitscope.cli.running import Name, console, opened

Prompt = Annotated[str, typer.Option("--prompt", metavar="ID", help="Which prompt.", show_default=False)]
Trait = Annotated[
    str, typer.Option("--trait", metavar="TRAIT", help="Whose direction tints them.", show_default=False)
]
Pair = Annotated[
    str | None,
    typer.Option(
        "--pair",
        metavar="BEFORE:AFTER",
        help="Which variants; the first pair with that prompt, if none is named.",
        show_default=False,
    ),
]


def tokens(experiment: Name, prompt: Prompt, trait: Trait, pair: Pair = None) -> None:
    """Show both variants' answers to a prompt, each token tinted by its projection on a trait's direction."""
    found = opened(experiment)
    from traitscope.pipeline import look
    from traitscope.pipeline.report.views import token_view
    from traitscope.pipeline.report.views.comparisons import MEASURE
    from traitscope.report.tokens_text import tokens_text

    view, screen = token_view(look(found), prompt, trait, pair), console(sys.stdout)
    screen.print(tokens_text(view, trait, MEASURE, screen.is_terminal))
