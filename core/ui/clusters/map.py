"""The map element: points out as bytes, what was drawn around them in. Browser part: ``map/``."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from core.map.polygon import inside
from core.project.pool import Pool
from core.project.project import Project
from core.ui.clusters.colouring import Colouring
from core.ui.clusters.parts import Details, parts

HEIGHT = 520
_HERE = Path(__file__).parent
_MOST_CORNERS = 20_000
Mode = Literal["replace", "add", "remove"]


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_map",
        css=(_HERE / "map.css").read_text("utf-8"),
        js=(_HERE / "map.js").read_text("utf-8"),
        isolate_styles=False,
    )


@dataclass(frozen=True)
class Said:
    """One message of the element: rows it touches and what to do with them.

    ``rows`` is None where everything is to be let go.
    """

    id: str
    mode: Mode
    rows: np.ndarray | None


def version(pool: Pool, points: np.ndarray) -> str:
    """Names the points that the element shows, in this order."""
    digest = hashlib.blake2b(pool.version.encode(), digest_size=8)
    digest.update(np.ascontiguousarray(points[:: max(1, len(points) // 1_000)]).tobytes())
    return digest.hexdigest()


def draw(
    key: str,
    project: Project,
    points: np.ndarray,
    colouring: Colouring,
    visible: np.ndarray | None,
    selected: np.ndarray,
    details: Details,
) -> None:
    """Mount the element.

    Args:
        points: (N, 2) float32, rows as in the pool of ``details``.
        visible: (N,) bool, None for all.
        selected: rows to highlight.
    """
    workspace, shown = project.key, version(details.pool, points)

    def mark(rows: np.ndarray) -> str:
        return hashlib.blake2b(np.ascontiguousarray(rows).tobytes(), digest_size=8).hexdigest()

    _component()(
        key=key,
        data={
            "base": f"/map/{workspace}",
            "details": f"/point/{workspace}/{parts.describe(workspace, details)}",
            "count": len(points),
            "height": HEIGHT,
            "positions": parts.put(
                workspace, (shown, "positions"), lambda: points.astype("<f4", copy=False)
            ),
            "colours": parts.put(
                workspace, (shown, mark(colouring.codes)), lambda: colouring.codes
            ),
            "visible": None
            if visible is None
            else parts.put(workspace, mark(visible), lambda: visible.view(np.uint8)),
            "selected": parts.put(workspace, mark(selected), lambda: selected.astype("<u4"))
            if len(selected)
            else None,
            "palette": colouring.palette,
            "legend": colouring.legend(),
        },
        default={"said": None},
        on_said_change=lambda: None,
    )


def said(
    key: str,
    project: Project,
    pool: Pool,
    points: np.ndarray,
    codes: np.ndarray,
    visible: np.ndarray | None,
) -> Said | None:
    """What the element says, resolved on the points and colours that it shows.

    None for nothing, for a message about other points, and for one that has not the expected form:
    it comes from a browser.
    """
    state = st.session_state.get(key)
    message = state["said"] if state and "said" in state else None
    if not isinstance(message, dict) or not isinstance(message.get("id"), str):
        return None
    if message.get("clear"):
        return Said(message["id"], "replace", None)
    positions = parts.put(
        project.key, (version(pool, points), "positions"), lambda: points.astype("<f4", copy=False)
    )
    if message.get("version") != positions:
        return None
    mode: Mode = message["mode"] if message.get("mode") in ("add", "remove") else "replace"
    if "row" in message:
        row = message["row"]
        known = isinstance(row, int) and 0 <= row < len(points)
        return Said(message["id"], mode, np.array([row])) if known else None
    corners = _corners(message.get("polygon"))
    if corners is None:
        return None
    found = inside(points, corners)
    if visible is not None:
        found &= visible
    hidden = message.get("hidden")
    if isinstance(hidden, list) and hidden:
        found &= ~np.isin(codes, [code for code in hidden if isinstance(code, int)])
    return Said(message["id"], mode, np.flatnonzero(found))


def combine(selected: Sequence[str], said: Said, pool: Pool) -> list[str]:
    """Image ids of a selection after a message, in the order of the pool."""
    if said.rows is None:
        return []
    named = {pool.ids[row] for row in said.rows}
    if said.mode == "add":
        named |= set(selected)
    elif said.mode == "remove":
        named = set(selected) - named
    return sorted((i for i in named if i in pool.rows), key=pool.rows.__getitem__)


def _corners(polygon: object) -> np.ndarray | None:
    """The polygon as (V, 2) numbers, or None."""
    if not isinstance(polygon, list) or not 3 <= len(polygon) <= _MOST_CORNERS:
        return None
    for corner in polygon:
        if not isinstance(corner, list) or len(corner) != 2:
            return None
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in corner):
            return None
    return np.array(polygon, dtype=np.float64)
