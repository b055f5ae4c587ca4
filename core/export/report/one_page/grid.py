"""How many columns and pictures the classes get, so that all of them fit one page."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

GAP = 2.4
"""Millimetres between two classes."""
PICTURE_GAP = 0.8
"""Millimetres between two pictures."""
_LARGEST = 40.0  # of a picture, in millimetres
_MOST_COLUMNS, _MOST_ROWS = 8, 3
_MOST_PICTURES = 18  # a class


@dataclass(frozen=True)
class Grid:
    """A layout; all lengths in millimetres.

    Attributes:
        columns, rows: of classes.
        across, down: pictures of a class, side by side and below one another.
        side: of a picture, which is square.
        width, height: of a class, with its name.
        head: height of the line with the name.
    """

    columns: int
    rows: int
    across: int
    down: int
    side: float
    width: float
    height: float
    head: float

    @property
    def pictures(self) -> int:
        """Pictures of a class."""
        return self.across * self.down

    def place(self, number: int) -> tuple[float, float]:
        """Left and top of a class, from those of the grid."""
        row, column = divmod(number, self.columns)
        return column * (self.width + GAP), row * (self.height + GAP)


def grid(classes: int, width: float, height: float) -> Grid:
    """The layout that shows the largest area of pictures, and of equal ones that with more columns.

    Args:
        classes: how many, at least 1.
        width, height: of the place for them, in millimetres.
    """
    head = 5.0 if classes <= 24 else 4.0
    layouts = [
        _filled(columns, ceil(classes / columns), down, width, height, head)
        for columns in range(1, min(_MOST_COLUMNS, classes) + 1)
        for down in range(1, _MOST_ROWS + 1)
    ]
    return max(layouts, key=lambda each: (classes * each.pictures * each.side**2, each.columns))


def _filled(columns: int, rows: int, down: int, width: float, height: float, head: float) -> Grid:
    own_width = (width - GAP * (columns - 1)) / columns
    own_height = (height - GAP * (rows - 1)) / rows
    side = (own_height - head - PICTURE_GAP * (down - 1)) / down
    side = max(0.0, min(side, _LARGEST, own_width))
    across = int((own_width + PICTURE_GAP + 1e-9) // (side + PICTURE_GAP)) if side else 0
    across = min(across, _MOST_PICTURES // down)
    used = head + down * side + PICTURE_GAP * (down - 1)
    return Grid(columns, rows, across, down, side, own_width, used, head)
