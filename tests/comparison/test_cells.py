import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.comparison import WINDOWS, Cells, Read, cell_effects

GROUPS = 3


def read(means, counts=(8, 8, 8), prompt=0.0, prompt_tokens=4, last=0.0) -> Read:
    """One answer of one layer and one dimension whose groups have these means."""
    tokens = np.asarray(counts, np.float32)
    return Read(
        (np.asarray(means, np.float32) * tokens).reshape(1, GROUPS, 1, 1),
        tokens.reshape(1, GROUPS, 1),
        np.full((1, 1, 1), prompt * prompt_tokens, np.float32),
        np.full((1, 1), prompt_tokens, np.float32),
        np.full((1, 1, 1), last, np.float32),
    )


def joined(parts: list[Read]) -> Read:
    return Read(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))


def random_cells(seed: int, prompts: int = 5, layers: int = 2, width: int = 3) -> Cells:
    drawn = np.random.default_rng(seed)

    def one() -> Read:
        return Read(
            drawn.normal(size=(prompts, GROUPS, layers, width)).astype(np.float32) * 8,
            np.full((prompts, GROUPS, layers), 8, np.float32),
            drawn.normal(size=(prompts, layers, width)).astype(np.float32),
            np.full((prompts, layers), 4, np.float32),
            drawn.normal(size=(prompts, layers, width)).astype(np.float32),
        )

    return Cells(one(), one(), one(), one(), drawn.integers(2, GROUPS + 1, prompts))


def test_the_three_effects_of_a_table_of_two_readers_and_two_writers():
    #                       before's words   after's words
    # the before variant          1                5
    # the after variant           2                9
    cells = Cells(read([1] * 3), read([9] * 3), read([2] * 3), read([5] * 3), np.array([3]))
    found = cell_effects(cells, "response")
    assert found.model.item() == ((2 - 1) + (9 - 5)) / 2
    assert found.text is not None and found.text.item() == ((5 - 1) + (9 - 2)) / 2
    assert found.interaction is not None and found.interaction.item() == (9 - 5) - (2 - 1)


def test_only_groups_that_both_answers_have_whole_are_read():
    after = [0.0, 3.0, 1000.0]
    cells = Cells(read([0, 0, 50]), read([0, 0, 70]), read(after), read([0, 0, 90]), np.array([2]))
    assert cell_effects(cells, "late").model.item() == pytest.approx(3 / 2)
    assert cell_effects(cells, "response").model.item() == pytest.approx(3 / 4)  # two groups of 8, halved


def test_the_late_window_leaves_out_the_first_eight_tokens():
    cells = Cells(read([0, 0, 0]), read([101, 2, 2]), read([101, 2, 2]), read([0, 0, 0]), np.array([3]))
    assert cell_effects(cells, "late").model.item() == 2
    assert cell_effects(cells, "response").model.item() == 35


def test_a_mean_is_over_tokens_not_over_groups():
    after = read([0, 1, 4], counts=(8, 8, 4))
    nothing = read([0, 0, 0], counts=(8, 8, 4))
    cells = Cells(nothing, after, after, nothing, np.array([3]))
    assert cell_effects(cells, "late").model.item() == pytest.approx((8 * 1 + 4 * 4) / 12)


def test_prompts_count_alike_and_those_without_a_late_token_are_named_by_their_absence():
    nothing = joined([read([0] * 3)] * 3)
    after = joined([read([0, 1, 9]), read([0, 7, 7]), read([0, 3, 3])])
    cells = Cells(nothing, after, after, nothing, np.array([2, 1, 3]))
    found = cell_effects(cells, "late")
    assert found.prompts.tolist() == [0, 2]
    np.testing.assert_allclose(found.model[:, 0, 0], [1, 3])
    assert cell_effects(cells, "response").prompts.tolist() == [0, 1, 2]


def test_no_answer_that_is_long_enough_is_an_error():
    cells = Cells(read([0] * 3), read([0] * 3), read([0] * 3), read([0] * 3), np.array([1]))
    with pytest.raises(ValueError, match="after the first 8"):
        cell_effects(cells, "late")


def test_the_prompt_has_a_reader_and_no_writer():
    cells = Cells(
        read([0] * 3, prompt=1, last=5),
        read([0] * 3, prompt=90, last=90),
        read([0] * 3, prompt=3, last=11),
        read([0] * 3, prompt=90, last=90),
        np.array([3]),
    )
    assert cell_effects(cells, "prompt").model.item() == 2
    assert cell_effects(cells, "last_prompt").model.item() == 6
    assert cell_effects(cells, "prompt").text is None
    assert cell_effects(cells, "last_prompt").interaction is None


@given(st.integers(0, 500), st.sampled_from(["late", "response"]))
def test_the_difference_of_own_words_is_the_model_effect_and_the_text_effect(seed, window):
    cells = random_cells(seed)
    found = cell_effects(cells, window)
    first = 1 if window == "late" else 0
    for row, prompt in enumerate(found.prompts):
        used = slice(first, cells.shared[prompt])
        before, after = (
            own.sums[prompt, used].sum(0) / own.counts[prompt, used].sum(0)[:, None]
            for own in (cells.before_own, cells.after_own)
        )
        assert found.text is not None
        np.testing.assert_allclose(found.model[row] + found.text[row], after - before, atol=1e-5)


@given(st.integers(0, 500), st.sampled_from(WINDOWS))
def test_swapping_the_variants_turns_model_and_text_over_and_leaves_the_interaction(seed, window):
    cells = random_cells(seed)
    swapped = Cells(
        cells.after_own, cells.before_own, cells.before_reads_after, cells.after_reads_before, cells.shared
    )
    if window in ("prompt", "last_prompt"):
        swapped = Cells(
            cells.after_reads_before, cells.after_own, cells.before_own, cells.before_own, cells.shared
        )
    there, back = cell_effects(cells, window), cell_effects(swapped, window)
    np.testing.assert_allclose(there.model, -back.model, atol=1e-6)
    if there.text is not None and back.text is not None:
        np.testing.assert_allclose(there.text, -back.text, atol=1e-6)
    if there.interaction is not None and back.interaction is not None:
        np.testing.assert_allclose(there.interaction, back.interaction, atol=1e-6)


def test_the_same_variant_on_both_sides_moves_exactly_nothing():
    one = random_cells(3)
    cells = Cells(one.before_own, one.before_own, one.before_own, one.before_own, one.shared)
    for window in WINDOWS:
        assert not cell_effects(cells, window).model.any()


def test_means_of_float32_residuals_with_a_massive_dimension_keep_their_digits():
    drawn = np.random.default_rng(0)
    tokens = [drawn.normal(size=(24, 3)).astype(np.float32) for _ in range(4)]
    for one in tokens:
        one[:, 0] += 32_000

    def of(one: np.ndarray) -> Read:
        sums = one.reshape(1, GROUPS, 8, 1, 3).sum(2)
        return Read(sums, np.full((1, GROUPS, 1), 8, np.float32), sums[:, 0], np.ones((1, 1)), sums[:, 0])

    bb, aa, ab, ba = tokens
    found = cell_effects(Cells(of(bb), of(aa), of(ab), of(ba), np.array([3])), "late").model[0, 0]
    means = [one[8:].astype(np.float64).mean(0) for one in (ab, bb, aa, ba)]
    expected = (means[0] - means[1] + means[2] - means[3]) / 2
    np.testing.assert_allclose(found[1:], expected[1:], atol=1e-6)
    assert found[0] == pytest.approx(expected[0], abs=32_000 * 2**-22)
