"""Which images pass filters: on their files, labels, captions, columns and predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.project.snapshot import Snapshot
from core.runtime.spelling import Matcher
from core.search import filters
from core.services.data.metadata import columns as brought
from core.services.predict.predicting import predict
from core.store.catalog import SCHEMA, read_catalog

PREDICTED = ("class", "confidence")
"""Columns that filters may name and that only predictions can fill."""

CAPTION = "caption"
"""Column of what people brought; of an image with several captions, one a line."""

_OF_MAP = ("cluster", "problem", "folder")  # what colours of the map are called
_OF_CLASSES, _OWN = Matcher.of(PREDICTED), Matcher.of((*PREDICTED, CAPTION))


def passing(snapshot: Snapshot, where: Sequence[str]) -> tuple[dict[str, str], np.ndarray | None]:
    """The images for which all filters hold.

    Returns:
        Image id → the path that passes, and (N,) bool which rows do; None without filters.

    Raises:
        WinnowError: a filter that makes no sense, or one on classes that are not complete.
    """
    if not where:
        return {}, None
    conditions = [filters.parse(written) for written in where]
    table = filters.apply(_table(snapshot, conditions), conditions).unique("id", keep="first")
    paths = dict(zip(table["id"].to_list(), table["path"].to_list(), strict=True))
    passes = np.zeros(len(snapshot), dtype=bool)
    passes[snapshot.pool.rows_of(paths)] = True
    return paths, passes


def in_order(snapshot: Snapshot, rows: np.ndarray, sort: str) -> np.ndarray:
    """Rows of the pool sorted by a column; where it is empty they come last, in their order.

    Args:
        rows: (n,) rows of the pool.
        sort: a column that filters may name; with "-" in front the greatest comes first.

    Raises:
        WinnowError: there is no such column, or it is of classes that are not complete.
    """
    wanted = sort.removeprefix("-")
    condition = filters.Condition(wanted, "!=", "")
    table = _table(snapshot, [condition]).unique("id", keep="first", maintain_order=True)
    name = Matcher.of(table.columns)(wanted)
    if name is None:
        filters.apply(table, [condition])  # says which columns there are
        return rows
    # Under another name: Polars takes "*" and "^x$" for patterns.
    cells = pl.Series([None], dtype=table[name].dtype).extend(table[name].rename("cells"))
    place = {image_id: row for row, image_id in enumerate(table["id"].to_list(), 1)}
    ids = snapshot.pool.ids
    of_rows = cells.gather([place.get(ids[row], 0) for row in rows.tolist()])
    order = (
        of_rows.to_frame("by")
        .with_row_index("at")
        .sort("by", descending=sort.startswith("-"), nulls_last=True, maintain_order=True)["at"]
    )
    return rows[order.to_numpy()]


def columns_beside(snapshot: Snapshot) -> dict[str, str]:
    """Column that filters may name → the column that people brought and that it shows."""
    taken = (*SCHEMA, "label", CAPTION, *PREDICTED, *snapshot.others, *_OF_MAP)
    return brought.beside(snapshot, taken)


def asks_classes(where: Sequence[str]) -> bool:
    """Whether a filter looks at predictions, which need classes.

    Raises:
        WinnowError: a filter without a column or an operator.
    """
    return any(_OF_CLASSES(filters.parse(written).column) for written in where)


def _table(snapshot: Snapshot, conditions: Sequence[filters.Condition]) -> pl.DataFrame:
    """What filters look at, one row a file; predictions only where a filter asks for them."""
    pool = snapshot.pool
    asked = {_OWN(condition.column) or condition.column for condition in conditions}
    nothing: list[None] = [None] * len(pool)
    columns: dict[str, Sequence[object]] = {"id": pool.ids, "label": snapshot.labels.texts()}
    columns[CAPTION] = _captions(snapshot) if CAPTION in asked else nothing
    columns |= _predicted(snapshot) if asked & set(PREDICTED) else dict.fromkeys(PREDICTED, nothing)
    others = {name: labels.texts() for name, labels in snapshot.others.items()}
    columns |= others
    types = dict.fromkeys(("id", "label", CAPTION, "class", *others), pl.String)
    more = pl.DataFrame(columns, schema=types | {"confidence": pl.Float64})
    catalog = snapshot.workspace.catalog
    files = snapshot.share(
        "files", pool.version, lambda: read_catalog(catalog).drop("problem"), keep=1
    )
    own = columns_beside(snapshot)
    named = Matcher.of([*files.columns, *more.columns, *own])
    # Where a filter names no column, all are there for the message.
    meant = set(map(named, asked))
    wanted = [column for column in own if column in meant or None in meant]
    more = more.with_columns(
        brought.series(snapshot, own[column]).alias(column) for column in wanted
    )
    return files.join(more, on="id", how="inner", maintain_order="left")


def _captions(snapshot: Snapshot) -> list[str | None]:
    """(N,) the captions of each image, one a line."""
    captions = snapshot.captions
    return ["\n".join(captions[i]) if i in captions else None for i in snapshot.pool.ids]


def _predicted(snapshot: Snapshot) -> dict[str, Sequence[object]]:
    """(N,) class and confidence of each image."""
    snapshot.classes.checked("The classes that a filter asks for")
    predictions = predict(snapshot)
    return {
        "class": [predictions.names[k] for k in predictions.assigned],
        "confidence": predictions.assigned_probability().tolist(),
    }
