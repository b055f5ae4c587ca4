"""Class colours: the same on every page, whatever the theme.

The first ten can be told apart by colour-blind people, the first two hundred by everybody as far as
two hundred colours can be: each is the one least like all before it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

NEUTRAL = "#8A9494"
DISTINCT = 200
# Okabe & Ito (2008) without black and yellow, which one of the themes would swallow.
_FIRST = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
_ON_WHITE, _ON_DARK = 1.6, 2.2  # least contrast with the background of each theme
_DARK = 0.0095  # relative luminance of the dark theme's background
# How linear RGB looks to people without red and without green cones (Machado et al., TVCG 2009).
_SIGHTS = np.array(
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    ]
)
# Linear RGB to Oklab (Ottosson 2020), where distance is how different colours look.
_CONES = np.array([[0.412, 0.536, 0.051], [0.212, 0.681, 0.107], [0.088, 0.282, 0.630]])
_LAB = np.array([[0.210, 0.794, -0.004], [1.978, -2.429, 0.451], [0.026, 0.783, -0.809]])


def class_colour(index: int) -> str:
    """The colour of a class by its place in the vocabulary; beyond 200 classes colours repeat."""
    return _FIRST[index] if index < len(_FIRST) else _colours()[index % DISTINCT]


@cache
def _colours() -> list[str]:
    """All colours, each the farthest from all before it and from the neutral grey."""
    steps = np.arange(0, 256, 15)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    luminance = _linear(grid) @ [0.2126, 0.7152, 0.0722]
    seen = 1.05 / (luminance + 0.05) >= _ON_WHITE
    seen &= (luminance + 0.05) / (_DARK + 0.05) >= _ON_DARK
    colourful = np.hypot(*_looks(grid)[0, :, 1:].T) > 0.06
    candidates = grid[seen & colourful]
    looks = _looks(candidates)
    colours = list(_FIRST)
    gap = np.full(looks.shape[:2], np.inf)

    def away_from(colour: str) -> np.ndarray:
        other = _looks(np.array([list(bytes.fromhex(colour[1:]))]))
        return np.minimum(gap, np.linalg.norm(looks - other, axis=2))

    for colour in (NEUTRAL, *colours):
        gap = away_from(colour)
    while len(colours) < DISTINCT:
        # Half as much must do for the colour-blind: they have fewer colours to choose from.
        worst = np.minimum(gap[0], 2 * gap[1:].min(axis=0))
        colours.append("#{:02X}{:02X}{:02X}".format(*candidates[worst.argmax()]))
        gap = away_from(colours[-1])
    return colours


def _linear(rgb: np.ndarray) -> np.ndarray:
    """(N, 3) of 0..255 as light, 0..1."""
    share = rgb / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _looks(rgb: np.ndarray) -> np.ndarray:
    """(3, N, 3): Oklab of (N, 3) colours to the three sights."""
    light = np.clip(_linear(rgb) @ _SIGHTS.transpose(0, 2, 1), 0, None)
    return np.cbrt(light @ _CONES.T) @ _LAB.T
