"""Which words go with which image: from a table that somebody brings, or from the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.metadata.matching import key_column, places_of
from core.services.predict.word_template import WordTemplate
from core.store.metadata.reading import read_brought
from core.store.table_rows import NAMES, key_of


@dataclass(frozen=True)
class Described:
    """Images with words.

    Attributes:
        rows: (row of the pool, text), no pair twice.
        unmatched: rows of the table that are no embedded image; without_words: those of images that
            say nothing.
        words: the template that made the texts; "" for captions.
    """

    rows: tuple[tuple[int, str], ...]
    unmatched: int = 0
    without_words: int = 0
    words: str = ""


def of_table(snapshot: Snapshot, path: Path, words: str | None = None) -> Described:
    """Pairs from a table of any kind that `core.store.metadata.reading` reads.

    Args:
        words: template of its columns; by default the column for captions or titles.

    Raises:
        WinnowError: the table cannot be read, lacks a column, or names no embedded image.
    """
    table = read_brought(path)
    template = _template(str(path), list(table.cells), words)
    texts = {name: column.fill_null("").to_list() for name, column in table.cells.items()}
    key, by = key_column(snapshot, list(table.cells), lambda name: texts[name])
    places = places_of(snapshot, texts[key], by)
    cells = ({name: texts[name][n] for name in template.columns} for n in range(len(table)))
    return _described(map(places.rows.get, texts[key]), cells, template, snapshot)


def of_columns(snapshot: Snapshot, words: str) -> Described:
    """Pairs from columns of the workspace's metadata; WinnowError when one is not there."""
    metadata, ids = snapshot.metadata, snapshot.pool.ids
    template = WordTemplate.parse(words).checked(metadata.names)
    texts = {name: metadata.texts(name, ids) for name in template.columns}
    cells = ({name: texts[name][row] for name in texts} for row in range(len(ids)))
    return _described(range(len(ids)), cells, template, snapshot)


def of_captions(snapshot: Snapshot) -> Described:
    """Pairs from the workspace's captions.

    Raises:
        WinnowError: there are none, or the file that keeps them is damaged.
    """
    rows = snapshot.pool.rows
    pairs = dict.fromkeys(
        (rows[image_id], text)
        for image_id, texts in snapshot.captions.items()
        if image_id in rows
        for text in texts
    )
    if not pairs:
        raise WinnowError(
            "The workspace has no captions of embedded images: import some on the Data page."
        )
    return Described(tuple(pairs))


def _template(where: str, names: list[str], words: str | None) -> WordTemplate:
    if words is not None:
        return WordTemplate.parse(words).checked(names)
    usual = {key_of(name): name for name in reversed(names)}
    for wanted in NAMES["caption"]:
        if wanted in usual:
            return WordTemplate.parse(f"{{{usual[wanted]}}}")
    raise WinnowError(
        f"{where} has no column named caption or title: name the columns that speak with --words, "
        f"such as {{title}}; it has {', '.join(map(shown, names[:10])) or 'none'}."
    )


def _described(
    rows: Iterable[int | None],
    cells: Iterable[Mapping[str, str]],
    template: WordTemplate,
    snapshot: Snapshot,
) -> Described:
    pairs: dict[tuple[int, str], None] = {}
    unmatched = silent = 0
    for row, own in zip(rows, cells, strict=True):
        text = "" if row is None else template.fill(own)
        unmatched += row is None
        silent += row is not None and not text
        if row is not None and text:
            pairs[row, text] = None
    if not pairs:
        raise WinnowError(
            f"No embedded image of {snapshot.workspace.images} has words by {template.text}: write "
            "paths relative to that folder, and embed the images first."
        )
    return Described(tuple(pairs), unmatched, silent, template.text)
