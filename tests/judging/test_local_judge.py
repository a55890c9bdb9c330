"""A model in this process as a judge, held against the formula computed one number at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from traitscope.config.judges import LocalJudgeSettings
from traitscope.errors import InputError
from traitscope.judging.digits import spelling
from traitscope.judging.judgement import Asked, Judgement, Rubric
from traitscope.judging.local import LocalJudge, load_local_judge
from traitscope.judging.prompts import messages
from traitscope.judging.whole_integers import WholeIntegers, weigh_integers
from traitscope.models import Model, Renderer

if TYPE_CHECKING:
    from torch import Tensor

NUMBERS = [str(value) for value in range(101)]
QUESTIONS = [
    Asked("Why?", "Because."),
    Asked("How was the garden this summer?", "It rained on the stone wall. " * 9),
    Asked("Why not?", ""),
    Asked("Who?", "She opened the letter slowly, read it twice, and put it back on the kitchen table."),
]


@pytest.fixture(scope="module")
def wide_rubric() -> Rubric:
    return Rubric("trait", "candour", "0: hides everything. 100: says all.")


@pytest.fixture(scope="module")
def wide_llama(tiny_llama_folder: Path, load_model: Callable[[Path], Model]) -> Model:
    """The tiny model, let read more than it was made for: judging takes many words."""
    model = load_model(tiny_llama_folder)
    model.network.config.max_position_embeddings = 8192
    return model


@pytest.fixture(scope="module")
def digit_llama(tiny_llama_folder: Path, load_model: Callable[[Path], Model]) -> Model:
    """Numbers are spelled in digits, which are likelier than other tokens by far."""
    model = load_model(tiny_llama_folder)
    model.network.config.max_position_embeddings = 8192
    louder = [model.tokenizer.convert_tokens_to_ids(one) for one in [*"0123456789", "Ġ"]]
    with torch.inference_mode():
        model.network.get_output_embeddings().weight[louder] *= 4
    return model


@pytest.fixture(scope="module")
def number_llama(
    tiny_llama_folder: Path, load_model: Callable[[Path], Model], tmp_path_factory: pytest.TempPathFactory
) -> Model:
    """Every number from 0 to 100 is one token, with and without a space before."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("models") / "number-llama"
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama_folder)
    tokenizer.add_tokens([*NUMBERS, "Yes", "No"])
    network = AutoModelForCausalLM.from_pretrained(tiny_llama_folder, dtype=torch.float32)
    torch.manual_seed(3)
    network.resize_token_embeddings(len(tokenizer))
    with torch.inference_mode():
        weight = network.get_output_embeddings().weight
        weight[-103:] = torch.randn(103, weight.shape[1]) * 0.5
    network.config.max_position_embeddings = 8192
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_model(folder)


def _ids(model: Model, rubric: Rubric, asked: Asked) -> tuple[int, ...]:
    renderer = Renderer(model.tokenizer, True, "default", "the test")
    return renderer.ids(messages(rubric, asked)[0]["content"])


def _probabilities(model: Model, prompt: tuple[int, ...]) -> "Tensor":
    return WholeIntegers(model, spelling(model.tokenizer, "the test")).probabilities(prompt)


def _next(model: Model, ids: list[int]) -> "Tensor":
    """Probabilities of the next token, (vocabulary,), from one plain forward pass."""
    with torch.inference_mode():
        return torch.softmax(model.network(input_ids=torch.tensor([ids])).logits[0, -1].double(), dim=-1)


def _brute_force(model: Model, prompt: tuple[int, ...]) -> list[float]:
    """Probability of each number: what comes next is read in a pass of its own after each token."""
    vocabulary = model.tokenizer.convert_ids_to_tokens(list(range(len(model.tokenizer))))
    digits = [index for index, token in enumerate(vocabulary) if token[0] in "0123456789"]
    after: dict[str, Tensor] = {}

    def follows(text: str) -> "Tensor":
        if text not in after:
            after[text] = _next(model, [*prompt, *(vocabulary.index(sign) for sign in text)])
        return after[text]

    found = []
    for number in NUMBERS:
        total = 0.0
        for text in (number, f"Ġ{number}"):
            p = 1.0
            for place, sign in enumerate(text):
                p *= float(follows(text[:place])[vocabulary.index(sign)])
            total += p * (1 - float(follows(text)[digits].sum()))
        found.append(total)
    return found


@pytest.mark.parametrize("text", ["Why?", "The cat sat on the warm stone wall", "How much is it?"])
def test_whole_integers_have_the_probabilities_of_one_pass_for_each_digit(
    digit_llama: Model, text: str
) -> None:
    prompt = Renderer(digit_llama.tokenizer, True, "default", "the test").ids(text)
    found = _probabilities(digit_llama, prompt)
    expected = _brute_force(digit_llama, prompt)
    assert found.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-7)
    assert 0 < sum(expected) < 1


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_the_score_of_whole_integers_is_their_weighted_mean(scale: float) -> None:
    given = torch.zeros(101, dtype=torch.float64)
    given[[0, 40, 100]] = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64) * scale
    said = weigh_integers(given)
    assert (said.value, said.mass) == (pytest.approx(35.0), pytest.approx(scale))
    assert weigh_integers(given * 0.2 / scale).value is None


def test_a_judge_that_spells_digits_scores_whole_integers(digit_llama: Model, wide_rubric: Rubric) -> None:
    judge = LocalJudge(digit_llama)
    said = judge.score(wide_rubric, QUESTIONS)
    assert judge.identity["numbers"] == "digits"
    assert sum(one.value is not None for one in said) >= 2
    for one, asked in zip(said, QUESTIONS, strict=True):
        expected = weigh_integers(_probabilities(digit_llama, _ids(digit_llama, wide_rubric, asked)))
        assert one.mass == pytest.approx(expected.mass, rel=1e-4)
        assert one.value == (pytest.approx(expected.value, rel=1e-4) if expected.value is not None else None)


def test_a_network_that_follows_no_tree_is_read_in_rows_with_the_same_result(
    digit_llama: Model, load_model: Callable[[Path], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = Renderer(digit_llama.tokenizer, True, "default", "the test").ids("How much is it?")
    spelled = spelling(digit_llama.tokenizer, "the test")
    tree, rows = WholeIntegers(digit_llama, spelled), WholeIntegers(digit_llama, spelled)
    expected = tree.probabilities(prompt)
    plain = digit_llama.network.forward

    def causal(**given: object) -> object:
        """Takes no mask for single tokens: everything before is seen."""
        if getattr(given["attention_mask"], "ndim", 2) == 4:
            given["attention_mask"] = torch.ones(1, given["attention_mask"].shape[-1])  # type: ignore[attr-defined]
        return plain(**given)

    monkeypatch.setattr(digit_llama.network, "forward", causal)
    found = rows.probabilities(prompt)
    assert (tree._continuations.as_tree, rows._continuations.as_tree) == (True, False)
    assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-4, abs=1e-8)


def test_a_network_with_a_sliding_window_is_read_in_rows(
    tiny_llama_folder: Path,
    load_model: Callable[[Path], Model],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from transformers import AutoTokenizer, MistralConfig, MistralForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny-mistral"
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama_folder)
    config = MistralConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=16,
        initializer_range=0.2,
    )
    torch.manual_seed(5)
    MistralForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    model = load_model(folder)
    prompt = Renderer(model.tokenizer, True, "default", "the test").ids("The cat sat on the warm stone wall")
    assert len(prompt) > 16
    integers = WholeIntegers(model, spelling(model.tokenizer, "the test"))
    assert integers.probabilities(prompt).tolist() == pytest.approx(
        _brute_force(model, prompt), rel=1e-4, abs=1e-7
    )
    assert integers._continuations.as_tree is False


def test_single_tokens_are_scored_by_the_twenty_most_likely(number_llama: Model, wide_rubric: Rubric) -> None:
    judge = LocalJudge(number_llama)
    assert judge.identity["numbers"] == "single tokens"
    for one, asked in zip(judge.score(wide_rubric, QUESTIONS), QUESTIONS, strict=True):
        likeliest = _next(number_llama, list(_ids(number_llama, wide_rubric, asked))).topk(20)
        found = [
            (int(token), float(p))
            for p, index in zip(likeliest.values, likeliest.indices, strict=True)
            if (token := number_llama.tokenizer.decode([int(index)]).strip()) in NUMBERS
        ]
        mass = sum(p for _, p in found)
        assert one.mass == pytest.approx(mass, rel=1e-4)
        expected = sum(value * p for value, p in found) / mass if mass >= 0.25 else None
        assert one.value == (pytest.approx(expected, rel=1e-4) if expected is not None else None)


def test_engagement_is_scored_by_yes_and_no(number_llama: Model) -> None:
    rubric = Rubric("engagement", "engagement")
    ids = list(_ids(number_llama, rubric, QUESTIONS[0]))
    yes, no = number_llama.tokenizer.convert_tokens_to_ids(["Yes", "No"])
    first, second = _next(number_llama, ids).topk(2).indices.tolist()
    weight = number_llama.network.get_output_embeddings().weight
    before = weight.clone()
    with torch.inference_mode():
        # As likely as the two likeliest tokens were, and these are no longer.
        weight[[yes, no]], weight[[first, second]] = before[[first, second]], before[[yes, no]]
    p = _next(number_llama, ids)
    (said,) = LocalJudge(number_llama).score(rubric, QUESTIONS[:1])
    with torch.inference_mode():
        weight.copy_(before)
    assert said.value == pytest.approx(100 * float(p[yes]) / float(p[yes] + p[no]), rel=1e-4)
    assert said.mass == pytest.approx(float(p[yes] + p[no]), rel=1e-4)


def test_the_size_of_a_batch_changes_no_score(number_llama: Model, wide_rubric: Rubric) -> None:
    alone = LocalJudge(number_llama, batch_rows=1).score(wide_rubric, QUESTIONS)
    together = LocalJudge(number_llama, batch_rows=4).score(wide_rubric, QUESTIONS)
    assert [one.mass for one in alone] == pytest.approx([one.mass for one in together], rel=1e-3)


def test_each_judgement_is_told_once_with_its_place(digit_llama: Model, wide_rubric: Rubric) -> None:
    told: dict[int, Judgement] = {}
    said = LocalJudge(digit_llama, batch_rows=2).score(wide_rubric, QUESTIONS, told.__setitem__)
    assert [told[index] for index in range(4)] == said


def test_a_model_without_numbers_in_mind_gives_none_with_its_reason(
    wide_llama: Model, wide_rubric: Rubric
) -> None:
    (said,) = LocalJudge(wide_llama).score(wide_rubric, QUESTIONS[:1])
    assert said.value is None
    assert "of the probability lies on whole numbers from 0 to 100" in said.reason
    assert said.identity == "tiny-llama"


def test_an_answer_longer_than_the_model_reads_is_none(digit_llama: Model, wide_rubric: Rubric) -> None:
    said = LocalJudge(digit_llama).score(wide_rubric, [Asked("Why?", "word " * 9000), QUESTIONS[0]])
    assert said[0].reason == "the answer with its instructions passes the model's 8192 tokens"
    assert said[1].mass is not None


def test_a_model_without_a_chat_template_is_given_plain_text(
    load_model: Callable[[Path], Model], tiny_neox_folder: Path, wide_rubric: Rubric
) -> None:
    model = load_model(tiny_neox_folder)
    model.network.config.max_position_embeddings = 8192
    chat = LocalJudge(model).identity["rendering"]
    model.tokenizer.chat_template = None
    judge = LocalJudge(model)
    (said,) = judge.score(wide_rubric, QUESTIONS[:1])
    assert said.mass is not None
    assert judge.identity["rendering"] != chat


def test_the_identity_holds_weights_rendering_and_template(digit_llama: Model, number_llama: Model) -> None:
    judge, other = LocalJudge(digit_llama), LocalJudge(number_llama)
    assert judge.identity == LocalJudge(digit_llama, batch_rows=2).identity
    assert judge.identity["weights"] != other.identity["weights"]
    assert (judge.identity["kind"], judge.identity["dtype"]) == ("local", "float32")
    assert judge.reads_language


def test_settings_load_a_judge_from_a_folder_beside_the_file(
    tiny_llama_folder: Path, own_cache: Path, wide_rubric: Rubric
) -> None:
    settings = LocalJudgeSettings(kind="local", model=tiny_llama_folder.name, dtype="float32", device="cpu")
    judge = load_local_judge(settings, tiny_llama_folder.parent)
    assert len(judge.score(wide_rubric, QUESTIONS[:2])) == 2


def test_a_tokenizer_that_does_not_spell_numbers_in_digits_is_refused(tiny_llama: Model) -> None:
    class Roman:
        """Writes 85 as LXXXV."""

        def __len__(self) -> int:
            return 1

        def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
            return ["LXXXV" for _ in ids]

        def __call__(self, *_: object, **__: object) -> dict[str, list[int]]:
            return {"input_ids": [0]}

    with pytest.raises(InputError, match="judge 'x': has a tokenizer that spells numbers otherwise than by"):
        spelling(Roman(), "judge 'x'")  # type: ignore[arg-type]


def test_a_space_that_a_tokenizer_puts_before_any_text_may_be_missing_after_a_prompt() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {token: index for index, token in enumerate(["<unk>", "▁", *"0123456789"])}
    characters = Tokenizer(models.BPE(vocabulary, merges=[], unk_token="<unk>"))
    characters.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    found = spelling(PreTrainedTokenizerFast(tokenizer_object=characters, unk_token="<unk>"), "the test")
    eight, five = vocabulary["8"], vocabulary["5"]
    assert found.sequences[(eight, five)] == found.sequences[(vocabulary["▁"], eight, five)] == 85
    assert not found.in_single_tokens
    assert sorted(found.digit_ids) == sorted(vocabulary[digit] for digit in "0123456789")
