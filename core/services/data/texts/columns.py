"""Columns that hold words: which there are, and what each image says in them."""

from __future__ import annotations

from collections.abc import Hashable

from core.project.pool import file_mark
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.spelling import Matcher
from core.search.words.tokens import MOST_CHARACTERS
from core.services.data.metadata.columns import beside

ALL, CAPTION = "all", "caption"
"""What asks for all of them, and for the captions that people brought."""
_NAMED = 10  # columns in an error


def word_columns(snapshot: Snapshot) -> dict[str, str]:
    """Column as it is asked for → as people brought it, "" for captions; texts and categories.

    Raises:
        WinnowError: the files of columns or captions are damaged.
    """
    kinds = snapshot.metadata.kinds
    columns = {
        column: name
        for column, name in beside(snapshot, (ALL, CAPTION)).items()
        if kinds[name] in ("text", "category")
    }
    return columns | ({CAPTION: ""} if snapshot.captions else {})


def texts_in(snapshot: Snapshot, column: str = ALL) -> list[str]:
    """What each image (N,) says in a column, "" for nothing; kept for a while.

    Of a cell the first 10,000 characters count.

    Args:
        column: one of `word_columns`, or `ALL`.

    Raises:
        WinnowError: there is no such column, or none at all; as `word_columns`.
    """
    columns = _wanted(snapshot, column)
    key = texts_key(snapshot, column)
    return snapshot.share("column-texts", key, lambda: _texts(snapshot, columns), keep=2)


def texts_key(snapshot: Snapshot, column: str) -> Hashable:
    """What the words in a column follow from."""
    captions = file_mark(snapshot.workspace.captions)
    return (snapshot.pool.version, snapshot.metadata.version, captions, column)


def _wanted(snapshot: Snapshot, column: str) -> list[str]:
    """Names of the columns as they were brought, "" for captions."""
    there = word_columns(snapshot)
    if not there:
        raise WinnowError(
            "No column holds words yet: import titles, descriptions or captions first."
        )
    if column == ALL:
        return list(there.values())
    name = Matcher.of(list(there))(column)
    if name is None:
        more = " …" if len(there) > _NAMED else ""
        raise WinnowError(
            f"There is no column of words {column!r}: write {ALL}, or one of "
            f"{', '.join(list(there)[:_NAMED])}{more}."
        )
    return [there[name]]


def _texts(snapshot: Snapshot, columns: list[str]) -> list[str]:
    ids, table, captions = snapshot.pool.ids, snapshot.metadata, snapshot.captions
    cells_of = (
        table.texts(name, ids) if name else [" ".join(captions.get(i, ())) for i in ids]
        for name in columns
    )
    parts = [[cell[:MOST_CHARACTERS] for cell in cells] for cells in cells_of]
    if len(parts) == 1:
        return parts[0]
    return [". ".join(filter(None, cells)) for cells in zip(*parts, strict=True)]
