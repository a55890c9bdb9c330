"""Models to test on: tiny random ones saved to disk with tokenizers of their own, and SmolLM2.

The session's models are shared: a test that changes a network (attaches an adapter, replaces a block) loads
a fresh one with `load_model`. Each worker of `make test` is a session of its own.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# Before torch is imported: tiny tensors gain nothing from many threads, workers share the cores, and nothing
# here asks the network. A worker inherits what was set where it was started.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from traitscope.models import Model

SENTENCES = (
    "The cat sat on the warm stone wall and watched the rain come down over the harbour.",
    "She opened the letter slowly, read it twice, and put it back on the kitchen table.",
    "Nothing in the house had changed since the summer, except for the colour of the door.",
    "Write a short note to a friend about the weather, the garden and the long way home.",
)

LLAMA_TEMPLATE = """\
{{- bos_token }}
{%- if messages[0]['role'] != 'system' %}
{{- '<|turn|>system\\nYou are a tiny model. Today is ' + strftime_now('%d %b %Y') + '.</s>\\n' }}
{%- endif %}
{%- for message in messages %}
{{- '<|turn|>' + message['role'] + '\\n' + message['content'] + '</s>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|turn|>assistant\\n' }}{%- endif %}"""
"""With a beginning-of-sequence token, a default system prompt and today's date in it."""

NEOX_TEMPLATE = """\
{%- for message in messages %}
{{- '<|turn|>' + message['role'] + '\\n' + message['content'] + '</s>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|turn|>assistant\\n' }}{%- endif %}"""
"""With none of these."""


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Files of tests need not outlive a power cut: a run syncs hundreds, at milliseconds each."""

    def checked(descriptor: int) -> None:
        os.fstat(descriptor)  # fails where `fsync` would

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", checked)
        yield


@pytest.fixture(scope="session")
def tiny_llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Llama, 4 blocks, width 48, grouped-query attention; tokenizer with BOS and pad tokens."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny-llama"
    tokenizer = _tokenizer(LLAMA_TEMPLATE, bos_token="<s>", pad_token="<pad>")
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        # Wide enough that greedy answers vary and near-ties are rare.
        initializer_range=0.2,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_neox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GPT-NeoX, 3 blocks, width 32, parallel attention; tokenizer with neither BOS nor pad token."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny-neox"
    tokenizer = _tokenizer(NEOX_TEMPLATE)
    config = GPTNeoXConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=512,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        initializer_range=0.2,
    )
    torch.manual_seed(1)
    GPTNeoXForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`tiny_folder("mistral")`: a tiny model of an architecture in `tiny_architectures`, made once."""
    from tiny_architectures import save_tiny

    folders: dict[str, Path] = {}

    def saved(name: str) -> Path:
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp("architectures") / name
            save_tiny(name, folders[name], _tokenizer(LLAMA_TEMPLATE, bos_token="<s>", pad_token="<pad>"))
        return folders[name]

    return saved


@pytest.fixture(scope="session")
def tiny_of(
    load_model: Callable[[Path], "Model"], tiny_folder: Callable[[str], Path]
) -> Callable[[str], "Model"]:
    """`tiny_of("mistral")`: that model loaded, shared like the others."""
    models: dict[str, Model] = {}

    def loaded(name: str) -> "Model":
        if name not in models:
            models[name] = load_model(tiny_folder(name))
        return models[name]

    return loaded


@pytest.fixture(scope="session")
def load_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], "Model"]:
    """A fresh float32 model from a folder, on the CPU, by the road users take."""
    cache = tmp_path_factory.mktemp("cache")

    def load(folder: Path) -> "Model":
        from traitscope.models import Placement, find_source, load_tokenizer, load_weights

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(cache))
            source = find_source(str(folder), Path())
        return load_weights(source, Placement("float32", "cpu"), load_tokenizer(source))

    return load


@pytest.fixture(scope="session")
def tiny_llama(load_model: Callable[[Path], "Model"], tiny_llama_folder: Path) -> "Model":
    return load_model(tiny_llama_folder)


@pytest.fixture(scope="session")
def tiny_neox(load_model: Callable[[Path], "Model"], tiny_neox_folder: Path) -> "Model":
    return load_model(tiny_neox_folder)


@pytest.fixture(scope="session")
def smollm2() -> "Model":
    """SmolLM2 as users get it; converted into the user's cache if that was never done."""
    from traitscope.models import Placement, find_source, load_tokenizer, load_weights

    source = find_source("smollm2", Path())
    return load_weights(source, Placement("float32", "cpu"), load_tokenizer(source))


@pytest.fixture(scope="session")
def save_lora() -> Callable[..., Path]:
    """Save a LoRA for the model in a folder: `save_lora(model_folder, into, targets, seed=1, size=0.1)`.

    `size` is the standard deviation of its B matrices (A's are PEFT's own); 0 makes an adapter that changes
    nothing.
    """

    def save(
        model: Path,
        into: Path,
        targets: Sequence[str] | str,
        seed: int = 1,
        size: float = 0.1,
        **settings: Any,
    ) -> Path:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        wanted = targets if isinstance(targets, str) else list(targets)
        torch.manual_seed(seed)
        network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        adapted = get_peft_model(network, LoraConfig(r=2, target_modules=wanted, **settings))
        with torch.no_grad():
            for name, parameter in adapted.named_parameters():
                if ".lora_B." in name:
                    parameter.copy_(torch.randn_like(parameter) * size)
        adapted.save_pretrained(into)
        return into

    return save


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user cache for one test; the folder that traitscope uses in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "traitscope"


def _tokenizer(template: str, **special: str) -> "PreTrainedTokenizerFast":
    """Byte-level BPE over a few sentences; a BOS token, where there is one, is put before plain text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    bytes_to_tokens = Tokenizer(models.BPE())
    bytes_to_tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_to_tokens.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["</s>", "<|turn|>", *special.values()],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bytes_to_tokens.train_from_iterator(SENTENCES, trainer)
    if bos := special.get("bos_token"):
        bytes_to_tokens.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, bytes_to_tokens.token_to_id(bos))]
        )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytes_to_tokens,
        eos_token="</s>",
        additional_special_tokens=["<|turn|>"],
        clean_up_tokenization_spaces=False,
        **special,
    )
    tokenizer.chat_template = template
    return tokenizer
