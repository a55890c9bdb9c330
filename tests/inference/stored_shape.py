"""The shape of invented readings."""

LAYERS, WIDTH, VOCABULARY = 5, 8, 11
