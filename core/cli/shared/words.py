"""What was typed, before Typer reads it: options whose value may be left out."""

from __future__ import annotations

from collections.abc import Sequence

from core.learn.models.refining import MODES


def with_values(words: Sequence[str]) -> list[str]:
    """The words with the value that ``--refine`` stands for alone.

    It was a switch once: ``--refine`` means ``--refine yes``, ``--no-refine`` means ``--refine
    no``. The word that follows is its value only if it is one, so class names may follow it.
    """
    result: list[str] = []
    for place, word in enumerate(words):
        if word == "--":
            return [*result, *words[place:]]
        following = words[place + 1] if place + 1 < len(words) else ""
        if word == "--no-refine":
            word = "--refine=no"
        elif word == "--refine" and following not in MODES:
            word = "--refine=yes"
        result.append(word)
    return result
