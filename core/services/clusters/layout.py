"""The map of a workspace: arranged once, then frozen. New images are placed on the old map.

A file per encoder in the cache holds every image that was ever on the map, with its place. An image
that is gone is not shown; should it come back, it is where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.map.layout import layout
from core.map.place import place
from core.map.view import FirstView, first_view
from core.project.derived import Derived, digest
from core.project.pool import Pool, file_mark
from core.project.snapshot import Snapshot
from core.runtime.progress import Report

_DRIFT_IMAGES = 20  # far images below which there is no telling drift from a few oddities
_DRIFT_SHARE = 0.1  # of the images placed since, by design 0.5 % are far where nothing has changed
_MOST_LANDMARKS = 100_000  # of very many images
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

    @cached_property
    def view(self) -> FirstView:
        """What is shown at first."""
        return first_view(self.points)


@dataclass(frozen=True, eq=False)
class _Places:
    """The file's content: M images with their ids as (M, 16) uint8."""

    ids: np.ndarray
    points: np.ndarray
    placed: np.ndarray
    far: np.ndarray

    def layout(self, rows: np.ndarray) -> Layout:
        """The map of the images at some rows of the file."""
        return Layout(self.points[rows], self.placed[rows], self.far[rows])


def layout_path(snapshot: Snapshot) -> Path:
    """Where the map of a collection's vectors is kept."""
    return snapshot.derived.path(_name(snapshot.pool))


def read_layout(snapshot: Snapshot) -> Layout | None:
    """The map of a collection, or None while an image of it has no place yet.

    Remembered for as long as its file is not written anew.
    """
    key = (snapshot.pool.version, file_mark(layout_path(snapshot)))
    return snapshot.share("layout", key, lambda: _read(snapshot), keep=1)


def _read(snapshot: Snapshot) -> Layout | None:
    pool, places = snapshot.pool, _places(snapshot.derived, snapshot.pool)
    if places is None or not len(pool):
        return None
    rows = _rows(places, pool)
    return None if (rows < 0).any() else places.layout(rows)


def waiting(snapshot: Snapshot) -> int | None:
    """How many images are still to be placed; None where there is no map to place them on."""
    return _waiting(_places(snapshot.derived, snapshot.pool), snapshot.pool)


def make_layout(snapshot: Snapshot, report: Report, afresh: bool = False) -> Layout:
    """Arrange the collection, or place what is new on the map there is, and keep that.

    Args:
        afresh: arrange even where there is a map; every image moves.

    Raises:
        Cancelled: asked to stop.
        WinnowError: the disk cannot take it.
    """
    pool, derived = snapshot.pool, snapshot.derived
    places = None if afresh else _places(derived, pool)
    missing = _waiting(places, pool)
    if places is None or missing is None:
        places = _arranged(pool, report)
    elif missing:
        places = _extended(places, pool, report)
    if missing != 0:
        derived.write(_name(pool), vars(places))
    return places.layout(_rows(places, pool))


def _waiting(places: _Places | None, pool: Pool) -> int | None:
    if places is None:
        return None
    rows = _rows(places, pool)
    arranged = (~places.placed[rows[rows >= 0]]).sum()
    return int((rows < 0).sum()) if arranged >= min(_LANDMARKS, len(places.ids)) else None


def _arranged(pool: Pool, report: Report) -> _Places:
    points = layout(pool.stored, report=report)
    none = np.zeros(len(pool), dtype=bool)
    return _Places(pool.id_bytes, points, none, none)


def _extended(places: _Places, pool: Pool, report: Report) -> _Places:
    rows = _rows(places, pool)
    new = np.flatnonzero(rows < 0)
    # Only arranged images count: so it makes no difference in which order new ones arrive.
    usable = np.flatnonzero((rows >= 0) & ~places.placed[np.maximum(rows, 0)])

    if pool.many:  # more of them make a place no better, and take memory
        usable = usable[:: max(1, len(usable) // _MOST_LANDMARKS)]
    placement = place(pool.some(new), pool.some(usable), places.points[rows[usable]], report)
    return _Places(
        np.concatenate([places.ids, pool.id_bytes[new]]),
        np.concatenate([places.points, placement.points]),
        np.concatenate([places.placed, np.ones(len(new), bool)]),
        np.concatenate([places.far, placement.far]),
    )


def _name(pool: Pool) -> str:
    return f"layouts/{digest(pool.identity)}.npz"


def _places(derived: Derived, pool: Pool) -> _Places | None:
    """The file's content; None when it is not there or damaged: the map can be made again."""
    return derived.recalled(_name(pool), _sound)


def _sound(written: Mapping[str, np.ndarray]) -> _Places | None:
    ids, points, placed, far = (written[name] for name in ("ids", "points", "placed", "far"))
    n = len(ids)
    fits = n > 0 and [a.shape for a in (ids, points, placed, far)] == [(n, 16), (n, 2), (n,), (n,)]
    kinds = [array.dtype for array in (ids, points, placed, far)]
    fits = fits and kinds == [np.uint8, np.float32, np.bool_, np.bool_]
    return _Places(ids, points, placed, far) if fits and np.isfinite(points).all() else None


def _rows(places: _Places, pool: Pool) -> np.ndarray:
    """(N,) the place of each image of the pool in the file, -1 for none."""
    # Ids are hashes, so half of one finds the row and the other half confirms it.
    stored, wanted = places.ids.view(np.uint64), pool.id_bytes.view(np.uint64)
    order = np.argsort(stored[:, 0], kind="stable")
    nearest = np.searchsorted(stored[order, 0], wanted[:, 0]).clip(max=len(order) - 1)
    rows = order[nearest]
    return np.where((stored[rows] == wanted).all(axis=1), rows, -1)
