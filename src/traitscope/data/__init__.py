"""Traits and prompt sets: folders and files that a user wrote come in, checked text goes out.

Whatever is wrong is said with file and line. No model and no tensor is seen here, and no path is decided:
which folder a name stands for is `experiment`'s business.
"""

from traitscope.data.bank import Bank, load_bank
from traitscope.data.duplicates import near_duplicate_groups, near_duplicate_pair_groups
from traitscope.data.labelled import LabelledAnswer
from traitscope.data.multiple_choice import Item, load_items
from traitscope.data.prompt import Conversation, Prompt, Scalar, Turn
from traitscope.data.prompt_forms import PROMPT_FORMS
from traitscope.data.prompts import PromptSet, load_prompt_set, prompt_fields
from traitscope.data.questions import QuestionSplit, split_questions
from traitscope.data.scenes import Scene
from traitscope.data.steering_file import Polarity
from traitscope.data.texts import GivenText, load_texts
from traitscope.data.trait import FEWEST_SCENES, Trait, load_trait, trait_folders

__all__ = [
    "FEWEST_SCENES",
    "PROMPT_FORMS",
    "Bank",
    "Conversation",
    "GivenText",
    "Item",
    "LabelledAnswer",
    "Polarity",
    "Prompt",
    "PromptSet",
    "QuestionSplit",
    "Scalar",
    "Scene",
    "Trait",
    "Turn",
    "load_bank",
    "load_items",
    "load_prompt_set",
    "load_texts",
    "load_trait",
    "near_duplicate_groups",
    "near_duplicate_pair_groups",
    "prompt_fields",
    "split_questions",
    "trait_folders",
]
