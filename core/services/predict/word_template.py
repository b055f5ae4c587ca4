"""Which columns speak: a template such as "{title}. {keywords}", filled from each image's cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.runtime.errors import WinnowError

MOST_CHARACTERS = 500
"""Of a template."""
_PART = re.compile(r"\{([^{}]*)\}")
_SEPARATORS = " \t\n.,;:|/-–—·()[]"


@dataclass(frozen=True)
class WordTemplate:
    """A template taken apart.

    Attributes:
        text: as it was written.
        columns: names between braces, as they come.
        between: one more texts than columns: before the first, between them, after the last.
    """

    text: str
    columns: tuple[str, ...]
    between: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> WordTemplate:
        """Take a template apart. Names stand for columns and nothing else.

        Raises:
            WinnowError: no column stands in it, a brace is left open, or it is too long.
        """
        text = text.strip()
        pieces = _PART.split(text)
        columns, between = tuple(name.strip() for name in pieces[1::2]), tuple(pieces[::2])
        if len(text) > MOST_CHARACTERS:
            raise WinnowError(
                f"The template of words has {len(text):,} characters: {MOST_CHARACTERS} are the "
                "most."
            )
        if any("{" in piece or "}" in piece for piece in between):
            raise WinnowError(
                f"The template {text!r} has a brace without its partner: write column names as "
                "{title}."
            )
        if not columns or "" in columns:
            raise WinnowError(
                f"The template {text!r} names no column: write the names in braces, such as "
                "{title}. {keywords}."
            )
        return cls(text, columns, between)

    def checked(self, names: Sequence[str]) -> WordTemplate:
        """The same, once all its columns are there.

        Raises:
            WinnowError: one is not; the sentence lists those that are.
        """
        missing = [name for name in self.columns if name not in names]
        if missing:
            there = ", ".join(names[:10]) or "none yet: import a table with them first"
            raise WinnowError(f"There is no column {missing[0]!r}; the columns are {there}.")
        return self

    def fill(self, cells: Mapping[str, str]) -> str:
        """The words of one image; "" where all its cells are empty.

        An empty cell takes what stands before it along, and the last one what stands after it. What
        then comes first loses the separators that it begins with.
        """
        result = ""
        for position, name in enumerate(self.columns):
            cell = " ".join(cells.get(name, "").split())
            if not cell:
                continue
            before = self.between[position]
            if position and not result:
                before = before.lstrip(_SEPARATORS)
            result += before + cell
            if position == len(self.columns) - 1:
                result += self.between[-1]
        return result.strip()
