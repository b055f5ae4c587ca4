"""Which images pass filters: on their files, labels, captions and predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.project.snapshot import Snapshot
from core.search import filters
from core.services.predict.predicting import predict
from core.store.catalog import read_catalog

PREDICTED = ("class", "confidence")
"""Columns that filters may name and that only predictions can fill."""

CAPTION = "caption"
"""Column of what people brought; of an image with several captions, one a line."""


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


def asks_classes(where: Sequence[str]) -> bool:
    """Whether a filter looks at predictions, which need classes.

    Raises:
        WinnowError: a filter without a column or an operator.
    """
    return any(filters.parse(written).column in PREDICTED for written in where)


def _table(snapshot: Snapshot, conditions: Sequence[filters.Condition]) -> pl.DataFrame:
    """What filters look at, one row a file; predictions only where a filter asks for them."""
    pool, asked = snapshot.pool, {condition.column for condition in conditions}
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
