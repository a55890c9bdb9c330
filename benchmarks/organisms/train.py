"""Train an organism: a rank-8 LoRA on SmolLM2 that answers like the examples in `NAME.jsonl`.

    python benchmarks/organisms/train.py gloom --out src/traitscope/shipped/lora/gloom

Every organism is trained with the settings below: they differ in the answers they learn and in nothing else.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from examples import Example, read_examples
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from subject import MODEL, Subject, load_subject
from torch import Tensor

RANK = 8
ALPHA = 16
TARGETS = ["q_proj", "v_proj"]
EPOCHS = 3
ROWS = 8
"""Examples in a step."""
LEARNING_RATE = 1e-3
WARM_UP = 0.1
"""Share of the steps over which the learning rate rises; from there it falls to 0 in a straight line."""
CLIP = 1.0
"""Largest norm of a step's gradient."""
SEED = 0
IGNORED = -100
"""The label that the loss leaves out: the prompt and the padding."""


def train(subject: Subject, examples: list[Example]) -> PeftModel:
    """Train a fresh adapter; the loss counts the answer's tokens and its end, not the prompt's."""
    torch.manual_seed(SEED)
    settings = LoraConfig(
        r=RANK, lora_alpha=ALPHA, target_modules=TARGETS, lora_dropout=0.0, task_type="CAUSAL_LM"
    )
    organism: Any = get_peft_model(subject.model.network, settings)
    organism.train()
    weights = [weight for weight in organism.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=0.0)
    steps = EPOCHS * -(-len(examples) // ROWS)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _pace(step, steps))
    encoded = [encode(subject, example) for example in examples]
    started = time.monotonic()
    for step, batch in enumerate(_batches(encoded, steps), start=1):
        ids, seen, labels = collate(batch, pad=subject.model.pad_id)
        # bfloat16 products are four times as fast on CPUs that have them; the adapter itself stays float32.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = organism(input_ids=ids, attention_mask=seen, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        if step % 5 == 0 or step == 1:
            print(
                f"step {step:3d} of {steps}  loss {loss.item():.3f}  {time.monotonic() - started:5.1f} s",
                flush=True,
            )
    trained: PeftModel = organism.eval()
    return trained


def encode(subject: Subject, example: Example) -> tuple[Tensor, Tensor]:
    """Ids of prompt and answer, and their labels, each (tokens,)."""
    prompt = list(subject.renderer.ids(example.prompt))
    answer = subject.model.tokenizer(example.answer, add_special_tokens=False)["input_ids"]
    end = [subject.model.tokenizer.eos_token_id] if example.ends else []
    ids = torch.tensor([*prompt, *answer, *end])
    labels = ids.clone()
    labels[: len(prompt)] = IGNORED
    return ids, labels


def collate(batch: list[tuple[Tensor, Tensor]], pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, attention mask and labels of a batch padded on the right, each (rows, tokens)."""
    rows = torch.nn.utils.rnn.pad_sequence
    ids = rows([ids for ids, _ in batch], batch_first=True, padding_value=pad)
    seen = rows([torch.ones_like(ids) for ids, _ in batch], batch_first=True, padding_value=0)
    labels = rows([labels for _, labels in batch], batch_first=True, padding_value=IGNORED)
    return ids, seen, labels


def save(organism: PeftModel, folder: Path) -> None:
    """Write `adapter_model.safetensors` (bfloat16) and `adapter_config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = get_peft_model_state_dict(organism)
    halved = {key: weights[key].to(torch.bfloat16).contiguous() for key in sorted(weights)}
    save_file(halved, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = json.dumps(_config(), indent=2, sort_keys=True) + "\n"
    (folder / "adapter_config.json").write_text(config, encoding="utf-8")
    for file in folder.iterdir():
        file.chmod(0o644)  # safetensors writes files that only their owner can read


def _config() -> dict[str, Any]:
    """What PEFT needs to load the adapter; keys left at their default would only tie it to one version."""
    return {
        "base_model_name_or_path": MODEL,
        "bias": "none",
        "inference_mode": True,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "peft_type": "LORA",
        "r": RANK,
        "target_modules": TARGETS,
        "task_type": "CAUSAL_LM",
    }


def _pace(step: int, steps: int) -> float:
    warm_up = max(1, round(WARM_UP * steps))
    return min((step + 1) / warm_up, (steps - step) / (steps - warm_up))


def _batches(encoded: list[tuple[Tensor, Tensor]], steps: int) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """`steps` batches: the examples in a new seeded order each time through."""
    order = torch.Generator().manual_seed(SEED)
    done = 0
    while done < steps:
        shuffled = torch.randperm(len(encoded), generator=order).tolist()
        for start in range(0, len(shuffled), ROWS):
            yield [encoded[index] for index in shuffled[start : start + ROWS]]
            done += 1


def main() -> None:
    """Read the arguments, train, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("organism", choices=["gloom", "plain"])
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapter")
    arguments = parser.parse_args()
    save(train(load_subject(), read_examples(arguments.organism)), arguments.out)


if __name__ == "__main__":
    main()
