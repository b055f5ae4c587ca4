"""The map element: points out as bytes, what was drawn around them in. Browser part: ``map/``."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from core.map.polygon import inside
from core.project.pool import Pool
from core.ui.clusters.parts import Details, parts
from core.ui.clusters.view import View
from core.ui.widgets import mount

HEIGHT = 520
_HERE = Path(__file__).parent
_MOST_CORNERS = 20_000
Mode = Literal["replace", "add", "remove"]


@dataclass(frozen=True)
class Message:
    """What was drawn on the map or pressed: rows it touches and what to do with them.

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


def draw(key: str, view: View, selected: np.ndarray) -> None:
    """Mount the element.

    Args:
        selected: (n,) rows to highlight.
    """
    workspace, codes, visible = view.snapshot.key, view.colours.codes, view.visible
    points = view.layout.points
    details = Details(view.snapshot.pool, view.predictions, view.clusters)
    mount.element(_HERE, "map")(
        key=key,
        data={
            "base": f"/map/{workspace}",
            "details": f"/point/{workspace}/{parts.describe(workspace, details)}",
            "count": len(points),
            "height": HEIGHT,
            "view": asdict(view.layout.view),
            "positions": _positions(view),
            "colours": parts.put(
                workspace, (version(details.pool, points), _mark(codes)), lambda: codes
            ),
            "visible": None
            if visible is None
            else parts.put(workspace, _mark(visible), lambda: visible.view(np.uint8)),
            "selected": parts.put(workspace, _mark(selected), lambda: selected.astype("<u4"))
            if len(selected)
            else None,
            "palette": view.colours.palette,
            "legend": view.colours.legend(),
        },
        default={"said": None},
        on_said_change=lambda: None,
    )


def received(key: str, view: View) -> Message | None:
    """The latest message of the element, resolved on the points and colours that it shows.

    None for nothing, for a message about other points, and for one that has not the expected form:
    it comes from a browser.
    """
    message = mount.value(key, "said")
    if not isinstance(message, dict) or not isinstance(message.get("id"), str):
        return None
    if message.get("clear"):
        return Message(message["id"], "replace", None)
    if message.get("version") != _positions(view):
        return None
    mode: Mode = message["mode"] if message.get("mode") in ("add", "remove") else "replace"
    if "row" in message:
        row = message["row"]
        exists = isinstance(row, int) and 0 <= row < len(view.layout.points)
        return Message(message["id"], mode, np.array([row])) if exists else None
    corners = _corners(message.get("polygon"))
    if corners is None:
        return None
    return Message(message["id"], mode, _rows_within(corners, view, message.get("hidden")))


def _rows_within(corners: np.ndarray, view: View, hidden: object) -> np.ndarray:
    """Rows (n,) of the images drawn around, less those that nobody sees.

    Args:
        hidden: colour codes that are hidden in the legend, as the browser says.
    """
    drawn_around = inside(view.layout.points, corners)
    if view.visible is not None:
        drawn_around &= view.visible
    if isinstance(hidden, list) and hidden:
        numbers = [code for code in hidden if isinstance(code, int)]
        drawn_around &= ~np.isin(view.colours.codes, numbers)
    return np.flatnonzero(drawn_around)


def _positions(view: View) -> str:
    """The token of the points that the element shows."""
    points = view.layout.points
    subject = (version(view.snapshot.pool, points), "positions")
    return parts.put(view.snapshot.key, subject, lambda: points.astype("<f4", copy=False))


def _mark(array: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=8).hexdigest()


def combine(selected: Sequence[str], message: Message, pool: Pool) -> list[str]:
    """Image ids of a selection after a message, in the order of the pool."""
    if message.rows is None:
        return []
    named = {pool.ids[row] for row in message.rows}
    if message.mode == "add":
        named |= set(selected)
    elif message.mode == "remove":
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
