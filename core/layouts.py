"""The map of a pool: computed once, kept in the workspace's cache, read back when it fits."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from core.pool import Pool
from core.project import Project
from core.store.atomic import write_atomic
from core.tasks import Cancelled, Report


def layout_path(project: Project, pool: Pool) -> Path:
    """Where the layout of exactly these images and vectors is kept."""
    content = hashlib.blake2b(digest_size=12)
    content.update(pool.identity.encode())
    for image_id in pool.ids:
        content.update(bytes.fromhex(image_id))
    return project.workspace.cache / "layouts" / f"{content.hexdigest()}.npy"


def read_layout(project: Project, pool: Pool) -> np.ndarray | None:
    """The layout (N, 2) float32 of a pool, or None when it has to be computed (again)."""
    path = layout_path(project, pool)
    try:
        points = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return points if points.shape == (len(pool), 2) else None


def make_layout(project: Project, report: Report) -> np.ndarray:
    """Compute and keep the layout of the present pool.

    Raises:
        Cancelled: asked to stop.
    """
    from core.map import layout as maps

    pool = project.pool()
    known = read_layout(project, pool)
    if known is not None:
        return known
    try:
        points = maps.layout(
            pool.vectors,
            progress=report.tell_share,
            cancelled=lambda: report.cancelled,
        )
    except maps.Cancelled as error:
        raise Cancelled from error
    buffer = io.BytesIO()
    np.save(buffer, points, allow_pickle=False)
    write_atomic(layout_path(project, pool), buffer.getvalue())
    return points
