"""An imported experiment as Markdown: where it is from, what it holds, what it lacks, and what was found."""

from collections.abc import Mapping, Sequence
from typing import Any

Value = Mapping[str, Any]


def imported_markdown(of: Value) -> str:
    """The report of an imported experiment."""
    parts = [status_markdown(of)]
    for one in of["comparisons"]:
        if one["found"] is not None:
            parts.append(comparison_markdown(one["found"]))
    return "\n".join(parts)


def status_markdown(of: Value) -> str:
    """What an imported experiment holds, and how it stands."""
    parts = [
        f"# {of['name']} (imported)\n",
        f"From {of['source']}, layout {of['layout']}, on {of['imported']}.\n",
        *(f"> {one}\n" for one in _cautions(of)),
        "## Variants\n",
        _table(
            ("variant", "model", "adapter", "identity"),
            [(name, one["model"], one["lora"], "unknown") for name, one in of["variants"].items()],
        ),
        "## Readings\n",
        _table(
            ("reader", "whose answers", "prompts", "answers", "layers", "projections"),
            [
                (
                    one["reader"],
                    one["writer"],
                    one["prompts"],
                    one["answers"],
                    span(one["layers"]),
                    one["state"],
                )
                for one in of["projections"]
            ],
        ),
        "## Traits\n",
        _table(
            ("trait", "vectors of", "methods", "best layer", "coefficient", "delta", "coherence"),
            [_trait(name, one, of["best"][name]) for name, one in of["traits"].items()],
        ),
    ]
    for name, one in of["traits"].items():
        parts += [f"- {name}: left out are {clause}.\n" for clause in one["left_out"]]
    parts.append("## Comparisons\n")
    parts += [_standing(one) for one in of["comparisons"]] or ["One variant alone: nothing is compared.\n"]
    return "\n".join(parts)


def comparison_markdown(found: Value) -> str:
    """What a comparison of imported variants found."""
    words = f", on {found['words_of']}'s answers alone" if found["words_of"] else ""
    parts = [
        f"### {found['before']} and {found['after']} on {found['prompts']}\n",
        f"{found['prompts_read']} prompts{words}; imported: no judge has seen these answers, so that no "
        "verdict is passed.\n",
        *(f"- Missing: {one}.\n" for one in found["lacks"]),
        _table(
            ("trait", "layer", "shift", "model effect", "score", "z", "tail share"),
            [
                (
                    row["trait"],
                    row["layer"],
                    _interval(row, "shift", "low", "high"),
                    _interval(row, "model_effect", "model_effect_low", "model_effect_high"),
                    _figure(row["score"]),
                    _figure(row["z"]),
                    _figure(row["tail_share"]),
                )
                for row in found["ranking"]
            ],
        ),
    ]
    lines = [f"- No {', '.join(names)}: {why}.\n" for why, names in _reasons(found["ranking"]).items()]
    return "\n".join([*parts, *lines])


def _reasons(ranking: Sequence[Value]) -> dict[str, list[str]]:
    """Why figures are missing: reason -> their names, those of all traits together."""
    found: dict[str, list[str]] = {}
    for row in ranking:
        for key, why in row.items():
            figure = key.removesuffix("_reason")
            if key != figure and row.get(figure, "") is None and figure != "behaviour":
                names = found.setdefault(str(why), [])
                if (name := figure.replace("_", " ")) not in names:
                    names.append(name)
    return found


def span(layers: Sequence[int]) -> str:
    """Layers in few words: 0-31, or 20, 22, 24."""
    if len(layers) > 2 and list(layers) == list(range(layers[0], layers[-1] + 1)):
        return f"{layers[0]}-{layers[-1]}"
    return ", ".join(map(str, layers))


def _cautions(of: Value) -> list[str]:
    found = [
        "Model identity unknown: names of models and adapters are the predecessor's, and nothing says which "
        "weights they were."
    ]
    if not of["depth_known"]:
        found.append(
            f"Depth unknown: {of['depth']} layers are assumed, since the last one that was captured is "
            f"{of['depth'] - 1}; --depth says it."
        )
    if not of["tokens_exact"]:
        found.append(
            "Tokens were not stored with some answers: their text is cut at spaces, and spans are rough."
        )
    if of["rows_moved"]:
        found.append(
            "Some residuals were kept while answers were generated: each was moved to its own token."
        )
    shifted = [name for name, one in of["traits"].items() if one["vector_layers"] == "hidden-states"]
    if shifted:
        found.append(f"Vectors of {', '.join(shifted)} counted hidden states: vector L + 1 is layer L here.")
    return found


def _trait(name: str, one: Value, steered: Value | None) -> tuple[object, ...]:
    methods = sorted({method for each in one["methods"].values() for method in each})
    if steered is None:
        return name, one["variant"], ", ".join(methods), "not steered", None, None, None
    best = steered["best"]
    figures = [_figure(best[key]) for key in ("coefficient", "delta", "coherence")]
    return name, one["variant"], ", ".join(methods), f"{best['layer']} ({best['method']})", *figures


def _standing(one: Value) -> str:
    lacks = f"; missing: {', '.join(one['lacks'])}" if one["lacks"] else ""
    reason = f" ({one['reason']})" if one["reason"] else ""
    return f"- {one['before']} and {one['after']} on {one['prompts']}: {one['state']}{reason}{lacks}.\n"


def _interval(row: Value, value: str, low: str, high: str) -> str:
    if row[value] is None:
        return "-"
    return f"{row[value]:+.3g} ({row[low]:+.3g} to {row[high]:+.3g})"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [
        " | ".join("-" if cell is None else str(cell).replace("|", "/") for cell in row) for row in rows
    ]
    return "\n".join(f"| {line} |" for line in lines) + "\n"
