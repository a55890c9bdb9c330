"""Traits and prompt sets: folders and files that a user wrote come in, checked text goes out.

Whatever is wrong is said with file and line. No model and no tensor is seen here, and no path is decided:
which folder a name stands for is `experiment`'s business.
"""

from traitscope.data.duplicates import near_duplicate_groups, near_duplicate_pair_groups
from traitscope.data.prompts import Prompt, PromptSet, load_prompt_set
from traitscope.data.questions import QuestionSplit, split_questions
from traitscope.data.trait import FEWEST_SCENES, Polarity, Trait, load_trait

__all__ = [
    "FEWEST_SCENES",
    "Polarity",
    "Prompt",
    "PromptSet",
    "QuestionSplit",
    "Trait",
    "load_prompt_set",
    "load_trait",
    "near_duplicate_groups",
    "near_duplicate_pair_groups",
    "split_questions",
]
