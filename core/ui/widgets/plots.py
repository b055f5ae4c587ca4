"""Small charts as SVG: drawn at once, without a library of charts. Browser part: ``plot.js``.

They take the colours of the theme, tell what a mark says where the pointer rests on it, and have a
sentence for people who do not see them. For charts that are zoomed or clicked there is plotly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from core.ui.widgets import mount

Point = tuple[float, float]
WIDTH = 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 44
_HERE, _SVG = Path(__file__).parent, "http://www.w3.org/2000/svg"


@dataclass(frozen=True)
class Axis:
    """What one direction of a chart means.

    Attributes:
        low, high: the values at its ends.
        ticks: values that are written, each with its text.
    """

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def place(self, value: float, start: float, end: float) -> float:
        """Where a value lies between two places in pixels."""
        return start + (end - start) * (value - self.low) / (self.high - self.low)


@dataclass
class Plot:
    """Marks on two axes, drawn in the order in which they are added."""

    x: Axis
    y: Axis
    height: int = 320
    _marks: list[str] = field(default_factory=list)

    def at(self, point: Point) -> Point:
        """Where a point lies, in pixels from the upper left."""
        return (
            self.x.place(point[0], _LEFT, WIDTH - _RIGHT),
            self.y.place(point[1], self.height - _BOTTOM, _TOP),
        )

    def line(
        self, points: Sequence[Point], colour: str, width: float = 1.5, dots: bool = False
    ) -> None:
        """Join points.

        Args:
            dots: draw a dotted line.
        """
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, points))
        dash = ' stroke-dasharray="2 4"' if dots else ""
        self._marks.append(
            f'<polyline points="{places}" fill="none" stroke="{escape(colour, quote=True)}" '
            f'stroke-width="{width}"{dash}></polyline>'
        )

    def dot(self, point: Point, colour: str, tells: str) -> None:
        """Mark a point.

        Args:
            tells: what it says where the pointer rests on it.
        """
        x, y = self.at(point)
        self._marks.append(
            f'<g><title>{escape(tells)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" '
            f'fill="{escape(colour, quote=True)}"></circle>'
            f'<circle class="wpl-hit" cx="{x:.1f}" cy="{y:.1f}" r="12"></circle></g>'
        )

    def show(self, key: str, tells: str) -> None:
        """Draw the chart on the page, see ``markup``."""
        mount.element(_HERE, "plot")(key=key, data={"svg": self.markup(tells)})

    def markup(self, tells: str) -> str:
        """The chart as SVG.

        Args:
            tells: what it shows, for people who do not see it.
        """
        return (
            f'<svg xmlns="{_SVG}" viewBox="0 0 {WIDTH} {self.height}" role="img" '
            f'aria-label="{escape(tells, quote=True)}">{self._axes()}{"".join(self._marks)}</svg>'
        )

    def _axes(self) -> str:
        bottom, right = self.height - _BOTTOM, WIDTH - _RIGHT
        drawn = []
        for value, text in self.x.ticks:
            x = self.at((value, self.y.low))[0]
            drawn.append(f'<path class="wpl-grid" d="M{x:.1f} {_TOP}V{bottom}"></path>')
            drawn.append(_text(x, bottom + 16, text, "middle"))
        for value, text in self.y.ticks:
            y = self.at((self.x.low, value))[1]
            drawn.append(f'<path class="wpl-grid" d="M{_LEFT} {y:.1f}H{right}"></path>')
            drawn.append(_text(_LEFT - 6, y + 4, text, "end"))
        middle = (_TOP + bottom) / 2
        drawn.append(_text((_LEFT + right) / 2, self.height - 6, self.x.title, "middle"))
        turned = f' transform="rotate(-90 12 {middle:.1f})"'
        drawn.append(_text(12, middle, self.y.title, "middle", turned))
        return "".join(drawn)


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'
