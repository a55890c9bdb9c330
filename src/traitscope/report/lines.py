"""Lines and tables of figures as a terminal shows them."""

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from traitscope.report.numbers import ascii_minus
from traitscope.report.writable import writable


def line(text: str) -> Padding:
    """A line below a heading."""
    return Padding(Text(writable(ascii_minus(text))), (0, 0, 0, 2))


def figures_table(first: str, *others: str, indent: int = 0) -> Table:
    """A table without lines whose first column is words, and all others figures."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, indent), header_style="bold")
    table.add_column(first, no_wrap=True)
    for head in others:
        table.add_column(head, justify="right", no_wrap=True)
    return table
