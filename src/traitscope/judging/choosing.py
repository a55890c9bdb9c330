"""Whether a judge that the file chooses has what it takes, before one is made."""

from traitscope.config import LEXICON, Choice, Config, judge_name, judge_settings, learns_labels
from traitscope.data import Trait


def can_judge(config: Config, trait: Trait, choice: Choice) -> bool:
    """Whether the chosen judge has what it takes to score the trait."""
    name = judge_name(choice, trait.name)
    if name is None or name == LEXICON:
        return name is not None and trait.lexicon is not None
    return bool(trait.labelled) or not learns_labels(judge_settings(config, name))
