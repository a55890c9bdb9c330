"""Colours: readable, alike in both directions, and apart for the colour blind."""

import math
from itertools import product

import numpy as np
import pytest

from traitscope.report.palette import (
    INKS,
    Theme,
    diverging,
    diverging_step,
    sequential,
    sequential_step,
    theme_css,
)

THEMES: tuple[Theme, Theme] = ("light", "dark")

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""
    lights = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_ink_is_readable_on_every_tint(theme: Theme) -> None:
    ink = INKS[theme]["ink"]
    assert min(contrast(ink, tint) for tint in [*diverging(theme), *sequential(theme)]) >= 4.5


@pytest.mark.parametrize(
    ("theme", "ink", "ground"),
    list(product(THEMES, ("ink", "soft", "up", "down", "good", "warn", "link"), ("ground", "sunken"))),
)
def test_every_ink_is_readable_on_every_ground(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(INKS[theme][ink], INKS[theme][ground]) >= 4.5


@pytest.mark.parametrize(("theme", "kind"), list(product(THEMES, BLINDNESS)))
def test_more_and_less_stay_apart_for_the_colour_blind(theme: Theme, kind: str) -> None:
    for strong in (False, True):
        scale = diverging(theme, strong)
        seen = [np.cbrt(np.clip(np.array(BLINDNESS[kind]) @ linear(colour), 0, 1)) for colour in scale]
        assert np.linalg.norm(seen[0] - seen[-1]) > 0.15
        assert np.linalg.norm(seen[0] - seen[10]) > 0.1 and np.linalg.norm(seen[-1] - seen[10]) > 0.1


def test_the_scale_is_symmetric_and_clamped() -> None:
    assert [diverging_step(value, 2.0) for value in (-9, -2, 0, 2, 9)] == [0, 0, 10, 20, 20]
    assert diverging_step(1.0, 2.0) - 10 == 10 - diverging_step(-1.0, 2.0)
    assert diverging_step(5.0, 0.0) == 10


def test_the_sequential_scale_covers_its_range() -> None:
    assert [sequential_step(value, 40, 100) for value in (0, 40, 70, 100)] == [0, 0, 5, 10]


def test_the_ends_of_a_scale_are_its_own_colours_after_blending() -> None:
    assert diverging("light")[0] == "#86b6ea" and diverging("light")[-1] == "#f3a55c"
    assert diverging("light")[10] == "#f4f2ec"
    lightness = [math.fsum(linear(colour)) for colour in diverging("light")[:11]]
    assert lightness == sorted(lightness)


def test_dark_colours_are_for_screens_alone() -> None:
    outside = theme_css().split("@media", 1)[0]
    assert INKS["light"]["ground"] in outside and INKS["dark"]["ground"] not in outside
    assert theme_css().count("@media screen") == 2
