"""Groups of images as a list: each opens to show some of its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from core.images.names import shown
from core.learn.judging.intervals import share_interval
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.data.metadata.grouping import shares_table
from core.store.spreadsheets import safe_csv
from core.ui.shared.columns import grouping
from core.ui.shared.columns.grouping import By
from core.ui.widgets import thumbs

PICTURES = 12
_LONGEST = 80  # characters of a group's name
_STYLE = """<style>
.wgr{border-bottom:1px solid rgba(128,140,140,.3);font-size:14px}
.wgr summary{cursor:pointer;padding:6px 2px;display:flex;flex-wrap:wrap;gap:2px 12px;
align-items:center}
.wgr summary::before{content:"▸";flex:none;width:10px}
.wgr[open] summary::before{content:"▾"}
.wgr summary:focus-visible{outline:2px solid #0f766e;outline-offset:1px}
.wgr b{flex:1 1 160px;min-width:0;font-weight:600;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap}
.wgr-n{flex:none;font-variant-numeric:tabular-nums;opacity:.85}
.wgr-bar{flex:0 1 180px;min-width:90px;height:10px;display:flex;border-radius:2px;overflow:hidden;
background:rgba(128,140,140,.2)}
.wgr-bar i{height:100%}
.wgr-t{flex:2 1 220px;min-width:0;opacity:.85;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap}
.wgr .wn-strip{padding:2px 0 8px 12px}
</style>"""


def section(
    snapshot: Snapshot,
    key: str,
    predictions: Predictions | None,
    rows: np.ndarray | None = None,
    right: np.ndarray | None = None,
) -> None:
    """Draw the field, and the groups once something is picked.

    Args:
        key: of the field; the other elements have keys that begin so.
        predictions: of the images, for the classes within groups.
        rows: (n,) of the pool, the images to group; None for all.
        right: (n,) bool, which of them are predicted rightly.
    """
    by = grouping.choose(snapshot, key, predictions)
    if by is not None:
        at = np.arange(len(snapshot)) if rows is None else rows
        show(snapshot, key, by, predictions, at, right)


def show(
    snapshot: Snapshot,
    key: str,
    by: By,
    predictions: Predictions | None,
    rows: np.ndarray,
    right: np.ndarray | None = None,
) -> None:
    """Draw the groups; arguments as of `section`."""
    made = by.groups(rows)
    if not made.names:
        st.caption("There is no image to group.")
        return
    lines = []
    for entry in grouping.described(made, predictions, rows):
        own = made.members(entry["number"])
        note = "" if right is None else _right(right[own])
        lines.append(_markup(snapshot, entry, rows[own[:PICTURES]], note))
    st.html(thumbs.STYLE + _STYLE + "".join(lines))
    st.download_button(
        "Table as CSV", lambda: _table(by, predictions, rows), "groups.csv", key=f"{key}-csv",
        icon=":material/download:", on_click="ignore",
        help="Every value of the column with its images, also those that share the last group.",
    )  # fmt: skip


def _table(by: By, predictions: Predictions | None, rows: np.ndarray) -> bytes:
    every = by.groups(rows, most=None)
    if predictions is None:
        return safe_csv(shares_table(every))
    return safe_csv(shares_table(every, predictions.assigned[rows], predictions.names))


def _right(right: np.ndarray) -> str:
    low, high = share_interval(int(right.sum()), len(right))
    return f"{right.mean():.0%} right ({low:.0%} – {high:.0%})"


def _markup(snapshot: Snapshot, entry: Mapping[str, Any], rows: np.ndarray, note: str) -> str:
    """One group as HTML."""
    pool = snapshot.pool
    name = shown(entry["name"])
    short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
    bar = "".join(
        f'<i title="{escape(shown(part["name"]), quote=True)} {part["share"]:.1%}" '
        f'style="width:{100 * part["share"]:.2f}%;background:{part["colour"]}"></i>'
        for part in entry["parts"]
    )
    pictures = thumbs.markup(
        snapshot.key,
        [pool.ids[row] for row in rows.tolist()],
        titles=[pool.paths[row] for row in rows.tolist()],
        size=96,
        strip=True,
    )
    return (
        f'<details class="wgr"><summary><b title="{escape(name, quote=True)}">{escape(short)}</b>'
        f'<span class="wgr-n">{entry["size"]:,} · {entry["share"]}</span>'
        + (f'<span class="wgr-n">{note}</span>' if note else "")
        + (f'<span class="wgr-bar">{bar}</span>' if bar else "")
        + f'<span class="wgr-t">{escape(shown(entry["text"]))}</span></summary>{pictures}</details>'
    )
