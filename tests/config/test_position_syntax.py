"""'response[:5]' to token indexes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config import Position, parse_position
from traitscope.errors import InputError

FRAMES = st.sampled_from(["prompt", "response", "all"])
BOUNDS = st.none() | st.integers(-30, 30)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("response[:5]", Position("response", None, 5)),
        ("response[:]", Position("response", None, None)),
        ("response[2:7]", Position("response", 2, 7)),
        ("all[:]", Position("all", None, None)),
        ("prompt[-1]", Position("prompt", -1, None)),
        ("prompt[-3]", Position("prompt", -3, -2)),
        ("response[0]", Position("response", 0, 1)),
        (" all[-4:-1] ", Position("all", -4, -1)),
    ],
)
def test_each_form_of_the_syntax(text, position):
    assert parse_position(text, "e") == position


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("prompt[-1]", [6]),
        ("prompt[:]", [0, 1, 2, 3, 4, 5, 6]),
        ("response[:5]", [7, 8, 9, 10]),
        ("response[0]", [7]),
        ("response[-1]", [10]),
        ("response[1:3]", [8, 9]),
        ("response[9]", []),
        ("prompt[-20]", []),
        ("all[5:9]", [5, 6, 7, 8]),
    ],
)
def test_the_tokens_of_a_prompt_of_seven_and_a_response_of_four(text, tokens):
    assert list(parse_position(text, "e").tokens(7, 4)) == tokens


@given(frame=FRAMES, start=BOUNDS, stop=BOUNDS, prompt=st.integers(0, 20), response=st.integers(0, 20))
def test_a_slice_holds_what_python_would_slice_out_of_the_frame(frame, start, stop, prompt, response):
    sequence = list(range(prompt + response))
    of_frame = {"prompt": sequence[:prompt], "response": sequence[prompt:], "all": sequence}[frame]
    text = f"{frame}[{'' if start is None else start}:{'' if stop is None else stop}]"

    try:
        position = parse_position(text, "e")
    except InputError:
        assert of_frame[start:stop] == []
    else:
        assert list(position.tokens(prompt, response)) == of_frame[start:stop]


@given(frame=FRAMES, start=BOUNDS, stop=BOUNDS, prompt=st.integers(0, 20), tokens=st.integers(1, 20))
def test_of_a_completion_no_token_is_needed_beyond_the_reach_of_a_position(
    frame, start, stop, prompt, tokens
):
    text = f"{frame}[{'' if start is None else start}:{'' if stop is None else stop}]"

    try:
        position = parse_position(text, "e")
    except InputError:
        return
    needed = position.reach(tokens)
    assert needed <= tokens
    if frame == "response" and (start is None or start >= 0):
        assert position.tokens(prompt, needed) == position.tokens(prompt, tokens)


@given(frame=FRAMES, index=st.integers(-30, 30), prompt=st.integers(0, 20), response=st.integers(0, 20))
def test_an_index_is_a_slice_of_one_or_of_nothing(frame, index, prompt, response):
    sequence = list(range(prompt + response))
    of_frame = {"prompt": sequence[:prompt], "response": sequence[prompt:], "all": sequence}[frame]
    expected = [of_frame[index]] if -len(of_frame) <= index < len(of_frame) else []

    assert list(parse_position(f"{frame}[{index}]", "e").tokens(prompt, response)) == expected


@given(frame=FRAMES, start=BOUNDS, stop=BOUNDS)
def test_only_slices_that_are_empty_at_every_length_are_refused(frame, start, stop):
    text = f"{frame}[{'' if start is None else start}:{'' if stop is None else stop}]"
    ever = any(list(range(length))[start:stop] for length in range(100))

    try:
        parse_position(text, "e")
        accepted = True
    except InputError:
        accepted = False
    assert accepted == ever


@pytest.mark.parametrize(
    ("text", "found", "mend"),
    [
        ("response", "'response' is no position", "write 'response[:5]'"),
        ("", "'' is no position", "write 'response[:5]'"),
        ("response[]", "'response[]' is no position", "write 'response[:5]'"),
        ("response[::2]", "'response[::2]' is no position", "write 'response[:5]'"),
        ("response[1.5]", "is no position", "write 'response[:5]'"),
        ("answer[:5]", "'answer' is no frame (prompt, response, all)", "[:5]'"),
        ("promt[-1]", "'promt' is no frame", "write 'prompt[-1]'"),
        ("response[5:2]", "'response[5:2]' holds no token", "ends after it starts"),
        ("response[:0]", "'response[:0]' holds no token", "ends after it starts"),
        ("response[" + "9" * 5000 + "]", "is no position", "write 'response[:5]'"),
    ],
)
def test_each_mistake_is_told_with_its_mend(text, found, mend):
    with pytest.raises(InputError) as caught:
        parse_position(text, "e.yaml, extract.position")

    assert str(caught.value).startswith("e.yaml, extract.position: ")
    assert found in str(caught.value)
    assert mend in str(caught.value)
