"""Names as they may stand in an address, an id or a file name."""

import re
from collections.abc import Iterable


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Each name with letters, digits, "-" and "_" alone; names that would fall together get a number."""
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "unnamed"
        slug, number = plain, 2
        while slug.lower() in taken:
            slug, number = f"{plain}-{number}", number + 1
        taken.add(slug.lower())
        chosen[name] = slug
    return chosen
