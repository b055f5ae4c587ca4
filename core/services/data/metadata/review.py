"""What a table of columns would do to a collection, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.services.data.label_review import NO_IMAGE
from core.services.data.metadata.matching import Listing, key_column, places_of
from core.store.metadata.brought import Brought
from core.store.metadata.kinds import typed
from core.store.metadata.merging import spelled
from core.store.metadata.table import Kind, MetadataTable, as_text
from core.store.table_rows import AGAIN, NO_PATH, Rejected, counts, in_words

UNCLEAR = "several images are called so"
ANOTHER = "another row of the same image"
EXAMPLES = 3
_NAMED = 10


@dataclass(frozen=True)
class ColumnLook:
    """One column at a glance.

    Attributes:
        name: as the collection will spell it.
        kind: what it holds.
        filled: images that have a cell.
        examples: its first different cells as text, `EXAMPLES` at most.
        replaces: the collection has a column of that name.
    """

    name: str
    kind: Kind
    filled: int
    examples: tuple[str, ...]
    replaces: bool = False


@dataclass(frozen=True, eq=False)
class MetadataReview:
    """Columns of a table as the collection would take them.

    Attributes:
        key: the column that names images.
        ids: (R,) the images that get cells, each once.
        cells: name → (R,) cells of its kind; kinds: name → that.
        columns: the same columns at a glance.
        rejected: rows that do not count, in the order of the file.
        rows: of the table; each is of one image or one of ``rejected``.
        note: what people should know of how it was read; else "".
    """

    key: str
    ids: list[str]
    cells: Mapping[str, pl.Series]
    kinds: Mapping[str, Kind]
    columns: tuple[ColumnLook, ...]
    rejected: list[Rejected]
    rows: int
    note: str = ""

    @property
    def matched(self) -> int:
        """Images that get cells."""
        return len(self.ids)

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows do not count, by reason."""
        return counts(self.rejected)

    @property
    def unmatched(self) -> int:
        """Rows that name no image, or could mean several."""
        return sum(self.reasons.get(reason, 0) for reason in (NO_IMAGE, UNCLEAR, NO_PATH))

    def remarks(self, table: str) -> Iterator[str]:
        """What people should know of it, a sentence each.

        Args:
            table: begins a sentence: "The table".
        """
        if self.note:
            yield f"{table}: {self.note}."
        if self.rejected:
            yield (
                f"{table}: {len(self.rejected):,} of {self.rows:,} rows do not count: "
                f"{in_words(self.rejected)}."
            )
        if replaced := [shown(column.name) for column in self.columns if column.replaces]:
            more = f" and {len(replaced) - _NAMED} more" if len(replaced) > _NAMED else ""
            yield (
                f"{table}: replaced for the images that it names: "
                f"{', '.join(replaced[:_NAMED])}{more}."
            )


def review(
    snapshot: Listing, table: Brought, key: str = "", only: Sequence[str] = ()
) -> MetadataReview:
    """Find the image of each row and the kind of each column; nothing is written.

    Of several rows that name one image the first counts.

    Args:
        key: the column that names images, or how it does; see
            `core.services.data.metadata.matching.key_column`.
        only: names of the columns to take; all where empty.

    Raises:
        WinnowError: no column names images, no row does, or there is no other column.
    """
    names = list(table.cells)
    column, by = key_column(snapshot, names, lambda name: _texts(table.cells[name]), key)
    wanted = {same(name) for name in only}
    others = [name for name in names if name != column and (not only or same(name) in wanted)]
    if not others:
        raise WinnowError(
            f"The table has no column beside {shown(column)}: add those that you want to bring."
        )
    rejected, lines, rows = list(table.rejected), list[int](), list[int]()
    first: dict[int, int] = {}
    values = _texts(table.cells[column])
    places = places_of(snapshot, values, by)
    for number, value in enumerate(values):
        row = places.rows.get(value)
        if row is None:
            reason = NO_PATH if not value else UNCLEAR if value in places.unclear else NO_IMAGE
            rejected.append(Rejected(table.lines[number], value, "", reason))
        elif row in first:
            rejected.append(_again(table, others, number, first[row], value))
        else:
            first[row] = number
            rows.append(row)
            lines.append(number)
    if not rows:
        raise WinnowError(
            f"No row of the table names an embedded image in its column {shown(column)} "
            f"({in_words(rejected)}): correct that column, or name another one."
        )
    ids = [snapshot.pool.ids[row] for row in rows]
    return _typed(snapshot.metadata, table, column, others, ids, lines, rejected)


def _texts(cells: pl.Series) -> list[str]:
    return cells.fill_null("").str.strip_chars().to_list()


def _again(table: Brought, others: Sequence[str], number: int, before: int, value: str) -> Rejected:
    """A further row of an image: the same again, or another that does not count."""
    equal = all(
        (table.cells[name][number] or "") == (table.cells[name][before] or "") for name in others
    )
    line = table.lines[before]
    return Rejected(
        table.lines[number], value, "", AGAIN if equal else ANOTHER,
        f"line {line} counts" if line and not equal else "",
    )  # fmt: skip


def _typed(
    present: MetadataTable, table: Brought, key: str, others: Sequence[str], ids: list[str],
    lines: list[int], rejected: list[Rejected],
) -> MetadataReview:  # fmt: skip
    cells: dict[str, pl.Series] = {}
    kinds: dict[str, Kind] = {}
    for name in others:
        place = spelled(present, name)
        kinds[place], cells[place] = typed(table.cells[name].gather(lines))
    columns = tuple(_look(name, kinds[name], cells[name], name in present) for name in cells)
    rejected.sort(key=lambda row: row.line)
    rows = len(table) + len(table.rejected)
    return MetadataReview(key, ids, cells, kinds, columns, rejected, rows, table.note)


def _look(name: str, kind: Kind, cells: pl.Series, replaces: bool) -> ColumnLook:
    values = cells.drop_nulls()
    examples = tuple(as_text(v) for v in values.head(500).unique(maintain_order=True)[:EXAMPLES])
    return ColumnLook(name, kind, len(values), examples, replaces)


def looks(snapshot: Snapshot) -> list[ColumnLook]:
    """The columns that the collection has, at a glance; WinnowError when they are damaged."""
    table, pool = snapshot.metadata, snapshot.pool
    return snapshot.share(
        "metadata-looks",
        (table.version, pool.version),
        lambda: [_look(n, table.kinds[n], table.series(n, pool.ids), False) for n in table.names],
        keep=1,
    )
