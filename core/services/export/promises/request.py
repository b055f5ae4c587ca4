"""What is asked of an export: levels of precision and recall, signed folders, or prices."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.export.options import ExportOptions
from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.spelling import Matcher

LOOK = "review"
"""The column of a table of prices that says what a look at an image of the class costs."""


@dataclass(frozen=True)
class Prices:
    """What mistakes and looks cost.

    Attributes:
        names: the K classes.
        costs: (K, K) of an image truly of the row's class, sorted as the column's.
        look: of a person's look at an image.
    """

    names: tuple[str, ...]
    costs: tuple[tuple[float, ...], ...]
    look: float

    def matrix(self) -> np.ndarray:
        """(K, K) float64."""
        return np.array(self.costs, dtype=np.float64)


@dataclass(frozen=True)
class Request:
    """One of three things is asked for; an empty request asks for nothing.

    Attributes:
        level: share right of all that is sorted, but for classes with a level of their own.
        classes: (class or group, level) of those with one of their own.
        signed: only folders that were signed, whole or in part.
        prices: the cheapest decisions in place of a promise.
        recall: (class or group, level) of those of which so large a share is to be in their own
            folder or in review/; beside levels of precision, or alone.
    """

    level: float | None = None
    classes: tuple[tuple[str, float], ...] = ()
    signed: bool = False
    prices: Prices | None = None
    recall: tuple[tuple[str, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.level or self.classes or self.signed or self.prices or self.recall)


NOTHING = Request()
"""What asks for nothing."""


def requested(
    precision: Sequence[str] | None,
    signed: bool,
    prices: Path | None,
    names: Sequence[str],
    recall: Sequence[str] | None = None,
    groups: Sequence[str] = (),
) -> Request:
    """The request of a command line.

    Args:
        precision: shares such as "0.95", for all, and "CLASS=0.99", of a class or group.
        prices: a CSV file, see `read_prices`.
        names: the classes; groups: of classes.
        recall: shares such as "CLASS=0.9", of a class or group.

    Raises:
        WinnowError: a share is none, a class is unknown or named twice, or two kinds of promises
            are asked for at once.
    """
    levels = bool(precision) or bool(recall)
    if sum((levels, signed, prices is not None)) > 1:
        option = "--precision" if precision or not recall else "--recall"
        raise WinnowError(f"{option}, --signed and --costs exclude each other: give one of them.")
    if prices is not None:
        return Request(prices=read_prices(prices, names))
    every = [*names, *groups]
    right, recalls = _levels("--precision", precision, every), _levels("--recall", recall, every)
    if None in recalls:
        raise WinnowError(
            "--recall is of a class, because of all classes together nothing can be missed: give "
            "for example --recall CLASS=0.9."
        )
    return Request(right.pop(None, None), _named(right), signed, recall=_named(recalls))


def _levels(
    option: str, texts: Sequence[str] | None, names: Sequence[str]
) -> dict[str | None, float]:
    """Class or group, None for all → share."""
    levels: dict[str | None, float] = {}
    for text in texts or ():
        name, _, share = text.rpartition("=")
        own = class_named(name, names) if name else None
        if own in levels:
            raise WinnowError(
                f"{option} is given twice for {shown(own) if own else 'all classes'}: give it once."
            )
        levels[own] = share_of(share)
    return levels


def _named(levels: dict[str | None, float]) -> tuple[tuple[str, float], ...]:
    return tuple((name, level) for name, level in levels.items() if name)


def alone(options: ExportOptions, conformal: float | None) -> None:
    """Refuse other rules for review beside a promise: what they take away it does not speak of.

    Raises:
        WinnowError: there are any.
    """
    rules = (options.review_below, options.review_margin, options.review_ratio, conformal)
    if any(rule is not None for rule in rules):
        raise WinnowError(
            "A promise settles what goes to review, so it cannot be combined with another rule "
            "for review: leave one of them out."
        )


def share_of(text: str) -> float:
    """A share to promise; WinnowError when the text is none."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0.5 <= share < 1.0:
        raise WinnowError(
            f"What can be promised is a share from 0.5 to below 1, not {text!r}: "
            "give for example 0.95."
        )
    return share


def class_named(name: str, names: Sequence[str]) -> str:
    """The class, or group of classes, that a text means; WinnowError when it is none."""
    own = Matcher.of(names)(name)
    if own is None:
        raise WinnowError(
            f"There is no class {shown(name)!r} to promise something of; the classes are "
            f"{', '.join(map(shown, names[:10]))}."
        )
    return own


def read_prices(path: Path, names: Sequence[str]) -> Prices:
    """Read a table of prices.

    The first column names the true class, each other one the class that an image is sorted as, and
    the column `LOOK` what a look costs. Empty cells are 1, those of the right class 0.

    Raises:
        WinnowError: it cannot be read, lacks `LOOK`, names other classes, or a price is no number
            from 0.
    """
    try:
        text = inputs.read_text(path)
    except (OSError, ValueError) as error:
        raise WinnowError(f"The prices {path} cannot be read: {error}") from error
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    columns = [cell.strip() for cell in rows[0][1:]] if rows else []
    if LOOK not in columns:
        raise WinnowError(
            f"The prices {path} have no column {LOOK!r}, which says what a look at an image costs."
        )
    own = [None if column == LOOK else class_named(column, names) for column in columns]
    costs = 1.0 - np.eye(len(names))
    looks = set()
    for row in rows[1:]:
        true = names.index(class_named(row[0].strip(), names))
        for column, cell in zip(own, row[1:], strict=False):
            if not cell.strip():
                continue
            if column is None:
                looks.add(_price(cell, path))
            else:
                costs[true, names.index(column)] = _price(cell, path)
    if len(looks) != 1:
        raise WinnowError(
            f"The prices {path} must give one price of a look, the same in each row of the column "
            f"{LOOK!r} or in one of them."
        )
    return Prices(tuple(names), tuple(map(tuple, costs.tolist())), looks.pop())


def _price(cell: str, path: Path) -> float:
    try:
        price = float(cell)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise WinnowError(f"The prices {path} have {cell.strip()!r}, which is no number from 0.")
    return price
