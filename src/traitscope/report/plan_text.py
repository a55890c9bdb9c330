"""A plan in a terminal: stages and their work, memory, judges, and what would stop the run."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from traitscope.planning import Plan, PlannedWork, VariantPlan
from traitscope.planning.memory import Footprint
from traitscope.planning.price import Bill
from traitscope.report.numbers import duration, whole
from traitscope.report.writable import writable

_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def plan_text(found: Plan) -> RenderableType:
    """All of a plan; warnings come last, where they are read."""
    parts: list[RenderableType] = [_work_table(found), Text("")]
    parts.append(Text("Memory at the worst moment", style="bold"))
    parts.append(_memory_table(found.variants))
    parts += [_below(line) for line in _spreads(found.variants)]
    parts += [Text(""), Text("Judges, at most", style="bold"), _judge_table(found.bills), Text("")]
    parts += [_below(line, 0) for line in _stated(found)]
    parts += [Text(""), *(Text(f"Warning: {writable(one)}", style="yellow") for one in found.warnings)]
    return Group(*parts[: None if found.warnings else -1])


def size(count: int) -> str:
    """Bytes as a person says them: 1.4 GB."""
    for unit, name in _UNITS:
        if count >= unit:
            shown = count / unit
            return f"{shown:,.0f} {name}" if shown >= 99.5 else f"{shown:.1f} {name}"
    return f"{count} B"


def _work_table(found: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("stage", no_wrap=True)
    table.add_column("what", overflow="ellipsis", no_wrap=True, max_width=30)
    for head in ("new", "read", "passes", "judged", "memory", "disk", "time"):
        table.add_column(head, justify="right", no_wrap=True)
    for stage, works in groupby(found.work, key=lambda one: one.work.stage):
        rows: dict[str, list[PlannedWork]] = {}
        for one in works:
            rows.setdefault(_label(one), []).append(one)
        for number, (label, some) in enumerate(rows.items()):
            table.add_row(stage if number == 0 else "", writable(label), *_work_row(some))
    table.add_section()
    read = sum(one.work.read for one in found.work)
    passes = sum(one.work.passes for one in found.work)
    judged = sum(one.work.answers for one in found.work)
    totals = (short(found.generated), short(read), short(passes), short(judged))
    table.add_row("all", "at most", *totals, "", size(found.disk), duration(found.seconds), style="bold")
    return table


def _label(one: PlannedWork) -> str:
    """Pieces of one trait, or of one variant's answers or readings, share a row."""
    if one.work.stage == "infer":
        return " ".join(one.work.subject.split()[:2])
    return one.work.subject.split(": ")[0]


def _work_row(some: Sequence[PlannedWork]) -> Iterator[str]:
    works = [one.work for one in some]
    for counts in zip(*((one.generated, one.read, one.passes, one.answers) for one in works), strict=True):
        yield short(sum(counts)) if sum(counts) else ""
    memory = max((one.memory.total if one.memory else one.work.host for one in some), default=0)
    yield size(memory) if memory else ""
    yield size(sum(one.disk for one in works))
    seconds = sum(one.seconds for one in some)
    yield duration(seconds) if seconds else ""


def short(count: int) -> str:
    """A count that fits a column: 7,920, 37.6k, 1.2M."""
    if count < 10_000:
        return whole(count)
    return f"{count / 1e3:.1f}k" if count < 999_950 else f"{count / 1e6:.1f}M"


def _memory_table(variants: Sequence[VariantPlan]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for head in ("variant", "parameters", "dtype", *Footprint._fields, "all", "free"):
        table.add_column(head, justify="left" if head in ("variant", "dtype") else "right", no_wrap=True)
    for one in variants:
        parts = [size(part) if part else "-" for part in one.needed]
        free = "?" if one.memory is None else size(one.memory)
        shown = Text(size(one.needed.total), style="yellow" if one.fits is False else "")
        name = f"{one.parameters / 1e9:,.2f} B" if one.parameters >= 1e8 else whole(one.parameters)
        # Of most of the weights: both names at once would leave no room for the figures.
        bits = one.dtype if one.quantization == "none" else one.quantization
        table.add_row(writable(one.name), name, bits, *parts, shown, free)
    return table


def _judge_table(bills: Sequence[Bill]) -> RenderableType:
    if not bills:
        return _below("nobody judges anything")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for head in ("judge", "answers", "calls", "tokens read", "written", "money"):
        table.add_column(head, justify="left" if head == "judge" else "right", no_wrap=True)
    for one in bills:
        name = one.judge if one.model is None else f"{one.judge}: {one.model}"
        money = "unknown: no prices" if one.kind == "openai" else "-"
        if one.money is not None:
            money = f"{one.money:,.2f}"
        counts = (short(count) if count else "-" for count in (one.calls, one.read, one.written))
        table.add_row(writable(name), short(one.answers), *counts, money)
    return table


def _spreads(variants: Sequence[VariantPlan]) -> Iterator[str]:
    for one in variants:
        if one.over is not None:
            noun = "GPU" if one.over.gpus == 1 else "GPUs"
            yield f"{one.name}: device_map spreads it over {one.over.gpus} {noun} of {size(one.over.memory)}"
        elif one.spread:
            yield f"{one.name}: no number of such GPUs holds it with batches of {one.rows} rows"


def _stated(found: Plan) -> Iterator[str]:
    """What the figures rest on."""
    yield (
        f"Every figure is the most that a run may take: answers that end early take less. Batches hold "
        f"{found.batch_rows} rows. Disk is exact for stored residuals and estimated for text."
    )
    for source, some in groupby(found.variants, key=lambda one: one.pace.source):
        rows = list(some)
        rate = rows[0].pace.new_tokens_per_second(rows[0].rows)
        yield (
            f"Time of {', '.join(one.name for one in rows)}: {source}, or {rate:,.0f} new tokens a second in "
            f"full batches. It counts models' passes; loading, fitting and remote judges come on top."
            + ("" if rows[0].pace.measured else " Measure it with --probe.")
        )
    guessed = [one.name for one in found.variants if one.prompts == "estimated"]
    if guessed:
        yield (
            f"Prompt lengths of {', '.join(guessed)} are estimated from characters: the tokenizer is not on "
            "this machine."
        )
    known = {one.model: one.known_from for one in found.variants}
    for model, where in known.items():
        if where == "shipped table":
            yield f"The size of {model} comes from the table that is shipped with traitscope."
    yield from found.notes


def _below(line: str, by: int = 2) -> Padding:
    return Padding(Text(writable(line)), (0, 0, 0, by))
