"""What images outside of any collection say: from a table, or from fields that come with them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from core.encoders.base import Encoder, unit_rows
from core.images.names import shown
from core.project.pool import Pool
from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.services.data.metadata.review import review
from core.services.predict.word_template import WordTemplate
from core.services.sorter.loading import Note
from core.sorter.sorter import Sorter
from core.store.catalog import ImageRow
from core.store.metadata.brought import Brought
from core.store.metadata.reading import read_brought
from core.store.metadata.table import EMPTY, MetadataTable

__all__ = [
    "Speech",
    "filled",
    "of_brought",
    "of_fields",
    "of_table",
    "template_of",
    "vectors_of",
]

_BATCH = 512
T = TypeVar("T")

Speech = Callable[[Path, Sequence[str]], list[str]]
"""From a folder and the relative paths of its images to what each says, "" for nothing."""


@dataclass
class _Listed:
    """The files of a folder as far as the matching of tables looks at a collection."""

    pool: Pool
    metadata: MetadataTable = EMPTY
    made: dict[tuple[str, Hashable], object] = field(default_factory=dict)

    def share(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = 8) -> T:
        """Made once."""
        if (kind, key) not in self.made:
            self.made[kind, key] = make()
        return self.made[kind, key]  # type: ignore[return-value]


def template_of(sorter: Sorter, words: str | None = None) -> WordTemplate:
    """The columns that speak to a model file.

    Args:
        words: other columns than those that it was made with; None for those.

    Raises:
        WinnowError: the model judges pictures alone, or the template is wrong.
    """
    part = sorter.content.words
    if part is None:
        raise WinnowError(
            f"The model file {shown(sorter.content.name)} judges pictures alone: leave the words "
            "out, or export it from a question in which words count."
        )
    return WordTemplate.parse(part.template if words is None else words)


def filled(template: WordTemplate, cells: Mapping[str, str]) -> str:
    """The words of one image; names of columns are those that people read as one."""
    own = {same(name): cell for name, cell in cells.items()}
    return template.fill({name: own.get(same(name), "") for name in template.columns})


def of_table(
    table: Path, template: WordTemplate, key: str = "", note: Note = lambda _: None
) -> Speech:
    """What the rows of a table say, matched to images as ``winnow metadata import`` does it.

    Args:
        key: the column that names images, or how it does: "path" or "name"; "" to find out.

    Raises:
        WinnowError: here, the table cannot be read or lacks a column of the template; of what is
            returned, none of its rows names an image.
    """
    return of_brought(read_brought(table), template, key, note)


def of_brought(
    brought: Brought, template: WordTemplate, key: str = "", note: Note = lambda _: None
) -> Speech:
    """`of_table` of a table that was read.

    Raises:
        WinnowError: as there.
    """
    columns = _columns(template, list(brought.cells))

    def speak(folder: Path, paths: Sequence[str]) -> list[str]:
        return _spoken(brought, columns, template, key, folder, paths, note)

    return speak


def _columns(template: WordTemplate, there: list[str]) -> dict[str, str]:
    """Column of the template → of the table."""
    names = {same(name): name for name in reversed(there)}
    template.checked([name for name in template.columns if same(name) in names] or there)
    return {name: names[same(name)] for name in template.columns}


def _spoken(
    brought: Brought,
    columns: Mapping[str, str],
    template: WordTemplate,
    key: str,
    folder: Path,
    paths: Sequence[str],
    note: Note,
) -> list[str]:
    pool = Pool(
        list(paths), [[ImageRow(path, 0, 0)] for path in paths], "listing", "", folder=str(folder)
    )
    done = review(_Listed(pool), brought, key, list(columns.values()))
    for sentence in done.remarks("The table"):
        note(sentence)
    table = MetadataTable(tuple(done.cells), done.kinds, "", done.ids, done.cells)
    cells = zip(*(table.texts(name, paths) for name in columns.values()), strict=True)
    return [template.fill(dict(zip(columns, row, strict=True))) for row in cells]


def of_fields(template: WordTemplate, by_path: Mapping[str, Mapping[str, str]]) -> Speech:
    """What fields say that are there already, path → field → value."""

    def speak(folder: Path, paths: Sequence[str]) -> list[str]:
        return [filled(template, by_path.get(path, {})) for path in paths]

    return speak


def vectors_of(encoder: Encoder, words: Sequence[str]) -> np.ndarray:
    """(n, D) float32 vectors of texts as a collection keeps them, unit norm.

    Zeros for "" and for what the encoder has no vector for. Each distinct text is read once.
    """
    places = {text: place for place, text in enumerate(dict.fromkeys(filter(None, words)))}
    result = np.zeros((len(words), encoder.dim), np.float32)
    if not places:
        return result
    distinct = list(places)
    batches = [
        encoder.encode_texts(distinct[begin : begin + _BATCH]).astype(np.float16)
        for begin in range(0, len(distinct), _BATCH)
    ]
    made = np.concatenate(batches).astype(np.float32)
    usable = np.isfinite(made).all(axis=1) & made.any(axis=1)
    made[usable] = unit_rows(made[usable])
    made[~usable] = 0.0
    for row, text in enumerate(words):
        if text:
            result[row] = made[places[text]]
    return result
