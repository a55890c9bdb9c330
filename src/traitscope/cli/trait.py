"""Commands about trait folders, without an experiment and without a model."""

import typer

app = typer.Typer(no_args_is_help=True, help="Check trait folders, and begin new ones.")


@app.callback()
def trait() -> None:
    """Check trait folders, and begin new ones."""
