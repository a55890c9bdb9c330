"""Values of an experiment file that are a choice, a name, or a mapping of them, and their faults.

The names of methods, policies, judges and coherence judges are Literals here and nowhere else.
"""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator

from traitscope.config.layers import check_layers
from traitscope.config.nearest import nearest
from traitscope.config.positions import parse_position
from traitscope.config.values import Text, mistake
from traitscope.errors import InputError

Method = Literal["mean_diff", "probe", "lda", "whitened", "pca", "rfm", "gradient", "random"]
Component = Literal["residual", "attn_out", "mlp_out"]
Quantization = Literal["none", "int8", "nf4"]
Massive = Literal["keep", "clip", "drop"]
Policy = Literal["binary", "fixed", "frontier"]
BuiltInJudge = Literal["lexicon", "classifier", "likelihood"]
Filter = Literal["none", "pairs"]
Store = Literal["tokens", "mean", "none"]
StoreDtype = Literal["bfloat16", "float32"]
NullChoice = Literal["foreign", "covariance", "isotropic"]
Sides = Literal["response", "prompt", "all"]
SteeredPositions = Literal["all", "response"]
Push = Literal["induce", "suppress"]

REFINEMENTS = ("none", "auto")
"""What `steer.refine` may say beside layers."""
_NAME = r"(?!\.)[A-Za-z0-9._-]{1,100}"
_NAME_RULE = "letters, digits, '.', '_' and '-', not beginning with '.', at most 100 of them"
_LEAST_REPORT_QUESTIONS = 5


def trait_name(path: str) -> str:
    """A trait's name: the last component of its path, 'gloom' for 'moods/gloom'."""
    return PurePosixPath(path).name


def prompt_set_name(path: str) -> str:
    """A prompt set's name, and that of its folders: the last component of its path."""
    return PurePosixPath(path).name


def _checked_name(text: str) -> str:
    if not re.fullmatch(_NAME, text):
        raise mistake(f"'{text}' cannot be the name of a folder", f"use {_NAME_RULE}")
    return text


def _checked_reason(text: str) -> str:
    """A clause on one line: it stands in tables, and in sentences that end by themselves."""
    clause = " ".join(text.split()).rstrip(".")
    if not clause:
        raise mistake("the reason is empty", "say why, in a clause: tables show it")
    return clause


def _checked_path(text: str) -> str:
    if not all(re.fullmatch(_NAME, component) for component in text.split("/")):
        what = f"'{text}' is not a name inside the experiment's folder or the shipped data"
        raise mistake(what, f"write a name, or folder/name; each part may hold {_NAME_RULE}")
    return text


def _checked_by(check: Callable[[str, str], object]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            check(text, "")
        except InputError as error:
            raise mistake(error.what, error.mend) from None
        return text

    return checked


def _checked_layers_choice(value: object) -> str | dict[str, str]:
    checked = _checked_by(check_layers)
    if isinstance(value, str):
        return checked(value)
    if isinstance(value, dict) and value and all(isinstance(one, str) for one in value.values()):
        return {_checked_name(str(trait)): checked(layers) for trait, layers in value.items()}

    found = "a list" if isinstance(value, list) else repr(value)
    raise mistake(f"found {found}", "write text, in quotes, such as '20:60:2', or {trait: layers, ...}")


def _checked_refine(value: object) -> str | dict[str, str]:
    if isinstance(value, str):
        return _checked_refinement(value)
    if isinstance(value, dict) and value and all(isinstance(one, str) for one in value.values()):
        return {_checked_name(str(trait)): _checked_refinement(one) for trait, one in value.items()}
    found = "a list" if isinstance(value, list) else repr(value)
    raise mistake(f"found {found}", "write none, auto, layers such as '30:36', or {trait: '30:36', ...}")


def _checked_refinement(text: str) -> str:
    if text in REFINEMENTS:
        return text
    if guess := nearest(text, REFINEMENTS):
        raise mistake(f"found the text '{text}'", f"write {guess}, or layers such as '30:36'")
    return _checked_by(check_layers)(text)


def _checked_prompt_sets(value: object) -> tuple[str, ...]:
    if isinstance(value, str) and value:
        return (_checked_path(value),)
    if isinstance(value, list | tuple) and value and all(isinstance(one, str) and one for one in value):
        return tuple(_checked_path(one) for one in value)
    raise mistake(f"found {value!r}", "write a prompt set's name, or a list of names such as [few, many]")


def _checked_control(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value:
        return _checked_name(value)
    raise mistake(f"found {value!r}", "write true, false, or the kind of control in a word")


def _checked_judge_choice(value: object) -> str | dict[str, str]:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, dict) and value and all(isinstance(one, str) and one for one in value.values()):
        return {_checked_name(str(trait)): one for trait, one in value.items()}
    raise mistake(f"found {value!r}", "write a judge's name, or {trait: judge, ...}")


def _checked_orthogonal_to(value: object) -> tuple[str, ...] | dict[str, tuple[str, ...]]:
    if isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    if isinstance(value, dict):
        return {_checked_name(str(trait)): _orthogonal_names(names) for trait, names in value.items()}
    raise mistake(f"found {value!r}", "write a list of traits or length, or {trait: [...], ...}")


def _orthogonal_names(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and value and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    raise mistake(f"found {value!r}", "write a list of traits or length for each trait")


def _checked_report_questions(value: object) -> int | Literal["same"]:
    if value == "same":
        return "same"
    if isinstance(value, int) and not isinstance(value, bool) and value >= _LEAST_REPORT_QUESTIONS:
        return value
    found = f"the text '{value}'" if isinstance(value, str) else str(value)
    number = f"a whole number from {_LEAST_REPORT_QUESTIONS} on"
    raise mistake(f"found {found}", f"write {number}, or 'same' to report on the searched questions")


Name = Annotated[str, AfterValidator(_checked_name)]
Reason = Annotated[str, AfterValidator(_checked_reason)]
NamePath = Annotated[str, AfterValidator(_checked_path)]
PositionText = Annotated[str, AfterValidator(_checked_by(parse_position))]
Pairs = Annotated[int, Field(strict=True, ge=20)]
AnyCount = Annotated[int, Field(strict=True, ge=0, le=1000)]
Seed = Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)]
Growth = Annotated[float, Field(strict=True, gt=1, allow_inf_nan=False)]
Shrinkage = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]
Control = Annotated[bool | Text, PlainValidator(_checked_control)]
LayersText = Annotated[Text, AfterValidator(_checked_by(check_layers))]
LayersChoice = Annotated[Text | dict[Name, Text], PlainValidator(_checked_layers_choice)]
RefineChoice = Annotated[Text | dict[Name, Text], PlainValidator(_checked_refine)]
PromptSets = Annotated[tuple[NamePath, ...], PlainValidator(_checked_prompt_sets)]
JudgeChoice = Annotated[Text | dict[Name, Text], PlainValidator(_checked_judge_choice)]
OrthogonalTo = Annotated[
    tuple[Text, ...] | dict[Name, tuple[Text, ...]], PlainValidator(_checked_orthogonal_to)
]
ReportQuestions = Annotated[int | Literal["same"], PlainValidator(_checked_report_questions)]
