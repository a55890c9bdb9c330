"""What the entries of an order must agree on: with each other, and with the rest of the file."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from traitscope.config.choices import prompt_set_name, trait_name
from traitscope.config.nearest import one_of
from traitscope.config.order import OF_ALL_TRAITS, RESTS_ON, Entry
from traitscope.config.problems import Problem
from traitscope.config.settings import Config


def order_disagreements(config: Config) -> Iterator[Problem]:
    """Entries for what is not there or comes twice, and entries that wait for each other."""
    done: set[tuple[str, str | None]] = set()
    for place, entry in enumerate(config.order):
        key = f"order[{place}]"
        yield from _of_the_file(key, entry, config)
        for name in entry.traits or entry.prompts or (None,):
            piece = (entry.do, None if name is None else PurePosixPath(name).name)
            if piece in done:
                shown = entry.do if name is None else f"{entry.do} of '{name}'"
                yield Problem(key, f"{shown} comes twice", "list it once")
            done.add(piece)
        yield from _waiting(key, entry, config.order)
    yield from _circles(config.order)


def _of_the_file(key: str, entry: Entry, config: Config) -> Iterator[Problem]:
    sections = {
        "vet": config.vet,
        "steer": config.steer,
        "infer": config.infer,
        "compare": config.comparisons,
    }
    section = "steer" if entry.do == "refine" else entry.do
    if section in sections and not sections[section]:
        yield Problem(f"{key}.do", f"the file has no '{section}'", "add it, or remove this entry")
    elif entry.do == "refine" and not config.refined_traits:
        what = "no steered trait has a steer.refine other than none"
        yield Problem(f"{key}.do", what, "write steer.refine: auto, or remove this entry")
    names, kind = tuple(config.trait_paths), ""
    if entry.do == "steer":
        names, kind = config.steered_traits, "steered "
    elif entry.do == "refine":
        names, kind = config.refined_traits, "refined "
    if entry.traits and entry.do in OF_ALL_TRAITS:
        yield Problem(f"{key}.traits", f"'{entry.do}' takes all traits together", "remove the key")
    else:
        for index, trait in enumerate(entry.traits or ()):
            if trait_name(trait) not in names and names:
                what = f"'{trait}' is not among the {kind}traits of this file"
                yield Problem(f"{key}.traits[{index}]", what, f"write {one_of(trait, names)}")
    if entry.prompts and entry.do != "infer":
        yield Problem(f"{key}.prompts", f"'{entry.do}' answers no prompts", "remove the key")
    elif config.infer is not None:
        for index, prompts in enumerate(entry.prompts or ()):
            if prompt_set_name(prompts) not in config.infer.prompt_sets:
                what = f"'{prompts}' is not among the prompt sets under infer"
                mend = f"write {one_of(prompts, list(config.infer.prompt_sets))}"
                yield Problem(f"{key}.prompts[{index}]", what, mend)


def _waiting(key: str, entry: Entry, order: tuple[Entry, ...]) -> Iterator[Problem]:
    for index, stage in enumerate(entry.after):
        where = f"{key}.after[{index}]"
        before = [one for one in order if one.do == stage]
        if stage == entry.do:
            yield Problem(where, f"'{stage}' would wait for itself", "remove it; entries keep their order")
        elif entry.do in _all_rests_on(stage):
            yield Problem(where, f"'{stage}' rests on '{entry.do}', which cannot wait for it", "remove it")
        elif not before:
            yield Problem(where, f"no entry does '{stage}'", f"add one: do: {stage}")
        elif any(one.waits_for_time for one in before) and not entry.waits_for_time:
            what = f"it waits for '{stage}', which is done only if there is time"
            yield Problem(where, what, "write if: time_left here too")


def _circles(order: tuple[Entry, ...]) -> Iterator[Problem]:
    """The first stage that comes after itself by way of others."""
    after: dict[str, set[str]] = {}
    for entry in order:
        after.setdefault(entry.do, set()).update(stage for stage in entry.after if stage != entry.do)
    for stage in after:
        way, seen = list(after[stage]), set[str]()
        while way:
            one = way.pop()
            if one == stage:
                what = f"'{stage}' comes after itself, by way of {' and '.join(sorted(after[stage]))}"
                yield Problem("order", what, "remove one of the 'after'")
                return
            if one not in seen:
                seen.add(one)
                way += after.get(one, ())


def _all_rests_on(stage: str) -> set[str]:
    found = set(RESTS_ON[stage])
    return found.union(*(_all_rests_on(one) for one in found)) if found else found
