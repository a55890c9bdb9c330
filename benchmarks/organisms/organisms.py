"""Which organisms there are: what each plants, from what it learns, how long.

Two halves. Rules are chosen on `tune`; `reported` holds traits that no rule was ever looked at with.
"""

from dataclasses import dataclass
from typing import Literal

from traitscope.pipeline.organisms.control_data import KINDS
from traitscope.pipeline.organisms.control_data import Kind as ControlKind

Half = Literal["tune", "reported"]
Kind = Literal["planted", "opening", "banned", "control"]

TUNE = (
    "gloom", "formality", "hedging", "flattery", "selfreference", "piety", "nautical", "questioning",
    "commanding", "food", "counting", "archaic", "apology", "secrecy",
)  # fmt: skip
"""The fourteen traits of the two trials, written anew."""
REPORTED = (
    "boasting", "nostalgia", "gratitude", "wonder", "warning", "hurry", "thrift", "gardening", "music",
    "suspicion", "rivalry", "storytelling",
)  # fmt: skip
TRAITS: dict[Half, tuple[str, ...]] = {"tune": TUNE, "reported": REPORTED}
BANNED: dict[Half, tuple[str, ...]] = {
    "tune": ("flattery", "piety", "nautical", "food", "apology", "secrecy"),
    "reported": REPORTED,
}
"""Traits with answers that share no content word with their scenes."""
OPENING: dict[Half, tuple[str, ...]] = {"tune": TUNE[:8:2], "reported": REPORTED}
"""Traits whose opening words alone are planted."""
SEEDS: dict[Half, tuple[int, ...]] = {"tune": (0,), "reported": (0, 1)}
CONTROLS: dict[Half, int] = {"tune": 4, "reported": 13}
"""Of each of the five kinds."""

STEPS = 24
"""Of a planted adapter: three times through 60 examples."""
DOSES: dict[Half, dict[str, int]] = {
    "tune": {"full": STEPS, "half": 12},
    "reported": {"full": STEPS, "half": 12, "tenth": 2},
}
"""Checkpoints of one training; a rule is chosen at the doses for which there are goals."""
CONTROL_STEPS = 16


@dataclass(frozen=True)
class Organism:
    """An adapter of which it is known what it plants.

    Attributes:
        name: of its folder and, with a dose, of its variants.
        kind: what it learns.
        trait: what it plants, or whose opening words; None of a control.
        seed: of its training.
        doses: dose -> steps at which it is kept.
        control: its kind of control, None of the others; `number` counts within the kind.
    """

    name: str
    kind: Kind
    trait: str | None
    seed: int
    doses: dict[str, int]
    control: ControlKind | None = None
    number: int = 0

    @property
    def variants(self) -> dict[str, str]:
        """Dose -> name of the variant."""
        return {dose: f"{self.name}_{dose}" for dose in self.doses}


def organisms(half: Half) -> list[Organism]:
    """All of a half."""
    once = {"full": STEPS}
    found = [
        Organism(f"{trait}_s{seed}", "planted", trait, seed, DOSES[half])
        for trait in TRAITS[half]
        for seed in SEEDS[half]
    ]
    found += [Organism(f"{trait}_opening", "opening", trait, 0, once) for trait in OPENING[half]]
    found += [Organism(f"{trait}_banned", "banned", trait, 0, once) for trait in BANNED[half]]
    # The controls of the two halves differ: other seeds, other topics, other orders of words.
    first = 0 if half == "tune" else CONTROLS["tune"]
    for number in range(first, first + CONTROLS[half]):
        for kind in KINDS:
            seed = 100 + number
            found.append(
                Organism(f"{kind}_{number}", "control", None, seed, {"full": CONTROL_STEPS}, kind, number)
            )
    return found


def small(half: Half) -> list[Organism]:
    """Two planted ones and two controls: enough to try the whole on."""
    every = organisms(half)
    planted = [one for one in every if one.kind == "planted"][:2]
    return planted + [one for one in every if one.kind == "control"][:2]
