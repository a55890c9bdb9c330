"""The steps of a run in the order that its file asks for; without one, stage after stage."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from traitscope.config import LENGTH, Config, orthogonal_to, prompt_set_name, trait_name
from traitscope.config.order import OF_ALL_TRAITS, OF_PROMPT_SETS, RESTS_ON, STAGES, Entry


class Step(NamedTuple):
    """A stage or a refinement, for some traits and prompt sets."""

    stage: str
    traits: frozenset[str] | None
    """None: all that the run works on."""
    prompts: frozenset[str] | None = None
    """The same of the prompt sets."""


def ordered_steps(config: Config, time_left: float | None = None) -> list[Step]:
    """What a run does, one thing after the other; a step whose work is done already is nothing.

    Entries come in their order, each after the stages it names and after what it rests on; then all stages,
    without what waits for time; then, if there is time, that; and all stages once more, for what it changed.

    Args:
        time_left: seconds until the deadline, None without one.
    """
    if not config.order:
        return [Step(stage, None) for stage in STAGES]
    stages = _stages(config)
    entries = _after_what_they_name(config.order)
    late = [entry for entry in entries if entry.waits_for_time]
    early = _early_prompt_sets(config)
    steps: list[Step] = []
    for entry in entries:
        if not entry.waits_for_time:
            _add(steps, entry, config, early)
    steps += _in_time(late, config, early)
    if late and (time_left is None or time_left > 0):
        for entry in late:
            _add(steps, entry, config, None)
        steps += [Step(stage, None) for stage in stages]
    return _each_once(steps)


def refines_apart(config: Config) -> bool:
    """Whether refinement has entries of its own, so that steering goes without it."""
    return any(entry.do == "refine" for entry in config.order)


def _stages(config: Config) -> tuple[str, ...]:
    """The stages, with refinement after steering where it has entries of its own."""
    own = {"steer": ("steer", "refine")} if refines_apart(config) else {}
    return tuple(work for stage in STAGES for work in own.get(stage, (stage,)))


def _after_what_they_name(order: Sequence[Entry]) -> list[Entry]:
    """The entries in their order, but each after all that do what it is to come after."""
    found: list[Entry] = []

    def add(entry: Entry) -> None:
        if any(entry is one for one in found):
            return
        for other in order:
            if other.do in entry.after:
                add(other)
        found.append(entry)

    for entry in order:
        add(entry)
    return found


def rests_on(config: Config, stage: str) -> tuple[str, ...]:
    """Stages whose results a stage reads; extraction reads those of vetting where they filter its pairs."""
    filtered = stage == "extract" and config.vet is not None and config.vet.filter == "pairs"
    return (*RESTS_ON[stage], *(("vet",) if filtered else ()))


def _early_prompt_sets(config: Config) -> frozenset[str] | None:
    """The prompt sets that do not wait for time; None where that is all of them, or none."""
    every = frozenset(config.infer.prompt_sets if config.infer else ())
    waiting, early = (
        frozenset().union(
            *(
                every if entry.prompts is None else map(prompt_set_name, entry.prompts)
                for entry in config.order
                if entry.do == "infer" and entry.waits_for_time == late
            )
        )
        for late in (True, False)
    )
    found = every - (waiting - early)
    return found if found and found != every else None


def _add(steps: list[Step], entry: Entry, config: Config, prompts: frozenset[str] | None) -> None:
    """An entry, after what it rests on.

    Args:
        prompts: the sets that what takes all of them takes now.
    """
    own = _steered_in_time(config, entry)
    if own is not None and not own:
        return
    # What a direction is made orthogonal to is extracted with it, and not steered.
    widened = None if own is None else _with_waited_for(config, own)

    def of(stage: str) -> frozenset[str] | None:
        if stage in OF_ALL_TRAITS:
            return None
        return widened if stage in ("vet", "extract") else own

    def rest(stage: str) -> None:
        for needed in rests_on(config, stage):
            rest(needed)
            steps.append(_step(needed, of(needed), prompts))

    rest(entry.do)
    asked = prompts if entry.prompts is None else frozenset(map(prompt_set_name, entry.prompts))
    steps.append(_step(entry.do, widened if entry.do == "extract" else own, asked))


def _step(stage: str, traits: frozenset[str] | None, prompts: frozenset[str] | None) -> Step:
    return Step(stage, traits, prompts if stage in OF_PROMPT_SETS else None)


def _steered_in_time(config: Config, entry: Entry) -> frozenset[str] | None:
    """An entry's traits; of a refinement of all that does not wait, those whose steering does not either."""
    if entry.traits is not None:
        return frozenset(map(trait_name, entry.traits))
    if entry.do != "refine" or entry.waits_for_time:
        return None
    every = frozenset(config.steered_traits)
    waiting = frozenset().union(
        *(
            every if other.traits is None else map(trait_name, other.traits)
            for other in config.order
            if other.do == "steer" and other.waits_for_time
        )
    )
    return every - waiting if waiting else None


def _with_waited_for(config: Config, traits: Iterable[str]) -> frozenset[str]:
    """Traits, and those whose directions theirs are made orthogonal to."""
    found: set[str] = set()
    todo = list(traits)
    while todo:
        trait = todo.pop()
        if trait not in found:
            found.add(trait)
            todo += [other for other in orthogonal_to(config, trait) if other != LENGTH]
    return frozenset(found)


def _in_time(late: Sequence[Entry], config: Config, prompts: frozenset[str] | None) -> list[Step]:
    """All stages without what waits for time, and without what rests on that.

    Args:
        prompts: the sets that do not wait, where others do.
    """
    every = frozenset(config.trait_paths)
    waiting: dict[str, frozenset[str]] = {}
    for stage in _stages(config):
        found = frozenset[str]()
        for entry in late:
            # Of inference it is said by prompt set what waits.
            if entry.do == stage and not (prompts and stage == "infer"):
                found |= every if entry.traits is None else frozenset(map(trait_name, entry.traits))
        for needed in rests_on(config, stage):
            found |= waiting[needed]
        waiting[stage] = every if found and stage in OF_ALL_TRAITS else found
    return [
        _step(stage, every - found if found else None, prompts)
        for stage, found in waiting.items()
        if found != every
    ]


def _each_once(steps: Sequence[Step]) -> list[Step]:
    """Without steps that would find what was done right before them."""
    return [step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1]]
