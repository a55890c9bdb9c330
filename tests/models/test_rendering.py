"""Prompts to ids: system prompts, beginning-of-sequence tokens, dates and thinking pinned."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from traitscope.data import Turn
from traitscope.errors import InputError
from traitscope.models import Model, Renderer

TURN = "<|turn|>user\nHello there</s>\n<|turn|>assistant\n"
DEFAULT = "<|turn|>system\nYou are a tiny model. Today is 26 Jul 2024.</s>\n"

THINKING = """\
{%- for message in messages %}
{%- if message.role == 'assistant' and loop.last %}{{ '<A><think></think>' + message.content }}
{%- elif message.role == 'assistant' %}{{ '<A>' + message.content }}
{%- else %}{{ '<U>' + message.content }}{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<A>' }}
{%- if enable_thinking is defined and enable_thinking is false %}{{ '<think></think>' }}{%- endif %}
{%- endif %}"""
"""Shows the thinking of the last answer only, and leaves it out of the next when it is switched off."""

STRICT = """\
{{- bos_token }}
{%- for message in messages %}
{%- if message.role == 'system' %}{{ raise_exception('System role not supported') }}{%- endif %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Roles must alternate') }}
{%- endif %}
{{- '<' + message.role + '>' + message.content }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<model>' }}{%- endif %}"""
"""Knows no system prompts and no two questions in a row."""

EVERY_TURN = """\
{%- for message in messages %}
{%- if message.role == 'user' %}{{ bos_token + '[' + message.content + ']' }}
{%- else %}{{ message.content + eos_token }}{%- endif %}
{%- endfor %}"""
"""Puts the beginning-of-sequence token before every question."""

UNCUTTABLE = """\
{%- for message in messages %}{{ loop.length ~ message.role ~ message.content }}{%- endfor %}"""
"""Writes every turn otherwise as soon as there is one more."""


@pytest.fixture
def rendered(tiny_llama: Model) -> Callable[..., str]:
    """`rendered(system_prompt, template=None)` -> the text of 'Hello there'."""

    def render(system_prompt: str, template: str | None = None) -> str:
        tokenizer = deepcopy(tiny_llama.tokenizer)
        tokenizer.chat_template = template or tokenizer.chat_template
        return Renderer(tokenizer, True, system_prompt, "variants.chat").text("Hello there")

    return render


def test_default_is_what_the_template_does_when_no_system_prompt_is_given(
    rendered: Callable[..., str],
) -> None:
    assert rendered("default") == f"<s>{DEFAULT}{TURN}"


def test_none_is_without_the_templates_default_system_prompt(rendered: Callable[..., str]) -> None:
    assert rendered("none") == f"<s>{TURN}"


def test_a_text_takes_the_place_of_the_default_system_prompt(rendered: Callable[..., str]) -> None:
    assert rendered("Be brief.") == f"<s><|turn|>system\nBe brief.</s>\n{TURN}"


def test_an_empty_text_is_an_empty_system_prompt_and_not_the_default(rendered: Callable[..., str]) -> None:
    assert rendered("") == f"<s><|turn|>system\n</s>\n{TURN}"


def test_a_prompts_own_system_prompt_replaces_the_variants(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, True, "Be brief.", "variants.chat")
    assert renderer.text("Hello there", "Be sad.") == f"<s><|turn|>system\nBe sad.</s>\n{TURN}"
    assert renderer.text("Hello there", "none") == f"<s>{TURN}"


def test_dates_in_templates_are_fixed(rendered: Callable[..., str]) -> None:
    assert "Today is 26 Jul 2024" in rendered("default")
    assert rendered("default", "{{ date_string }}") == "26 Jul 2024"
    assert rendered("default", "{{ strftime_now(format='%Y-%m-%d') }}") == "26 Jul 2024"


@pytest.mark.parametrize(
    "template",
    [
        "\n  {% if true %}x\n{% endif %}",
        "  {% if true %}x{% endif %}",
        "  {%- if true %}x{% endif %}",
        "\n x",
    ],
)
def test_fixing_the_date_changes_nothing_else_of_a_template(
    rendered: Callable[..., str], tiny_llama: Model, template: str
) -> None:
    messages = [{"role": "user", "content": "Hello there"}]
    plain = tiny_llama.tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False)
    assert rendered("default", template) == plain


def test_thinking_is_switched_off(rendered: Callable[..., str]) -> None:
    assert rendered("default", THINKING) == "<U>Hello there<A><think></think>"


def test_a_thinking_template_is_rendered_without_a_system_prompt(rendered: Callable[..., str]) -> None:
    """It renders an answer otherwise once a question follows."""
    assert rendered("none", THINKING) == "<U>Hello there<A><think></think>"


def test_a_template_that_knows_no_system_prompts_is_rendered_without_one(
    rendered: Callable[..., str],
) -> None:
    assert rendered("none", STRICT) == rendered("default", STRICT) == "<s><user>Hello there<model>"


def test_a_template_that_opens_every_turn_with_bos_is_rendered_with_one(rendered: Callable[..., str]) -> None:
    assert rendered("none", EVERY_TURN) == "<s>[Hello there]"


def test_a_system_prompt_that_the_template_refuses_is_a_sentence(rendered: Callable[..., str]) -> None:
    with pytest.raises(
        InputError, match=r"variants.chat: .* refuses this conversation \(System role not supp"
    ):
        rendered("Be brief.", STRICT)


def test_a_template_that_cannot_be_cut_is_a_sentence(rendered: Callable[..., str]) -> None:
    with pytest.raises(InputError, match="cannot be rendered without a system prompt; set system_prompt to"):
        rendered("none", UNCUTTABLE)


def test_a_chat_without_a_chat_template_is_refused(tiny_llama: Model) -> None:
    tokenizer = deepcopy(tiny_llama.tokenizer)
    tokenizer.chat_template = None
    with pytest.raises(
        InputError, match=r"variants\.chat: asks for a chat, but the model has no chat template"
    ):
        Renderer(tokenizer, True, "none", "variants.chat")
    assert Renderer(tokenizer, False, "none", "variants.chat").text("Hello") == "Hello"


@pytest.mark.parametrize("system_prompt", ["default", "none", "Be brief."])
def test_a_chat_begins_with_one_bos_token(tiny_llama: Model, system_prompt: str) -> None:
    bos = tiny_llama.tokenizer.bos_token_id
    ids = Renderer(tiny_llama.tokenizer, True, system_prompt, "").ids("Hello there")
    assert ids[0] == bos
    assert ids.count(bos) == 1


def test_raw_text_begins_with_the_tokenizers_own_bos_token_where_there_is_one(
    tiny_llama: Model, tiny_neox: Model
) -> None:
    bos = tiny_llama.tokenizer.bos_token_id
    with_bos = Renderer(tiny_llama.tokenizer, False, "default", "").ids("Hello there")
    without = Renderer(tiny_neox.tokenizer, False, "default", "").ids("Hello there")
    assert with_bos[0] == bos and with_bos.count(bos) == 1
    assert tiny_neox.tokenizer.decode(without) == "Hello there"


def test_ids_are_those_of_the_rendered_text_and_decode_to_it(tiny_neox: Model) -> None:
    renderer = Renderer(tiny_neox.tokenizer, True, "default", "")
    ids = renderer.ids("Hello there")
    assert tiny_neox.tokenizer.decode(ids) == TURN
    turn = tiny_neox.tokenizer.convert_tokens_to_ids("<|turn|>")
    assert ids.count(turn) == 2


def test_decoded_answers_are_without_special_tokens(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, False, "none", "")
    ids = renderer.ids("The cat sat")
    assert renderer.decode((*ids, tiny_llama.tokenizer.eos_token_id)) == "The cat sat"


def test_smollm2_is_rendered_with_none_without_a_system_turn(smollm2: Model) -> None:
    chat = Renderer(smollm2.tokenizer, True, "none", "").text("Hello there")
    assert chat == "<|im_start|>user\nHello there<|im_end|>\n<|im_start|>assistant\n"
    assert "<|im_start|>system" in Renderer(smollm2.tokenizer, True, "default", "").text("Hello there")
    sad = Renderer(smollm2.tokenizer, True, "Be sad.", "").text("Hello there")
    assert sad == "<|im_start|>system\nBe sad.<|im_end|>\n" + chat


def test_a_given_answer_is_cut_as_it_stands_behind_its_prompt(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, True, "none", "here")
    prompt = renderer.ids("Where is the cat?")
    for answer in ("On the wall", "Nothing", " the rain"):
        found = renderer.answer_ids("Where is the cat?", answer)
        whole = tiny_llama.tokenizer(renderer.text("Where is the cat?") + answer, add_special_tokens=False)
        assert [*prompt, *found] == whole["input_ids"]
        assert renderer.decode(found) == answer


def test_an_answer_that_would_change_the_prompt_is_cut_alone(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, False, "default", "here")
    before = renderer.ids("The ca")
    found = renderer.answer_ids("The ca", "t sat")
    together = renderer.ids("The cat sat")
    assert together[: len(before)] != before
    assert list(found) == tiny_llama.tokenizer("t sat", add_special_tokens=False)["input_ids"]


DOUBT = (Turn("user", "Is it flat?"), Turn("assistant", "No."), Turn("user", "Are you sure?"))
TURNS = (
    "<|turn|>user\nIs it flat?</s>\n<|turn|>assistant\nNo.</s>\n<|turn|>user\nAre you sure?</s>\n"
    "<|turn|>assistant\n"
)


@pytest.fixture
def conversed(tiny_llama: Model) -> Callable[..., str]:
    """`conversed(system_prompt, template=None)` -> the text of a conversation of three turns."""

    def render(system_prompt: str, template: str | None = None, turns: tuple[Turn, ...] = DOUBT) -> str:
        tokenizer = deepcopy(tiny_llama.tokenizer)
        tokenizer.chat_template = template or tokenizer.chat_template
        return Renderer(tokenizer, True, system_prompt, "variants.chat").text(turns)

    return render


def test_a_conversation_is_rendered_turn_by_turn_under_each_kind_of_system_prompt(
    conversed: Callable[..., str],
) -> None:
    assert conversed("default") == f"<s>{DEFAULT}{TURNS}"
    assert conversed("Be brief.") == f"<s><|turn|>system\nBe brief.</s>\n{TURNS}"
    assert conversed("none") == f"<s>{TURNS}"


def test_a_conversations_own_system_prompt_replaces_the_variants(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, True, "none", "variants.chat")
    assert renderer.text(DOUBT, "Be sad.") == f"<s><|turn|>system\nBe sad.</s>\n{TURNS}"


@pytest.mark.parametrize("system_prompt", ["default", "none"])
def test_a_thinking_template_renders_a_conversation_without_thinking_at_its_end(
    conversed: Callable[..., str], system_prompt: str
) -> None:
    expected = "<U>Is it flat?<A>No.<U>Are you sure?<A><think></think>"
    assert conversed(system_prompt, THINKING) == expected


@pytest.mark.parametrize("system_prompt", ["default", "none"])
def test_a_strict_template_renders_a_conversation(conversed: Callable[..., str], system_prompt: str) -> None:
    expected = "<s><user>Is it flat?<assistant>No.<user>Are you sure?<model>"
    assert conversed(system_prompt, STRICT) == expected


def test_a_template_that_opens_every_question_with_bos_keeps_each_of_them(
    conversed: Callable[..., str],
) -> None:
    assert conversed("none", EVERY_TURN) == "<s>[Is it flat?]No.</s><s>[Are you sure?]"


@pytest.mark.parametrize("system_prompt", ["default", "none"])
def test_turns_that_a_template_refuses_are_a_sentence_with_their_mend(
    conversed: Callable[..., str], system_prompt: str
) -> None:
    told = r"this conversation \(Roles must alternate\); let user and assistant take turns, the user first\.$"
    with pytest.raises(InputError, match=told):
        conversed(system_prompt, STRICT, (DOUBT[0], DOUBT[2]))


def test_one_turn_of_the_user_is_rendered_as_its_text(tiny_llama: Model) -> None:
    for system_prompt in ("default", "none", "Be brief."):
        renderer = Renderer(tiny_llama.tokenizer, True, system_prompt, "")
        assert renderer.ids((DOUBT[0],)) == renderer.ids("Is it flat?")


def test_a_conversation_begins_with_one_bos_token_and_is_the_ids_of_its_text(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, True, "none", "")
    ids = renderer.ids(DOUBT)
    assert ids.count(tiny_llama.tokenizer.bos_token_id) == 1
    assert tiny_llama.tokenizer.decode(ids) == f"<s>{TURNS}"


def test_raw_text_of_several_turns_is_refused(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, False, "default", "tiny.yaml, variants.base")
    with pytest.raises(InputError) as caught:
        renderer.ids(DOUBT)
    assert str(caught.value) == (
        "tiny.yaml, variants.base: completes raw text, and a prompt of 3 messages needs a chat; "
        "write chat: true, or ask it prompts of one message."
    )


def test_smollm2_is_given_a_conversation_as_it_was_trained_on_them(smollm2: Model) -> None:
    chat = Renderer(smollm2.tokenizer, True, "none", "").text(DOUBT)
    assert chat == (
        "<|im_start|>user\nIs it flat?<|im_end|>\n<|im_start|>assistant\nNo.<|im_end|>\n"
        "<|im_start|>user\nAre you sure?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("system_prompt", ["default", "none", "You are a poet.", ""])
@pytest.mark.parametrize("chat", [True, False])
def test_a_prompts_own_words_are_what_is_left_without_the_template(
    tiny_llama: Model, system_prompt: str, chat: bool
) -> None:
    renderer = Renderer(tiny_llama.tokenizer, chat, system_prompt, "variants.chat")
    for text in ("Hello there", "Why?", "7", "What does a cat think of the rain?"):
        ids = renderer.ids(text)
        assert tiny_llama.tokenizer.decode(ids[slice_of(renderer.content(ids))]) == text


def test_a_prompts_own_system_prompt_is_no_part_of_its_words(tiny_llama: Model) -> None:
    renderer = Renderer(tiny_llama.tokenizer, True, "none", "variants.chat")
    ids = renderer.ids("Hello there", "You are a poet.")
    own = renderer.content(ids, "You are a poet.")
    assert tiny_llama.tokenizer.decode(ids[slice_of(own)]) == "Hello there"


def test_without_a_template_or_a_bos_token_a_prompt_is_all_its_own_words(tiny_neox: Model) -> None:
    renderer = Renderer(tiny_neox.tokenizer, False, "default", "variants.base")
    ids = renderer.ids("Hello there")
    assert renderer.content(ids) == range(len(ids))


@pytest.mark.parametrize("system_prompt", ["default", "none", "You are a poet."])
def test_own_words_are_found_in_smollm2s_template(smollm2: Model, system_prompt: str) -> None:
    renderer = Renderer(smollm2.tokenizer, True, system_prompt, "variants.chat")
    for text in ("Hello there", "7 and 8?", "Write a note.\n\nKeep it short."):
        ids = renderer.ids(text)
        assert smollm2.tokenizer.decode(ids[slice_of(renderer.content(ids))]) == text


def slice_of(where: range) -> slice:
    return slice(where.start, where.stop)
