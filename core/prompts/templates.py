"""Sentences around a bare class name. Encoders read "a photo of a dress" better than "dress"."""

from __future__ import annotations

from collections.abc import Sequence

GENERAL: tuple[str, ...] = ("a photo of a {}", "{}")
"""For any photo. Several wordings average out the accidents of one (Radford et al. 2021, 3.1.4)."""


def expand(name: str, templates: Sequence[str] = GENERAL) -> tuple[str, ...]:
    """The prompts of a class that is known by its name only."""
    words = name.replace("_", " ").strip()
    return tuple(template.replace("{}", words) for template in templates)
