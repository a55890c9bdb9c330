import pytest
import torch

from traitscope.vectors import Contrast


@pytest.mark.parametrize(
    "positive, negative, paired, found",
    [
        (torch.zeros(3), torch.zeros(3, 2), False, "float32"),
        (torch.zeros(3, 2, dtype=torch.bfloat16), torch.zeros(3, 2), False, "bfloat16"),
        (torch.zeros(3, 2), torch.zeros(3, 2, dtype=torch.float64), False, "negative pole is torch.float64"),
        (torch.zeros(0, 2), torch.zeros(3, 2), False, "positive"),
        (torch.tensor([[1.0, float("nan")]]), torch.zeros(3, 2), False, "positive pole holds"),
        (torch.zeros(3, 2), torch.tensor([[1.0, float("inf")]]), False, "negative pole holds"),
        (torch.zeros(3, 2), torch.zeros(3, 4), False, "widths differ: 2 and 4"),
        (torch.zeros(3, 2), torch.zeros(4, 2), True, "no pairs"),
    ],
)
def test_a_contrast_refuses_what_no_method_could_use(positive, negative, paired, found):
    with pytest.raises(ValueError, match=found):
        Contrast(positive, negative, paired)


def test_poles_of_different_sizes_are_fine_when_unpaired():
    assert len(Contrast(torch.zeros(3, 2), torch.ones(4, 2), paired=False).negative) == 4
