"""How things of the Tags page look: the colours of the bands, and code."""

from __future__ import annotations

from core.ui.widgets.colours import NEUTRAL

COLOURS = {"accepted": "#009E73", "tentative": "#E69F00", "rejected": NEUTRAL}
"""Of the bands, wherever they are shown; not told apart by red and green."""
CODE = (
    "<style>.st-key-sql textarea,.st-key-tags-text textarea"
    "{font-family:ui-monospace,Consolas,monospace;font-size:14px}</style>"
)
"""Code stands in letters of one width."""
