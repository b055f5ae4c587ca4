"""What all figures have in common: no frame of their own, names shown as they are."""

from __future__ import annotations

from typing import Any

_CLEAR = "rgba(0,0,0,0)"  # the page's own background, in either theme
FRAME: dict[str, Any] = {
    "margin": {"l": 0, "r": 0, "t": 10, "b": 0},
    "paper_bgcolor": _CLEAR,
    "plot_bgcolor": _CLEAR,
}
"""Layout of a plotly figure on a page."""


def plain_label(text: str) -> str:
    """Text that plotly's small HTML dialect shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
