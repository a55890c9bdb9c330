"""An experiment file to settings that hold together, or one sentence about its clearest mistake."""

from pathlib import Path

from pydantic import ValidationError

from traitscope.config.checks import disagreements
from traitscope.config.problems import Problem, refuse
from traitscope.config.sentences import problems_of
from traitscope.config.settings import Config
from traitscope.config.text_files import read_text
from traitscope.config.yaml_text import parse_yaml
from traitscope.errors import InputError


def read_config(path: Path) -> Config:
    """The experiment that a YAML file describes.

    Raises:
        InputError: the file cannot be read or used; said with file, key, what was found and the mend.
        WorkError: the system refuses to read it.
    """
    return read_config_text(read_text(path), str(path))


def read_config_text(text: str, where: str) -> Config:
    """As `read_config`, from the text; `where` is the name of the file in errors."""
    settings = parse_yaml(text, where)
    if settings is None:
        raise InputError(where, "the file is empty", "write at least name, variants, traits and extract")
    if not isinstance(settings, dict):
        what = f"the file holds {'a list' if isinstance(settings, list) else 'one value'}, not keys"
        raise InputError(where, what, "begin with 'name: ...', then variants, traits and extract")
    try:
        config = Config.model_validate(settings)
    except ValidationError as error:
        refuse(_as_written(problems_of(error), settings), where)
        raise  # unreachable: pydantic never raises without an error to tell
    refuse(_as_written(list(disagreements(config)), settings), where)
    return config


def _as_written(problems: list[Problem], settings: dict[str, object]) -> list[Problem]:
    """Pairs may stand under `compare` by themselves: keys are named as the file has them."""
    if not isinstance(settings.get("compare"), list):
        return problems
    return [one._replace(key=one.key.replace("compare.pairs[", "compare[")) for one in problems]
