"""Sentences around a bare class name. Encoders read "a photo of a dress" better than "dress"."""

from __future__ import annotations

import re
from collections.abc import Sequence

GENERAL: tuple[str, ...] = ("a photo of a {}", "{}")
"""For any photo. Several wordings average out the accidents of one (Radford et al. 2021, 3.1.4)."""

_ARTICLE = re.compile(r"\b([Aa]) \{\}")
# "a uniform", "a used car", "a European car", "a one-way sign", but "an unopened box", "an hour".
_VOWEL_SOUND = re.compile(
    r"(?!eu|ewe|one\b|once\b|uni(?!n|m)|us[aeu]|uti|ubiq|ura)[aeiou]|(?:hour|honest|honou?r|heir)",
    re.IGNORECASE,
)


def expand(name: str, templates: Sequence[str] = GENERAL) -> tuple[str, ...]:
    """The prompts of a class that is known by its name only."""
    words = name.replace("_", " ").strip()
    return tuple(fill(template, words) for template in templates)


def fill(template: str, words: str) -> str:
    """A template with ``words`` in place of ``{}``, and "an" for "a" before them where it is said.

    By spelling, with the usual exceptions; what it gets wrong can be corrected in the prompt.
    """
    if _VOWEL_SOUND.match(words):
        template = _ARTICLE.sub(r"\1n {}", template)
    return template.replace("{}", words)
