"""What a trait's direction is made orthogonal to: other traits' directions, and the length of completions."""

from collections.abc import Iterator

from traitscope.config.choices import trait_name
from traitscope.config.nearest import one_of
from traitscope.config.problems import Problem
from traitscope.config.settings import Config

LENGTH = "length"
KEY = "extract.orthogonal_to"


def orthogonal_to(config: Config, trait: str) -> tuple[str, ...]:
    """The names that hold for one trait, `length` among them or not.

    A list holds for every trait, but the traits that it names stay as they are to each other.
    """
    choice = config.extract.orthogonal_to
    if isinstance(choice, dict):
        return choice.get(trait, ())
    return tuple(name for name in choice if name == LENGTH or trait not in choice)


def fitting_order(config: Config) -> list[str]:
    """All traits, each after those that it is made orthogonal to."""
    ordered: list[str] = []

    def add(trait: str) -> None:
        for other in orthogonal_to(config, trait):
            if other != LENGTH:
                add(other)
        if trait not in ordered:
            ordered.append(trait)

    for path in config.traits:
        add(trait_name(path))
    return ordered


def orthogonal_disagreements(config: Config) -> Iterator[Problem]:
    """Traits that are named and not there, name themselves, or wait for each other."""
    choice = config.extract.orthogonal_to
    traits = [trait_name(path) for path in config.traits]
    if choice and LENGTH in traits:
        what = f"'{LENGTH}' is both the length of completions and a trait of this file"
        yield Problem(KEY, what, "rename the trait's folder")
    named = choice.items() if isinstance(choice, dict) else [(None, choice)]
    found = False
    for trait, others in named:
        key = KEY if trait is None else f"{KEY}.{trait}"
        if trait is not None and trait not in traits:
            found = True
            what = f"'{trait}' is not among the traits of this file"
            yield Problem(key, what, f"write {one_of(trait, traits)}, or add it to traits")
        for place, other in enumerate(others):
            if other in others[:place]:
                yield Problem(f"{key}[{place}]", f"'{other}' comes twice", "name it once")
            if other == trait:
                found = True
                what = f"nothing would be left of '{trait}' without its own direction"
                yield Problem(f"{key}[{place}]", what, "name other traits, or length")
            elif other != LENGTH and other not in traits:
                found = True
                mend = f"write {one_of(other, [LENGTH, *traits])}, or add it to traits"
                yield Problem(
                    f"{key}[{place}]", f"'{other}' is neither a trait of this file nor length", mend
                )
    if isinstance(choice, dict) and not found:
        yield from _circles(choice)


def _circles(choice: dict[str, tuple[str, ...]]) -> Iterator[Problem]:
    """The first circle of traits that wait for each other."""
    for start in choice:
        way = _back_to_start(choice, [start])
        if way:
            what = " waits for ".join(f"'{one}'" for one in way) + ": none can be fitted first"
            yield Problem(f"{KEY}.{start}", what, "leave one of them out")
            return


def _back_to_start(choice: dict[str, tuple[str, ...]], way: list[str]) -> list[str] | None:
    for one in choice.get(way[-1], ()):
        if one == way[0]:
            return [*way, one]
        if one not in way and (found := _back_to_start(choice, [*way, one])):
            return found
    return None
