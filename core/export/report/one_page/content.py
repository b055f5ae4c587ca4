"""What stands on the one page, in words, whatever it is written as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.export.report.text import printable

MOST_CLASSES = 60
"""Classes that are shown; the smaller ones beyond are counted together."""
_LONGEST = 400  # characters of a sentence: more would leave no room for the pictures


@dataclass(frozen=True)
class Group:
    """One class.

    Attributes:
        name: of the class.
        count: its images.
        pictures: JPEG files of some of them, drawn at random, square.
    """

    name: str
    count: int
    pictures: Sequence[bytes] = ()


@dataclass(frozen=True)
class Page:
    """The page.

    Attributes:
        title, date: what was sorted, and when.
        figures: (figure, what it is), a few; the first is the accuracy.
        summary: sentences below the title.
        groups: the classes to show, in their order.
        others: a sentence on those that are not shown; "" for none.
        promised, left: sentences on what was promised and what is left to look at.
        foot: sentences on the method, and what to know before using it.
    """

    title: str
    date: str
    figures: Sequence[tuple[str, str]]
    summary: Sequence[str]
    groups: Sequence[Group]
    others: str = ""
    promised: Sequence[str] = ()
    left: Sequence[str] = ()
    foot: Sequence[str] = field(default=())


def line(text: str) -> str:
    """A sentence as it stands on the page: one line, printable, not without end."""
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def of_hundred(value: float, low: float | None, high: float | None) -> str:
    """A share in words: "About 94 of 100, with 95 % confidence 89 to 97".

    The interval is rounded outwards, so that it never says more than it holds.
    """
    about = f"About {100 * value:.0f} of 100"
    if low is None or high is None:
        return about
    lowest, highest = int(100 * low), -int(-100 * high // 1)
    return f"{about} (with 95 % confidence {lowest} to {highest})"
