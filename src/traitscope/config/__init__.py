"""The experiment file: YAML text comes in, frozen settings that fit together go out.

Every mistake is one sentence (file, key, what was found, what is allowed, the nearest name). What needs a
model (do these layers exist?) or a disk (is there such a trait?) is checked by the rooms that have them, with
`resolve_layers`, `parse_position`, `read_text` and `nearest` from here.
"""

from traitscope.config.choices import REFINEMENTS, prompt_set_name, trait_name
from traitscope.config.judge_choice import (
    CLASSIFIER,
    LEXICON,
    LIKELIHOOD,
    Choice,
    judge_name,
    judge_settings,
    learns_labels,
)
from traitscope.config.judges import (
    ClassifierJudgeSettings,
    JudgeSettings,
    LocalJudgeSettings,
    OpenAIJudgeSettings,
)
from traitscope.config.layers import check_layers, resolve_layers
from traitscope.config.lint import LintSettings
from traitscope.config.nearest import nearest, one_of
from traitscope.config.orthogonal import LENGTH, fitting_order, orthogonal_to
from traitscope.config.positions import Position, parse_position
from traitscope.config.reading import read_config, read_config_text
from traitscope.config.settings import (
    CompareSettings,
    Comparison,
    Config,
    ExtractSettings,
    InferSettings,
    RunSettings,
    SteerSettings,
    VariantSettings,
    VetSettings,
)
from traitscope.config.text_files import read_text, without_blank_end

__all__ = [
    "CLASSIFIER",
    "LENGTH",
    "LEXICON",
    "LIKELIHOOD",
    "REFINEMENTS",
    "Choice",
    "ClassifierJudgeSettings",
    "CompareSettings",
    "Comparison",
    "Config",
    "ExtractSettings",
    "InferSettings",
    "JudgeSettings",
    "LintSettings",
    "LocalJudgeSettings",
    "OpenAIJudgeSettings",
    "Position",
    "RunSettings",
    "SteerSettings",
    "VariantSettings",
    "VetSettings",
    "check_layers",
    "fitting_order",
    "judge_name",
    "judge_settings",
    "learns_labels",
    "nearest",
    "one_of",
    "orthogonal_to",
    "parse_position",
    "prompt_set_name",
    "read_config",
    "read_config_text",
    "read_text",
    "resolve_layers",
    "trait_name",
    "without_blank_end",
]
