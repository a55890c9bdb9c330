"""Markdown that shows a text as it is: words escaped, answers fenced, tables as pipes."""

import re

from traitscope.report.tables import Sheet
from traitscope.report.writable import writable

# "_" marks emphasis only at a word's edge; "]" ends a link only before "(", "[" or ":".
_SPECIAL = re.compile(r"[\\`*<>|#&~$]|\](?=[(\[:])|(?<![^\W_])_|_(?![^\W_])")


def plain(text: str) -> str:
    """One line in which nothing is markup: no emphasis, no link, no HTML, no cell's end."""
    line = " ".join(writable(text).split())
    return _SPECIAL.sub(lambda match: "\\" + match.group(0), line)


def fenced(text: str) -> str:
    """A block that shows the text exactly, behind a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{writable(text)}\n{fence}"


def table(sheet: Sheet) -> str:
    """A sheet with its caption and the reasons of what is missing."""
    heads = [plain(column.name) for column in sheet.columns]
    marks = ["---:" if column.numeric else "---" for column in sheet.columns]
    rows = [[plain(cell.text) for cell in row] for row in sheet.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows)]
    missing = [f"- {plain(sentence)}." for sentence in sheet.missing()]
    parts = [f"**{plain(sheet.caption)}**", "\n".join(lines)]
    return "\n\n".join([*parts, "\n".join(missing)] if missing else parts)


def bullets(sentences: list[str]) -> str:
    """A list, one item a sentence; the sentences are Markdown already."""
    return "\n".join(f"- {sentence}" for sentence in sentences)
