"""The shipped examples are priced offline, without weights, prompts or adapters at hand."""

from pathlib import Path

import pytest

EXAMPLES = ("llama-3.3-70b", "llama-3.1-8b", "qwen3-4b", "gemma-3-4b", "smollm2")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_planned_by_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.planning import plan

    monkeypatch.chdir(tmp_path)
    found = plan(open_experiment(name), memory=80_000_000_000)
    assert found.judged > 0
    assert found.generated > 0
    assert not (tmp_path / "experiments").exists()


def test_the_reference_experiment_is_priced_with_what_it_lacks_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.planning import plan

    monkeypatch.chdir(tmp_path)
    found = plan(open_experiment("llama-3.3-70b"), memory=80_000_000_000)
    # Eight traits, 21 layers, 4 steps and the unsteered answers, 10 questions; each scored twice.
    searched = 8 * 10 * (1 + 21 * 4) * 2
    assert found.judged > searched
    (bill,) = found.bills
    assert bill.money is not None
    assert bill.money > 0
    said = " ".join(found.notes)
    assert "prompts/reference.json is not here yet" in said
    assert "282 prompts" in said
    assert "llama-3.3-70b-dpo-rt-lora-bf16' is not here yet" in said
