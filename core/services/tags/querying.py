"""Questions in SQL to a project: its images, their labels, predictions and tags."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.project.project import Project
from core.search import sql
from core.services.tags.tables import image_table, long_table, wide_table
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


def tables(project: Project, tags: Tags, predicted: bool = True) -> dict[str, pl.DataFrame]:
    """The tables that a query can read.

    ``images``: one row an image with its file, its label (what people said), with ``predicted``
    and classes also class, class_confidence and class_source, then for each tag its confidence and
    its band.
    ``tags``: one row an image and tag.
    """
    if tags.tags:
        tagged = project.tagging().score(tags)
        result = {"images": wide_table(tagged), "tags": long_table(tagged)}
    else:
        result = {"images": image_table(project.pool())}
    labels = project.labels.classes()
    said = [labels.get(image_id) for image_id in result["images"]["id"]]
    extra = {"label": pl.Series("label", said, dtype=pl.String)}
    vocabulary = project.vocabulary()
    if predicted and not vocabulary.problem():
        predictions = project.predict(vocabulary)
        names = pl.Series(predictions.names, dtype=pl.String)
        extra["class"] = names.gather(predictions.assigned)
        extra["class_confidence"] = pl.Series(predictions.confidence())
        sources = [predictions.source(row) for row in range(len(said))]
        extra["class_source"] = pl.Series(sources, dtype=pl.String)
    images = result["images"]
    at = images.columns.index("copies") + 1
    shown = [*images.columns[:at], *extra, *images.columns[at:]]
    result["images"] = images.with_columns(**extra).select(shown)
    return result


def ask(project: Project, text: str, tags: Tags, seconds: float = sql.SECONDS) -> Answer:
    """Answer a query.

    Raises:
        WinnowError: it is no SELECT over the tables, takes too long, or the engine refuses it.
    """
    query = sql.read(text)
    result = sql.run(query, tables(project, tags, _predicted(query)), seconds)
    return Answer(result.frame, result.cut, _ids(project, result.frame))


def _predicted(query: sql.Query) -> bool:
    return query.everything or bool(query.names & PREDICTED)


def _ids(project: Project, frame: pl.DataFrame) -> list[str]:
    pool = project.pool()
    found: list[str] = []
    if "id" in frame.columns and frame["id"].dtype == pl.String:
        found = [i for i in frame["id"].to_list() if i in pool.rows]
    elif "path" in frame.columns and frame["path"].dtype == pl.String:
        rows = pool.row_of_path()
        found = [pool.ids[rows[path]] for path in frame["path"].to_list() if path in rows]
    return list(dict.fromkeys(found))
