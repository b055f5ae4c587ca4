"""The Data page's pictures that deserve a look: with a problem, or almost the same twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.images.quality import FLAGS, flags
from core.project.snapshot import Snapshot
from core.store.catalog import read_catalog
from core.ui.data.tasks import duplicates
from core.ui.widgets import thumbs

SHOWN, GROUPS = 48, 12
_TITLES = {
    "blurred": "Blurred", "dark": "Dark", "bright": "Too bright", "blank": "Blank",
    "tiny": "Tiny", "odd_shape": "Very long or very tall",
}  # fmt: skip


def section(snapshot: Snapshot) -> None:
    """Pictures with a problem that did not keep them out, and near-duplicates."""
    flagged, groups = _flagged(snapshot), _near_duplicates(snapshot)
    if not flagged and not groups:
        return
    st.subheader("Worth a look")
    for name, rows in flagged.items():
        with st.expander(f"{_TITLES[name]}: {len(rows):,}"):
            _pictures(snapshot, rows[:SHOWN])
            if len(rows) > SHOWN:
                st.caption(f"The first {SHOWN}; the filters on Clusters show all.")
    if groups:
        images = sum(map(len, groups))
        with st.expander(f"Near-duplicates: {images:,} images in {len(groups):,} groups"):
            st.caption(
                "The same picture again, resized, recompressed or slightly cropped. Labeling asks "
                "for one of a group, and an export keeps a group in one split."
            )
            for rows in groups[:GROUPS]:
                _pictures(snapshot, rows, strip=True)
            if len(groups) > GROUPS:
                st.caption(f"The {GROUPS} largest groups.")


def _flagged(snapshot: Snapshot) -> dict[str, list[int]]:
    """Problem → rows of the images that have it, rising, without problems that no image has."""

    def find() -> dict[str, list[int]]:
        frame = flags(read_catalog(snapshot.workspace.catalog))
        rows_of = {
            name: np.unique(snapshot.pool.rows_of(frame.filter(frame[name])["id"])).tolist()
            for name in FLAGS
        }
        return {name: rows for name, rows in rows_of.items() if rows}

    return snapshot.share("flagged", snapshot.pool.version, find, keep=1)


def _near_duplicates(snapshot: Snapshot) -> list[list[int]]:
    """Rows of groups of two and more, the largest first; empty while they are looked for."""
    task = duplicates(snapshot)
    task.wait(1.0)
    if task.result is None:
        if task.running:
            st.caption("Looking for near-duplicates…")
        return []
    groups: np.ndarray = task.result
    # Nearly every image is alone: those are put aside before anything is done group by group.
    together = np.flatnonzero(np.bincount(groups)[groups] > 1)
    order = together[np.argsort(groups[together], kind="stable")]
    split = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(order) else []
    return sorted((rows.tolist() for rows in split), key=len, reverse=True)


def _pictures(snapshot: Snapshot, rows: Sequence[int], strip: bool = False) -> None:
    pool = snapshot.pool
    ids, paths = [pool.ids[row] for row in rows], [pool.paths[row] for row in rows]
    thumbs.show(snapshot.key, ids, titles=paths, size=92, strip=strip)
