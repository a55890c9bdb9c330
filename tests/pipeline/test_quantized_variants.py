"""A quantized variant: refused at once without its package, another variant to every figure with it."""

from typing import Any

import pytest
import yaml
from judged_run import rewrite
from tiny_run import Tiny

from traitscope.errors import InputError
from traitscope.models import quantization


def quantized(tiny: Tiny, bits: str) -> None:
    variants: dict[str, Any] = yaml.safe_load(tiny.file.read_text())["variants"]
    rewrite(tiny, variants=variants | {"base": variants["base"] | {"quantization": bits}})


def test_a_missing_package_is_said_before_a_token_is_generated(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantization.importlib.util, "find_spec", lambda _: None)
    quantized(tiny_experiment, "int8")
    with pytest.raises(InputError, match=r"tiny.yaml, variants.base: quantization 'int8' takes the package"):
        tiny_experiment.run()
    assert not (tiny_experiment.root / "extract").exists()


def test_completions_of_other_bits_are_others_and_of_none_the_same(finished: Tiny) -> None:
    quantized(finished, "none")
    assert finished.stale() == set()
    quantized(finished, "nf4")
    assert {"extract: sombre", "extract: tidy"} <= finished.stale()
