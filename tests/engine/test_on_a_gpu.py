"""The engine on a GPU says what it says on the CPU (float32)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from traitscope.models import Model

pytestmark = pytest.mark.gpu

PROMPTS = ((3, 14, 15, 92, 65), (35, 89), (79, 32, 38, 46, 26, 43, 38))


@pytest.fixture(scope="module")
def on_gpu(tiny_llama_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> "Model":
    from traitscope.engine import load_model

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return load_model(str(tiny_llama_folder), dtype="float32", device="cuda")


def test_decoding_steered_rows_gives_the_tokens_of_the_cpu(on_gpu: "Model", tiny_llama: "Model") -> None:
    import torch

    from traitscope.engine import Push, Row, decode

    vector = torch.randn(tiny_llama.width, generator=torch.Generator().manual_seed(0))
    rows = [
        Row(PROMPTS[0]),
        Row(PROMPTS[1], Push(0, vector)),
        Row(PROMPTS[2], Push(3, 2 * vector)),
    ]

    assert decode(on_gpu, rows, 12) == decode(tiny_llama, rows, 12)
    assert decode(on_gpu, rows, 12, "response") == decode(tiny_llama, rows, 12, "response")


def test_readings_and_likelihoods_are_those_of_the_cpu(on_gpu: "Model", tiny_llama: "Model") -> None:
    import torch

    from traitscope.engine import Words, log_probabilities, read

    words = [Words(prompt, prompt[::-1]) for prompt in PROMPTS]
    kept = [range(len(one.prompt) - 1, len(one.prompt) + len(one.response)) for one in words]
    there, here = (read(model, words, kept, 1) for model in (on_gpu, tiny_llama))

    for one, other in zip(there, here, strict=True):
        torch.testing.assert_close(one.residual, other.residual, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(one.log_probability, other.log_probability, rtol=1e-4, atol=1e-4)
    likely = (
        log_probabilities(model, PROMPTS, [one.response for one in words]) for model in (on_gpu, tiny_llama)
    )
    for one, other in zip(*likely, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_divergences_are_those_of_the_cpu(on_gpu: "Model", tiny_llama: "Model") -> None:
    import torch

    from traitscope.engine import Push, Words, divergences

    words = [Words(prompt, prompt[::-1]) for prompt in PROMPTS]
    vector = torch.randn(tiny_llama.width, generator=torch.Generator().manual_seed(1))
    pushes = [Push(0, vector), Push(3, vector / 4)]
    there, here = (divergences(model, words, pushes) for model in (on_gpu, tiny_llama))

    torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-5)


def test_a_bfloat16_model_on_a_gpu_passes_the_self_check(tiny_llama_folder: Path, tmp_path: Path) -> None:
    from traitscope.engine import load_model

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path))
        model = load_model(str(tiny_llama_folder))

    assert (model.placement.device, model.placement.dtype) == ("cuda", "bfloat16")
