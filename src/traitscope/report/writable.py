"""Characters that no output may carry: terminal controls, and halves of characters that no file can hold."""

import re

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def writable(text: str) -> str:
    """The text with each such character replaced by a sign that says so; tabs and line ends stay."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
