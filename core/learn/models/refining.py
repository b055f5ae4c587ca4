"""Whether prototypes are refined; apart from the doing of it, which takes long to import."""

from __future__ import annotations

from typing import Literal, get_args

MINIMUM_IMAGES = 100
"""Below this many images their means are too noisy to follow: assignment is direct."""

RefineMode = Literal["auto", "yes", "no"]
"""From `MINIMUM_IMAGES` images on, in any case, or never. Of fewer "yes" can make nothing."""
MODES: tuple[RefineMode, ...] = get_args(RefineMode)


def is_wanted(mode: RefineMode, images: int) -> bool:
    """Whether a collection of so many images is to be refined."""
    return mode == "yes" or (mode == "auto" and images >= MINIMUM_IMAGES)
