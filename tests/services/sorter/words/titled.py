"""Pictures whose colour says nothing of their class, and titles that say it all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.store.labels.base import Event
from core.store.metadata.table import MetadataTable

CLASSES = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})
SILENT = 4
"""One picture in so many has no title."""


def titles_of(truth: dict[str, str], seed: int = 0) -> dict[str, str]:
    """Path → title; every fourth picture has none."""
    words = np.random.default_rng(seed).permutation(list(truth.values()))
    return {
        path: "" if number % SILENT == 0 else f"a {word} thing"
        for number, (path, word) in enumerate(zip(truth, words, strict=True))
    }


def class_of(title: str, colour: str) -> str:
    """What a title says, and the picture where there is none."""
    return title.split()[1] if title else colour


def titled(folder: Path, count: int = 90, labels: int = 60) -> tuple[Project, Snapshot]:
    """A project with that many labels of random images, and its snapshot in which titles speak."""
    truth = write_pictures(folder / "pictures", count)
    project = Project.open(folder / "pictures", folder / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(CLASSES)
    titles, pool = titles_of(truth), project.pool()
    rows = project.snapshot().audit_order[:labels]
    events = [
        Event(pool.ids[row], class_of(titles[path], truth[path]))
        for row in rows
        for path in [pool.paths[row]]
    ]
    if events:
        project.labels.add(events, "ann", "test")
    cells = pl.Series([titles[path] or None for path in pool.paths], dtype=pl.String)
    table = MetadataTable(("title",), {"title": "text"}, "one", pool.ids, {"title": cells})
    return project, replace(project.snapshot(), read_metadata=lambda: table, words="{title}")
