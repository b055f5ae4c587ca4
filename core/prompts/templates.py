"""Sentences around a bare class name. Encoders read "a photo of a dress" better than "dress"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.prompts.english import article, phrase

GENERAL: tuple[str, ...] = ("a photo of a {}", "{}")
"""For any photo. Several wordings average out the accidents of one (Radford et al. 2021, 3.1.4)."""

_PICTURE_OF = re.compile(r"^an? (?:\w+ )*?(?:photo|image|picture) of (?=an? \{\})")
_ARTICLE = re.compile(r"\b[Aa]n? \{\}")


def expand(name: str, templates: Sequence[str] = GENERAL) -> tuple[str, ...]:
    """The prompts of a class that is known by its name only."""
    words = name.replace("_", " ").strip()
    return tuple(dict.fromkeys(fill(template, words) for template in templates))


def fill(template: str, words: str) -> str:
    """A template with ``words`` in place of ``{}``, with the article that they take.

    "a {}" becomes "an apple", "milk", "shoes", "Oat Milk" or "a packaged product". Without an
    article the words stay as they are; only the template ``{}`` gets a noun where they have none.
    """
    own = phrase(words)
    if own.text.endswith(" photo") and not own.is_noun:  # "a photo of a blurry photo"
        template = re.sub(
            r"^an? (?:\w+ )*?(?:photo|image|picture) of (?=an? \{\}|\{\})", "", template
        )
    if match := _ARTICLE.search(template):
        spoken = _capital(str(own), match[0][0].isupper() and match.start() == 0)
        return template[: match.start()] + spoken + template[match.end() :].replace("{}", own.text)
    bare = own.is_noun or template != "{}"  # "hand sign for open"
    return template.replace("{}", words if bare else str(own))


def expansions(name: str) -> set[tuple[str, ...]]:
    """All that `expand` makes of a name, now and in earlier versions: nobody typed these."""
    words = name.replace("_", " ").strip()
    an = f"{article(words)} {words}" if words else "a "
    return {expand(name), (f"a photo of {an}", words), (f"a photo of a {words}", words)}


def _capital(text: str, begins: bool) -> str:
    return text[:1].upper() + text[1:] if begins else text
