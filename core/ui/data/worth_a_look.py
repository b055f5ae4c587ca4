"""The Data page's pictures that deserve a look: with a problem, or almost the same twice."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from core.images.quality import FLAGS, flags
from core.project.snapshot import Snapshot
from core.services.data.duplicates import groups_at_hand
from core.store.catalog import read_catalog
from core.ui.data.tasks import duplicates
from core.ui.session import behind
from core.ui.widgets import thumbs

SHOWN, GROUPS = 48, 12
_TITLES = {
    "blurred": "Blurred", "dark": "Dark", "bright": "Too bright", "blank": "Blank",
    "tiny": "Tiny", "odd_shape": "Very long or very tall",
}  # fmt: skip
_ALIKE = (
    "The same picture again, resized, recompressed or slightly cropped. Labeling asks for one of a "
    "group, and an export keeps a group in one split."
)
# Like the parts that Streamlit folds.
_STYLE = """<style>
.wlk{border:1px solid rgba(128,140,140,.3);border-radius:4px;margin-bottom:16px}
.wlk summary{cursor:pointer;padding:8px 12px;list-style:none;display:flex;gap:8px;
align-items:center;min-height:24px}
.wlk summary::before{content:"";flex:none;width:6px;height:6px;margin:0 4px 0 2px;
border:solid currentColor;border-width:0 1.5px 1.5px 0;transform:rotate(-45deg)}
.wlk[open] summary::before{transform:rotate(45deg)}
.wlk summary:focus-visible{outline:2px solid #0f766e;outline-offset:1px}
.wlk .wn-grid,.wlk .wn-strip{margin:4px 12px 10px}
.wlk p{margin:0 12px 8px;font-size:14px;opacity:.8}
</style>"""


def section(snapshot: Snapshot) -> None:
    """Pictures with a problem that did not keep them out, and near-duplicates."""
    flagged, groups = _flagged(snapshot), _near_duplicates(snapshot)
    if not flagged and not groups:
        return
    st.subheader("Worth a look")
    parts = []
    for name, rows in flagged.items():
        more = f"The first {SHOWN}; the filters on Clusters show all." if len(rows) > SHOWN else ""
        title = f"{_TITLES[name]}: {len(rows):,}"
        parts.append(_folded(title, _pictures(snapshot, rows[:SHOWN]), after=more))
    if groups:
        images = sum(map(len, groups))
        title = f"Near-duplicates: {images:,} images in {len(groups):,} groups"
        strips = "".join(_pictures(snapshot, rows, strip=True) for rows in groups[:GROUPS])
        more = f"The {GROUPS} largest groups." if len(groups) > GROUPS else ""
        parts.append(_folded(title, strips, _ALIKE, more))
    st.html(thumbs.STYLE + _STYLE + "".join(parts))


def _folded(title: str, pictures: str, before: str = "", after: str = "") -> str:
    """A part that unfolds in the browser; its pictures are asked for then."""
    lines = [f"<p>{escape(text)}</p>" if text else "" for text in (before, after)]
    return (
        f'<details class="wlk"><summary>{escape(title)}</summary>{lines[0]}{pictures}{lines[1]}'
        "</details>"
    )


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
    groups = _groups(snapshot)
    if groups is None:
        return []
    # Nearly every image is alone: those are put aside before anything is done group by group.
    together = np.flatnonzero(np.bincount(groups)[groups] > 1)
    order = together[np.argsort(groups[together], kind="stable")]
    split = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(order) else []
    return sorted((rows.tolist() for rows in split), key=len, reverse=True)


def _groups(snapshot: Snapshot) -> np.ndarray | None:
    """(N,) group of each image; None, which is said, while they are looked for."""
    if snapshot.alike_key:  # of very many, one search finds these and other look-alikes
        behind.say_alike(snapshot)
        return groups_at_hand(snapshot)
    task = duplicates(snapshot)
    task.wait(1.0)
    if task.running:
        st.caption("Looking for near-duplicates…")
    groups: np.ndarray | None = task.result
    return groups


def _pictures(snapshot: Snapshot, rows: Sequence[int], strip: bool = False) -> str:
    pool = snapshot.pool
    ids, paths = [pool.ids[row] for row in rows], [pool.paths[row] for row in rows]
    return thumbs.markup(snapshot.key, ids, titles=paths, size=92, strip=strip)
