import numpy as np
import pytest

from traitscope.comparison import projection_shift


def test_the_projections_shift_is_paired_over_prompts():
    before, after = np.array([1.0, 2.0, 9.0]), np.array([1.5, 2.5, 9.6])
    interval = projection_shift(before, after)
    assert interval.mean == pytest.approx(1.6 / 3) and interval.n == 3
    assert interval.low > 0  # unpaired, the spread of the prompts would hide it


def test_unlike_numbers_of_prompts_cannot_be_paired():
    with pytest.raises(ValueError, match="paired"):
        projection_shift([1.0, 2.0], [1.0, 2.0, 3.0])
