"""Which prompts class names of the command line get, and the note that says so."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from core.cli.shared.terminal import Terminal
from core.prompts import vocabulary as vocabularies
from core.prompts.families import AUTO, Choice, Family, choose, named_family
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError

_LOOKED_AT = 200  # entries of the image folder whose names may tell what is shown
_PARTS = 2  # last parts of the folder's path that may: photos often lie in a folder "images"


def with_family(names: list[str], images: Path, asked: str, terminal: Terminal) -> Vocabulary:
    """The classes of bare names, with the prompts of a family.

    Args:
        asked: key of a family, "none", or "auto" to go by the names; see `families.choose`.

    Raises:
        WinnowError: there is no such family, or the names cannot be used as classes.
    """
    if asked != AUTO:
        return vocabularies.from_names(names, named_family(asked).expand)
    plain = vocabularies.from_names(names)  # refuses what is no name
    folder, entries = "/".join(images.parts[-_PARTS:]), _entries(images)
    choice = choose(plain.names, folder, entries)
    if note := _note(choice, plain.names):
        terminal.note(note)
    return vocabularies.from_names(names, choice.family.expand)


def refuse_beside_prompts(asked: str, whose: str) -> None:
    """A family is for bare names: WinnowError where classes bring prompts of their own.

    Args:
        whose: what has them: "prompts.yaml".
    """
    if asked not in (AUTO, "none"):
        named_family(asked)
        raise WinnowError(
            f"--family {asked} makes prompts for class names, but {whose} has prompts of its own: "
            "leave --family out, or name the classes after the folders instead."
        )


def _note(choice: Choice, names: list[str]) -> str:
    family = choice.family
    if not family.needed:
        return " ".join(_suggestion(other) for other in choice.others)
    example = "', '".join(family.expand(names[0]))
    because = f", because a name has the word '{choice.hint}'" if choice.hint else ""
    others = " ".join(_suggestion(other) for other in choice.others)
    return (
        f"Prompts are those of the family {family.key}{because}: '{example}' for {names[0]}. "
        f"{others + ' ' if others else ''}--family none takes general ones."
    )


def _suggestion(family: Family) -> str:
    use = family.advice[:1].lower() + family.advice[1:].rstrip(".")
    return f"The names suit --family {family.key} too ({use})."


def _entries(images: Path) -> list[str]:
    try:
        with os.scandir(images) as entries:
            return [entry.name for entry in islice(entries, _LOOKED_AT)]
    except OSError:  # said where the images are read
        return []
