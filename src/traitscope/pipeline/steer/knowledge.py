"""Multiple-choice items answered unsteered and under a push, batch by batch through a journal."""

from collections.abc import Sequence

from traitscope.config import SteerSettings
from traitscope.data import load_items
from traitscope.data.multiple_choice import LETTERS
from traitscope.engine import Push, by_length, log_probabilities
from traitscope.experiment import SHIPPED, Journal, digest
from traitscope.models import Ids
from traitscope.pipeline.run import Run
from traitscope.steering import chosen

ITEMS = SHIPPED / "multiple_choice.jsonl"


def items_part() -> str:
    """Digest of the items."""
    return digest([[one.question, one.options, one.right] for one in load_items(ITEMS)])


def answered_right(
    run: Run, settings: SteerSettings, journal: Journal, arm: str, push: Push | None
) -> list[bool]:
    """Whether the right option of each item is the likeliest, in the order of the items.

    Args:
        journal: keeps what was chosen; batches are named by what was asked and what was pushed.
        arm: what is pushed, in words.
        push: None is the model as it is.

    Raises:
        Stopped: the work shall end; all before the present batch is kept.
    """
    items = load_items(ITEMS)
    renderer = run.variants.renderer(settings.variant)
    prompts = [renderer.ids(one.question) for one in items]
    options = [[renderer.answer_ids(one.question, text) for text in one.options] for one in items]
    pushed = None if push is None else [push.layer, push.component, push.vector.tolist(), settings.positions]
    made = run.variants.parts(settings.variant)
    right: dict[int, bool] = {}
    for places in by_length(prompts, max(1, run.batch_rows // len(LETTERS))):
        name = digest([made, pushed, [[prompts[place], options[place]] for place in places]])
        rows = journal.get(name)
        if rows is None:
            run.conduct.check()
            some = [prompts[place] for place in places], [options[place] for place in places]
            likeliest = _choose(run, settings, *some, push)
            rows = journal.add(
                name,
                [
                    {"arm": arm, "item": place, "chosen": None if one is None else LETTERS[one]}
                    for place, one in zip(places, likeliest, strict=True)
                ],
            )
        right |= {row["item"]: row["chosen"] == LETTERS[items[row["item"]].right] for row in rows}
    return [right[place] for place in range(len(items))]


def _choose(
    run: Run,
    settings: SteerSettings,
    prompts: Sequence[Ids],
    options: Sequence[Sequence[Ids]],
    push: Push | None,
) -> list[int | None]:
    """The likeliest option of each item; all of one batch are read together."""
    model = run.variants.model(settings.variant)
    found = log_probabilities(
        model,
        [prompt for prompt, some in zip(prompts, options, strict=True) for _ in some],
        [option for some in options for option in some],
        push,
        settings.positions,
    )
    size = len(LETTERS)
    return [
        chosen([one.tolist() for one in found[size * place : size * (place + 1)]])
        for place in range(len(prompts))
    ]
