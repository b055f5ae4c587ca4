"""Common things by name, to say what a group of images shows when no class says it."""

from __future__ import annotations

from functools import cache

from core.encoders import torchvision_compat


@cache
def nouns() -> tuple[str, ...]:
    """About 1,000 names of things, animals and places: ImageNet's classes, in WordNet's words."""
    torchvision_compat.prepare()  # timm imports torchvision
    from timm.data import ImageNetInfo

    names = (text.split(",")[0] for text in ImageNetInfo("imagenet-1k").label_descriptions())
    return tuple(dict.fromkeys(names))
