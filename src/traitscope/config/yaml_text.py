"""YAML text to plain values, without the surprises of YAML 1.1.

Plain words are read by the rules of YAML 1.2: `6:26:2`, `yes`, `on` and `2026-11-23` stay text (YAML 1.1
reads a number in base 60, two truths and a date), and `1e-3` is a number. Repeated keys, tags and keys that
are not text are refused with their line.
"""

import re
from collections.abc import Iterator

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from traitscope.errors import InputError

_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN_WORDS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?(0|[1-9][0-9]{0,999})", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "merge": (r"<<", ["<"]),
}


def parse_yaml(text: str, where: str) -> object:
    """The plain value (dict, list, str, int, float, bool, None) that YAML text stands for; None for no text.

    Args:
        where: the file's name, for errors.

    Raises:
        InputError: not YAML, a key written twice, a key that is not text, or a tag; always with the line.
    """
    try:
        _refuse_tags(text, where)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_bad_keys(node, where)
        value: object = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, where) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"the character U+{ord(text[error.position]):04X} has no place in YAML"
        raise InputError(f"{where}, line {line}", what, "delete it") from None
    except RecursionError:
        raise InputError(where, "it is nested hundreds of levels deep", "write it flat") from None
    return value


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the plain words of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _kind, (_pattern, _first_letters) in _PLAIN_WORDS.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), _first_letters
    )


def _refuse_tags(text: str, where: str) -> None:
    for event in yaml.parse(text, _Loader):
        tag, mark = getattr(event, "tag", None), event.start_mark
        if tag is not None:
            here = f"{where}, line {mark.line + 1}" if mark else where
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            raise InputError(here, f"the tag '{shown}' has no meaning here", "remove it")


def _refuse_bad_keys(root: Node, where: str) -> None:
    for mapping in _mappings(root):
        lines: dict[str, int] = {}
        for key, _ in mapping.value:
            line = key.start_mark.line + 1
            here = f"{where}, line {line}"
            if key.tag == _MERGE:
                continue
            if not isinstance(key, ScalarNode) or key.tag != _TEXT:
                found = f"'{key.value}'" if isinstance(key, ScalarNode) else "a list or mapping"
                raise InputError(here, f"the key {found} is not text", "write a name, in quotes if need be")
            if key.value in lines:
                what = f"the key '{key.value}' is written twice, first in line {lines[key.value]}"
                raise InputError(here, what, "keep one of the two")
            lines[key.value] = line


def _mappings(root: Node) -> Iterator[MappingNode]:
    """Every mapping under `root` in the order of the file; what an alias points at comes once."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            yield node
            waiting.extend(value for _, value in reversed(node.value))
        elif isinstance(node, SequenceNode):
            waiting.extend(reversed(node.value))


def _not_yaml(error: yaml.MarkedYAMLError, where: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    here = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
    problem = error.problem or error.context or "it does not parse"
    mend = "indent with spaces" if r"\t" in problem else "look at the indentation, colons and quotes there"
    return InputError(here, f"this is not YAML ({problem})", mend)
