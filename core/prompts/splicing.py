"""Other classes in the text of a vocabulary file, where nobody wrote among the old ones.

While somebody types prompts the file is written with each pause, and to read and write it as YAML
with its comments takes most of that time.
"""

from __future__ import annotations

from functools import lru_cache

from core.prompts.vocabulary import Vocabulary, dump


def spliced(text: str, before: Vocabulary, after: Vocabulary) -> str | None:
    """What `core.prompts.vocabulary.dump` makes of a text whose classes stand as it writes them.

    All else in the text stays as it is, byte by byte.

    Args:
        before: the classes that the text holds.
        after: those that it shall hold.

    Returns:
        None where the classes stand otherwise, with comments among them for example. Whoever uses
        the text reads it first: only a parser knows what a line of YAML is part of.
    """
    if not (before.classes and after.classes):
        return None
    old = _written(before)
    start = 0 if text.startswith(old) else text.find(f"\n{old}") + 1
    rest = text[start + len(old) :]
    # Behind the last class only another key: a comment there is of that class.
    if not text.startswith(old, start) or (rest and not rest[0].isalpha()):
        return None
    return text[:start] + _written(after) + rest


@lru_cache(maxsize=8)
def _written(classes: Vocabulary) -> str:
    return dump(classes)
