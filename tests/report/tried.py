"""Completed scenes to be shown: everything that can become of one, on both sides."""

from traitscope.vetting import Completion, Flag, FlagName, Looked, LookedSet, Outcome, Pole


def looked(
    pole: Pole,
    line: int,
    outcome: Outcome = "expresses",
    flags: tuple[tuple[FlagName, str], ...] = (),
    score: float | None = None,
    counted: str = " counted words",
) -> Looked:
    """A completion of scene `line`; its texts say where they stand."""
    completion = Completion(
        pole, line, f"The {pole} scene {line} stops at the", "", counted, f" and {pole} rest {line}", False
    )
    return Looked(completion, tuple(Flag(*flag) for flag in flags), outcome, score)


def paired(judge: str = "") -> LookedSet:
    """Four pairs: one confesses, one ends at once, a refusal on the negative side."""
    return LookedSet(
        name="deceit",
        positive=(
            looked("positive", 1),
            looked("positive", 2, "reverses", (("confession", "I lied"), ("guilt", "sorry"))),
            looked("positive", 3, "drifts", (("nothing", ""),), counted=""),
            looked("positive", 4),
        ),
        negative=(
            looked("negative", 1),
            looked("negative", 2, "reverses", (("refusal", "As an AI"),)),
            looked("negative", 3),
            looked("negative", 4),
        ),
        paired=True,
        judge=judge,
    )


def unpaired() -> LookedSet:
    """Three scenes on one side and one on the other, judged."""
    return LookedSet(
        name="drafts/deceit",
        positive=(
            looked("positive", 1, score=91.4),
            looked("positive", 2, "drifts", score=55.0),
            looked("positive", 3, score=80.0),
        ),
        negative=(looked("negative", 1, "reverses", score=77.0),),
        paired=False,
        judge="classifier (held-out AUC 0.91)",
    )
