"""What a run said of each image: counted, filtered and put in order, a page at a time.

Memory holds a class and a probability a file, whatever the size of the folder; all else is read
from the parts of the run when a page of rows is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from core.services.sorter import results
from core.services.sorter.classifying import Classified
from core.services.sorter.results import Tally

Order = Literal["least sure", "most sure", "path"]
NO_USE = -1
"""Class of a file that could not be used."""
_COLUMNS = ["path", "id", "class", "probability", "set"]


@dataclass(frozen=True)
class Row:
    """An image: its class, how probable that is, and the classes that cannot be ruled out.

    Attributes:
        inside: names of those classes; None where the model promises nothing.
    """

    path: str
    image_id: str
    name: str
    probability: float
    inside: list[str] | None


@dataclass(frozen=True, eq=False)
class Listing:
    """A run that has ended.

    Attributes:
        done: the run; its parts stay where they are.
        counted: what it came to.
        assigned: (F,) int32 class of each file by its place in the parts, `NO_USE` for none.
        probability: (F,) float32 of that class.
        notes: sentences that are worth knowing.
    """

    done: Classified
    counted: Tally
    assigned: np.ndarray
    probability: np.ndarray
    notes: tuple[str, ...] = ()

    def for_review(self, below: float) -> np.ndarray:
        """(F,) bool: less probable than ``below``."""
        return (self.assigned != NO_USE) & (self.probability < np.float32(below))

    def counts(self, below: float = 0.0) -> list[tuple[int, int]]:
        """(K,) images of each class, and how many of them are for review."""
        size, review = len(self.done.names), self.for_review(below)
        usable = self.assigned != NO_USE
        every = np.bincount(self.assigned[usable], minlength=size)
        unsure = np.bincount(self.assigned[review], minlength=size)
        return list(zip(every.tolist(), unsure.tolist(), strict=True))

    def places(
        self, category: int | None = None, order: Order = "least sure", below: float | None = None
    ) -> np.ndarray:
        """(n,) places of files, in order.

        Args:
            category: only this class; below: only what is less probable. None for all.
        """
        wanted = self.assigned != NO_USE if below is None else self.for_review(below)
        if category is not None:
            wanted = wanted & (self.assigned == category)
        places = np.flatnonzero(wanted)
        if order == "path":
            return places
        sign = 1 if order == "least sure" else -1
        return places[np.argsort(sign * self.probability[places], kind="stable")]

    def rows(self, places: Sequence[int] | np.ndarray) -> list[Row]:
        """The images at some places, in the order of these.

        Raises:
            WinnowError: the parts are gone.
        """
        parts, names = self.done.parts, self.done.names
        numbers = np.asarray(places, dtype=np.int64) // parts.size
        result: dict[int, Row] = {}
        for number in np.unique(numbers).tolist():
            frame = parts.read(number, _COLUMNS)
            for place in np.asarray(places)[numbers == number].tolist():
                path, image_id, k, probability, inside = frame.row(place - number * parts.size)
                among = None if inside is None else [names[one] for one in inside]
                result[place] = Row(path, image_id, names[k], probability, among)
        return [result[int(place)] for place in places]


def listing_of(done: Classified, notes: Sequence[str] = ()) -> Listing:
    """Read the parts of a run once."""
    counted = results.tally(done)
    assigned = np.full(done.parts.files, NO_USE, np.int32)
    probability = np.zeros(done.parts.files, np.float32)
    for span, frame in _spans(done):
        usable = frame["problem"].is_null().to_numpy()
        assigned[span] = np.where(usable, frame["class"].to_numpy(), NO_USE)
        probability[span] = np.where(usable, frame["probability"].to_numpy(), 0.0)
    return Listing(done, counted, assigned, probability, tuple(notes))


def _spans(done: Classified) -> Iterator[tuple[slice, pl.DataFrame]]:
    parts = done.parts
    for number in range(parts.count):
        yield parts.span(number), parts.read(number, ["problem", "class", "probability"])
