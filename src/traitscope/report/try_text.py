"""Completed scenes in a terminal: both sides of each pair next to each other, then the shares."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from traitscope.report.writable import writable
from traitscope.vetting import Difference, Flag, Looked, LookedSet, Outcome, Pole, Share, difference

POLES: tuple[Pole, ...] = ("positive", "negative")
OUTCOMES: tuple[Outcome, ...] = ("expresses", "reverses", "drifts")
STYLES: dict[Outcome, str] = {"expresses": "green", "reverses": "red", "drifts": "yellow"}
SCENE_END = 70
"""Characters of a scene's end that are shown before its completion."""


def tried_sets(made: str, sets: Sequence[LookedSet]) -> RenderableType:
    """All that a terminal shows of one wording, or of two; `made` says who completed them."""
    parts: list[RenderableType] = []
    for one in sets:
        parts += [Text(writable(one.name), style="bold"), Text(""), pairs_table(one), Text("")]
    notes = [made, *told(sets)]
    return Group(*parts, shares_table(sets), Text(""), *(Text(writable(note), style="dim") for note in notes))


def tried_scenes(looked: Sequence[Looked]) -> RenderableType:
    """Scenes tried by hand, one below the other."""
    table = _table()
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("scene [words that count]", ratio=1)
    for one in looked:
        table.add_row(str(one.completion.line), _side(one, [flag_text(flag) for flag in one.flags]))
    return table


def pairs_table(looked: LookedSet) -> Table:
    """Every pair, its two sides next to each other; brackets hold the words that count."""
    table = _table()
    table.add_column("line", justify="right", no_wrap=True)
    for pole in POLES:
        table.add_column(pole, ratio=1)
    for positive, negative in zip_longest(looked.positive, looked.negative):
        sides = [Text("") if one is None else _side(one, verdict(one)) for one in (positive, negative)]
        table.add_row(str((positive or negative).completion.line), *sides)
    return table


def shares_table(sets: Sequence[LookedSet]) -> Table:
    """The share of each outcome, by set and pole, and what the second set gained where there are two."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("set", overflow="fold")
    table.add_column("side")
    for name in OUTCOMES:
        table.add_column(Text(f"{name} [95 %]"), justify="right", no_wrap=True)
    for one in sets:
        for pole in POLES:
            found = one.shares(pole)
            heading = Text(writable(one.name) if pole == POLES[0] else "")
            table.add_row(heading, pole, *(Text(share_text(found[each])) for each in OUTCOMES))
    for pole in POLES if len(sets) == 2 else ():
        gained = differences(sets[1], sets[0], pole)
        cells = (Text(difference_text(gained[each])) for each in OUTCOMES)
        table.add_row("change" if pole == POLES[0] else "", pole, *cells)
    return table


def told(sets: Sequence[LookedSet]) -> list[str]:
    """What a reader must know of the shares."""
    lines = ["Flags are heuristics: they read words, not sense."]
    judge = sets[0].judge
    if judge:
        lines.append(f"Outcomes: flags first, then the scores of {judge}.")
    else:
        lines.append("No judge looked: 'expresses' only means that nothing was flagged (see 'vet').")
    unscored = sum(one.score is None and not one.flags for each in sets for one in _all(each))
    if judge and unscored:
        lines.append(f"{unscored} without a score and without a flag count as 'expresses'.")
    if not any(one.completion.counted for each in sets for one in _all(each)):
        lines.append("No generated word counts: the direction comes from the scenes themselves.")
    if len(sets) == 2:
        lines.append("Intervals hold the noise of scenes: few scenes, wide intervals.")
    return lines


def differences(after: LookedSet, before: LookedSet, pole: Pole) -> dict[Outcome, Difference]:
    """What one set has more of than another."""
    new, old = after.shares(pole), before.shares(pole)
    return {name: difference(new[name], old[name]) for name in OUTCOMES}


def share_text(share: Share) -> str:
    """`84 % [75, 90]`."""
    return f"{100 * share.share:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def difference_text(found: Difference) -> str:
    """`+12 [-3, +25]`, in points of per cent."""
    gained, low, high = (f"{round(100 * share):+d}" for share in found)
    return f"{gained} [{low}, {high}]"


def verdict(looked: Looked) -> list[str]:
    """What became of a scene and why, a line each; nothing where nothing went wrong and nobody judged."""
    lines = [flag_text(flag) for flag in looked.flags]
    if looked.score is not None:
        lines.append(f"score {looked.score:.0f}")
    if looked.outcome != "expresses":
        lines[0] = f"{looked.outcome}: {lines[0]}"
    return lines


def flag_text(flag: Flag) -> str:
    """`guilt “my own fault”`."""
    return f"{flag.name} “{flag.words}”" if flag.words else flag.name


def blank_and_words(counted: str) -> tuple[str, str]:
    """The space that words begin with, which needs no mark, and the words."""
    words = counted.lstrip(" ")
    return counted[: len(counted) - len(words)], words


def on_one_line(text: str) -> str:
    """The text with a sign for each line end: a model's empty lines take room and say nothing."""
    return writable(text).replace("\n", "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}")


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="bold", expand=True)


def _all(looked: LookedSet) -> tuple[Looked, ...]:
    return (*looked.positive, *looked.negative)


def _side(looked: Looked, lines: Sequence[str]) -> Text:
    """A scene's end, what the model wrote, and the lines below it."""
    one = looked.completion
    text = Text(on_one_line(_scene_end(one.scene)), style="dim")
    text.append(on_one_line(one.before), style="not dim")
    blank, words = blank_and_words(one.counted)
    text.append(blank)
    if words:
        text.append(f"[{on_one_line(words)}]", style="not dim bold")
    text.append(on_one_line(one.after), style="not dim")
    for line in lines:
        text.append(f"\n> {writable(line)}", style=f"not dim {STYLES[looked.outcome]}")
    return text


def _scene_end(scene: str) -> str:
    """The last words of a scene: those before them stand in its file."""
    if len(scene) <= SCENE_END:
        return scene
    _, _, tail = scene[-SCENE_END:].partition(" ")
    return f"... {tail or scene[-SCENE_END:]}"
