"""The images that can be worked with at one moment: a read-only snapshot of catalog and vectors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.store.catalog import ImageRow, read_catalog, to_rows
from core.store.vectors import VectorStore
from core.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Pool:
    """One row a distinct image (content id), ordered by path.

    Attributes:
        ids: (N,) image ids.
        files: (N,) the catalog rows of each id; more than one for exact duplicates.
        vectors: (N, D) float32, unit norm, read-only.
        version: changes whenever the snapshot would differ.
    """

    ids: list[str]
    files: list[list[ImageRow]]
    vectors: np.ndarray
    version: str
    identity: str
    rows: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def paths(self) -> list[str]:
        """(N,) the first path of each image."""
        return [rows[0].path for rows in self.files]

    def row_of_path(self) -> dict[str, int]:
        """Relative path → row, duplicates included."""
        return {file.path: row for row, files in enumerate(self.files) for file in files}


def pool_version(workspace: Workspace) -> str:
    """A cheap value that changes when the catalog or the active vectors change."""
    if workspace.encoder is None:
        return "empty"
    marks = [workspace.encoder.identity]
    folder = workspace.vectors(workspace.encoder.identity)
    for path in [workspace.catalog, *sorted(folder.glob("*.idx"))]:
        if path.exists():
            stat = path.stat()
            marks.append(f"{stat.st_size}.{stat.st_mtime_ns}")
    return "-".join(marks)


def load_pool(workspace: Workspace) -> Pool:
    """Read the snapshot; empty when nothing is embedded yet."""
    version = pool_version(workspace)
    if workspace.encoder is None:
        return Pool([], [], np.zeros((0, 1), dtype=np.float32), version, "")
    encoder = workspace.encoder
    store = VectorStore(workspace.vectors(encoder.identity), encoder.dim)
    files: dict[str, list[ImageRow]] = {}
    for row in to_rows(read_catalog(workspace.catalog)):
        if row.id is not None and row.problem is None and row.id in store:
            files.setdefault(row.id, []).append(row)
    ids = list(files)
    vectors = store.get(ids)
    vectors.setflags(write=False)
    return Pool(
        ids,
        list(files.values()),
        vectors,
        version,
        encoder.identity,
        {image_id: row for row, image_id in enumerate(ids)},
    )
