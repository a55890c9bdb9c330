"""Ragged ids as rectangles."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from traitscope.engine import by_length
from traitscope.engine.padding import pad_left, pad_right

SEQUENCES = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=6).map(tuple), min_size=1, max_size=6)
CPU = torch.device("cpu")


@given(SEQUENCES)
def test_the_unmasked_tokens_of_a_rectangle_are_the_sequence(sequences: list[tuple[int, ...]]) -> None:
    for padded in (pad_left(sequences, 0, CPU), pad_right(sequences, 0, CPU)):
        for row, sequence in enumerate(sequences):
            shown = padded.mask[row].bool()
            assert tuple(padded.ids[row][shown].tolist()) == sequence
            assert padded.positions[row][shown].tolist() == list(range(len(sequence)))


def test_rows_padded_before_end_together_and_rows_padded_behind_begin_together() -> None:
    left, right = pad_left([(5,), (6, 7)], 0, CPU), pad_right([(5,), (6, 7)], 0, CPU)
    assert left.mask.tolist() == [[0, 1], [1, 1]]
    assert right.mask.tolist() == [[1, 0], [1, 1]]


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(1, 7))
def test_batches_by_length_hold_every_sequence_once_and_never_go_back_in_length(
    lengths: list[int], rows: int
) -> None:
    batches = by_length([range(length) for length in lengths], rows)
    order = [index for batch in batches for index in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[index] for index in order] == sorted(lengths)
    assert all(len(batch) == rows for batch in batches[:-1])
    assert all(0 < len(batch) <= rows for batch in batches)
