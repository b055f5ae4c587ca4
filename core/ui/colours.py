"""Class colours: the same on every page, told apart by colour-blind people up to eight classes."""

from __future__ import annotations

# Okabe & Ito (2008), without black; then lighter and darker relatives for more classes.
_BASE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#B8A800", "#7A5195")
_MORE = (
    "#004B76", "#9A6A00", "#00634A", "#8F3F6D", "#8C3D00", "#2A7FB0", "#6E6500", "#4B2E63",
    "#7FB8D8", "#F2CE80", "#7FCEB8", "#E5BBD2", "#EAAE80", "#AAD9F4", "#DBD37F", "#BCA8CA",
)  # fmt: skip
NEUTRAL = "#8A9494"


def class_colour(index: int) -> str:
    """The colour of a class by its place in the vocabulary; beyond 24 classes colours repeat."""
    colours = _BASE + _MORE
    return colours[index % len(colours)]
