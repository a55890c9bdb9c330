"""Everything an experiment found, to be compared with what another run of it found."""

import json
from pathlib import Path
from typing import Any

from traitscope.inference.shards import INDEX, read_index


def figures(root: Path) -> dict[str, Any]:
    """File -> content of all that holds figures; times and versions left out, journals by batch."""
    found: dict[str, Any] = {"summary.json": _summary(root / "summary.json")}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.startswith(("archive/", "report/")):
            continue
        if path.suffix in (".parquet", ".safetensors") or path.name in ("best.json", "comparison.json"):
            found[name] = path.read_bytes()
        elif path.name == INDEX:
            # A shard that was redone has two lines, and the last one counts.
            found[name] = read_index(path.parent)
        elif path.suffix == ".jsonl" and not path.name.endswith("-seconds.jsonl"):
            found[name] = whole_batches(path)
    return found


def whole_batches(journal: Path) -> dict[str, list[str]]:
    """Batch id -> its lines, of the batches that are whole; a batch that is whole twice fails the test."""
    lines = [line for line in journal.read_text().split("\n")[:-1] if line]
    batches: dict[str, list[str]] = {}
    copies: list[list[str]] = []
    for line in lines:
        if json.loads(line)["row"] == 0:
            copies.append([])
        copies[-1].append(line)
    for copy in copies:
        first = json.loads(copy[0])
        if len(copy) == first["rows"]:
            assert first["batch"] not in batches, f"{journal}: batch {first['batch']} was made twice"
            batches[first["batch"]] = copy
    return batches


def _summary(path: Path) -> Any:
    summary = json.loads(path.read_text())
    del summary["versions"]
    for stage in summary["stages"].values():
        del stage["seconds"]
    return summary
