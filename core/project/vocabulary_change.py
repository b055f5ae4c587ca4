"""What differs between two states of the classes, as a line of the log of who did what."""

from __future__ import annotations

from collections.abc import Sequence

from core.prompts.vocabulary import Vocabulary

_NAMED = 4  # classes that a line names


def change_of(before: Vocabulary, after: Vocabulary) -> str:
    """What was changed, for people: classes added, removed and renamed, and whose prompts."""
    old, new = before.prompts(), after.prompts()
    added = [name for name in new if name not in old]
    gone = [name for name in old if name not in new]
    renamed = len(added) == len(gone) == 1 and len(old) == len(new)
    if renamed and list(old).index(gone[0]) == list(new).index(added[0]):
        return f"class {gone[0]} renamed {added[0]}"
    worded = [name for name in new if name in old and new[name] != old[name]]
    parts = [
        f"{what} {_listed(names)}"
        for what, names in (("added", added), ("removed", gone), ("prompts of", worded))
        if names
    ]
    return ", ".join(parts) or "order or groups of the classes"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
