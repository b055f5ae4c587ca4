"""Questions in SQL to a project: its images, their labels, predictions and tags."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.search import sql
from core.services.data.metadata import columns as brought
from core.services.predict.predicting import predict
from core.services.tags.tables import image_table, long_table, wide_table
from core.services.tags.tagging import Tagging
from core.tags.vocabulary import Tags

PREDICTED = frozenset({"class", "class_confidence", "class_source"})
"""Columns of ``images`` that need the classes' predictions, which need the encoder."""


@dataclass(frozen=True)
class Answer:
    """What a query gave.

    Attributes:
        frame: the rows, at most ``sql.MAX_ROWS``.
        cut: whether there were more.
        ids: image ids among the rows, each once, in their order; empty when the query gives
            neither ``id`` nor ``path``.
    """

    frame: pl.DataFrame
    cut: bool
    ids: list[str]

    @property
    def note(self) -> str | None:
        """What the reader must know of the rows; None for nothing."""
        if not self.cut:
            return None
        return f"Only the first {sql.MAX_ROWS:,} rows are here: narrow the query or add a LIMIT."


def tables(
    snapshot: Snapshot, tagging: Tagging, tags: Tags, predicted: bool = True
) -> dict[str, pl.DataFrame]:
    """The tables that a query can read.

    ``images``: one row an image with its file, its label (what people said), those of the other
    questions (``label_`` and the question), with ``predicted``
    and classes also class, class_confidence and class_source, the columns that people brought, then
    for each tag its confidence and its band.
    ``tags``: one row an image and tag.
    """
    if tags.tags:
        tagged = tagging.score(snapshot, tags)
        result = {"images": wide_table(tagged), "tags": long_table(tagged)}
    else:
        result = {"images": image_table(snapshot.pool)}
    taken = {name.casefold() for name in result["images"].columns}
    answers = {"label": snapshot.labels}
    for name, labels in snapshot.others.items():
        answers[f"{name}_of_question" if name in taken else name] = labels  # a tag is called so
    extra = {
        name: pl.Series(name, labels.texts(), dtype=pl.String) for name, labels in answers.items()
    }
    if predicted and not snapshot.classes.problem():
        extra |= _predictions(snapshot)
    images = result["images"]
    own = (*images.columns, *extra, *PREDICTED)
    extra |= {name: brought.series(snapshot, column).rename(name)
              for name, column in brought.beside(snapshot, own).items()}  # fmt: skip
    at = images.columns.index("copies") + 1
    order = [*images.columns[:at], *extra, *images.columns[at:]]
    whole = images.with_columns(**extra)
    # By name, one by one: `select` takes "*" and "^x$" for patterns.
    result["images"] = pl.DataFrame([whole[name] for name in order])
    return result


def _predictions(snapshot: Snapshot) -> dict[str, pl.Series]:
    predictions = predict(snapshot)
    names = pl.Series(predictions.names, dtype=pl.String)
    sources = [predictions.source(row) for row in range(len(snapshot))]
    return {
        "class": names.gather(predictions.assigned),
        "class_confidence": pl.Series(predictions.assigned_probability()),
        "class_source": pl.Series(sources, dtype=pl.String),
    }


def ask(
    snapshot: Snapshot, tagging: Tagging, text: str, tags: Tags, seconds: float = sql.SECONDS
) -> Answer:
    """Answer a query.

    Args:
        text: the SQL.
        seconds: that it may take.

    Raises:
        WinnowError: it is no SELECT over the tables, takes too long, or the engine refuses it.
    """
    query = sql.read(text)
    result = sql.run(query, tables(snapshot, tagging, tags, _asks_predictions(query)), seconds)
    return Answer(result.frame, result.cut, _ids(snapshot.pool, result.frame))


def _asks_predictions(query: sql.Query) -> bool:
    return query.everything or bool(query.names & PREDICTED)


def _ids(pool: Pool, frame: pl.DataFrame) -> list[str]:
    ids: list[str] = []
    if "id" in frame.columns and frame["id"].dtype == pl.String:
        ids = [i for i in frame["id"].to_list() if i in pool.rows]
    elif "path" in frame.columns and frame["path"].dtype == pl.String:
        paths = ((path, None) for path in frame["path"].to_list())
        ids = [pool.ids[row] for row, _ in pool.match(paths).values]
    return list(dict.fromkeys(ids))
