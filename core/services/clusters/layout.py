"""The map of a workspace: arranged once, then frozen. New images are placed on the old map.

A file per encoder in the cache holds every image that was ever on the map, with its place. An image
that is gone is not shown; should it come back, it is where it was.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.project.pool import Pool
from core.project.project import Project
from core.runtime.files import write_atomic
from core.runtime.progress import Cancelled, Report

_DRIFT_IMAGES = 20  # far images below which there is no telling drift from a few oddities
_DRIFT_SHARE = 0.1  # of the images placed since, by design 0.5 % are far where nothing has changed
_LANDMARKS = 50  # arranged images below which nothing can be placed among them


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the images of a pool are, row by row.

    Attributes:
        points: (N, 2) float32.
        placed: (N,) bool, added to the map after it was arranged.
        far: (N,) bool, placed although unlike all that the map was arranged from.
    """

    points: np.ndarray
    placed: np.ndarray
    far: np.ndarray

    @property
    def drifted(self) -> bool:
        """So much is new that the map should be arranged afresh."""
        far, placed = int(self.far.sum()), int(self.placed.sum())
        unlike = far >= _DRIFT_IMAGES and far >= _DRIFT_SHARE * placed
        return unlike or placed > len(self.points) - placed


@dataclass(frozen=True, eq=False)
class _Kept:
    """The file's content: M images with their ids as (M, 16) uint8."""

    ids: np.ndarray
    points: np.ndarray
    placed: np.ndarray
    far: np.ndarray


def layout_path(project: Project, pool: Pool) -> Path:
    """Where the map of these vectors is kept."""
    name = hashlib.blake2b(pool.identity.encode(), digest_size=12).hexdigest()
    return project.workspace.cache / "layouts" / f"{name}.npz"


def read_layout(project: Project, pool: Pool) -> Layout | None:
    """The map of a pool, or None while an image of it has no place yet."""
    kept = _read(layout_path(project, pool))
    if kept is None or not len(pool):
        return None
    rows = _rows(kept, pool)
    if (rows < 0).any():
        return None
    return Layout(kept.points[rows], kept.placed[rows], kept.far[rows])


def waiting(project: Project, pool: Pool) -> int | None:
    """How many images are still to be placed; None where there is no map to place them on."""
    kept = _read(layout_path(project, pool))
    if kept is None:
        return None
    rows = _rows(kept, pool)
    arranged = (~kept.placed[rows[rows >= 0]]).sum()
    return int((rows < 0).sum()) if arranged >= min(_LANDMARKS, len(kept.ids)) else None


def make_layout(project: Project, report: Report, afresh: bool = False) -> Layout:
    """Arrange the present pool, or place what is new on the map there is, and keep that.

    Args:
        afresh: arrange even where there is a map; every image moves.

    Raises:
        Cancelled: asked to stop.
    """
    pool = project.pool()
    missing = None if afresh else waiting(project, pool)
    kept = _arranged(pool, report) if missing is None else _extended(project, pool, report)
    if missing != 0:
        buffer = io.BytesIO()
        np.savez(buffer, ids=kept.ids, points=kept.points, placed=kept.placed, far=kept.far)
        write_atomic(layout_path(project, pool), buffer.getvalue())
    rows = _rows(kept, pool)
    return Layout(kept.points[rows], kept.placed[rows], kept.far[rows])


def _arranged(pool: Pool, report: Report) -> _Kept:
    from core.map import layout as maps

    try:
        points = maps.layout(
            pool.vectors, progress=report.tell_share, cancelled=lambda: report.cancelled
        )
    except maps.Cancelled as error:
        raise Cancelled from error
    none = np.zeros(len(pool), dtype=bool)
    return _Kept(_as_bytes(pool.ids), points, none, none)


def _extended(project: Project, pool: Pool, report: Report) -> _Kept:
    from core.map.place import place

    kept = _read(layout_path(project, pool))
    assert kept is not None
    rows = _rows(kept, pool)
    new = np.flatnonzero(rows < 0)
    # Only arranged images count: so it makes no difference in which order new ones arrive.
    usable = np.flatnonzero((rows >= 0) & ~kept.placed[np.maximum(rows, 0)])

    def progress(share: float) -> None:
        report.tell_share(f"placing {len(new):,} new images", share)
        if report.cancelled:
            raise Cancelled

    found = place(pool.vectors[new], pool.vectors[usable], kept.points[rows[usable]], progress)
    return _Kept(
        np.concatenate([kept.ids, _as_bytes([pool.ids[row] for row in new])]),
        np.concatenate([kept.points, found.points]),
        np.concatenate([kept.placed, np.ones(len(new), bool)]),
        np.concatenate([kept.far, found.far]),
    )


def _read(path: Path) -> _Kept | None:
    """The file's content; None when it is not there or damaged: the map can be made again."""
    try:
        with np.load(path, allow_pickle=False) as content:
            ids, points, placed, far = (content[n] for n in ("ids", "points", "placed", "far"))
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
    n = len(ids)
    fits = n > 0 and [a.shape for a in (ids, points, placed, far)] == [(n, 16), (n, 2), (n,), (n,)]
    kinds = [array.dtype for array in (ids, points, placed, far)]
    fits = fits and kinds == [np.uint8, np.float32, np.bool_, np.bool_]
    return _Kept(ids, points, placed, far) if fits and np.isfinite(points).all() else None


def _rows(kept: _Kept, pool: Pool) -> np.ndarray:
    """(N,) the place of each image of the pool in the file, -1 for none."""
    # Ids are hashes, so half of one finds the row and the other half confirms it.
    known, wanted = kept.ids.view(np.uint64), _as_bytes(pool.ids).view(np.uint64)
    order = np.argsort(known[:, 0], kind="stable")
    found = np.searchsorted(known[order, 0], wanted[:, 0]).clip(max=len(order) - 1)
    rows = order[found]
    return np.where((known[rows] == wanted).all(axis=1), rows, -1)


def _as_bytes(ids: list[str]) -> np.ndarray:
    """Image ids as (N, 16) uint8."""
    return np.frombuffer(bytes.fromhex("".join(ids)), dtype=np.uint8).reshape(len(ids), 16)
