"""What is searched for, and what a search gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.search.collection import Kind

SORTED = 1_920
"""Of how many of the best results a search by text or image sorts by a column."""
By = Literal["meaning", "words", "both"]


@dataclass(frozen=True)
class Request:
    """What is searched for; filters alone list the images that pass.

    Attributes:
        text: terms with signs and weights, see `core.search.query`; may be empty.
        like, unlike: ids of images of the collection.
        vectors, unlike_vectors: images from elsewhere, (D,) each, see
            `core.services.search.examples`.
        where: filters, see `core.search.filters`; all must hold.
        min_score: hits below are left out; None keeps all.
        method: "exact" compares all images also where an index is at hand.
        sort: a column that filters may name, by which the images that pass are listed, or of a
            search the best `SORTED`; "-" in front begins with the greatest; "" sorts by how well
            they fit, or by path.
        by: whether the text is what images show, or words that people brought with them, or both
            in one ranking; see `core.services.search.finding`.
        words_in: the column whose words are searched, or "all".
    """

    text: str = ""
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    vectors: tuple[np.ndarray, ...] = ()
    unlike_vectors: tuple[np.ndarray, ...] = ()
    where: tuple[str, ...] = ()
    k: int = 20
    min_score: float | None = None
    method: Literal["auto", "exact"] = "auto"
    sort: str = ""
    by: By = "meaning"
    words_in: str = "all"

    @property
    def filters_only(self) -> bool:
        """Whether there is nothing to compare images with."""
        examples = (self.like, self.unlike, self.vectors, self.unlike_vectors)
        return bool(self.where or self.sort) and not self.text.strip() and not any(examples)


@dataclass(frozen=True)
class Result:
    """An image that fits; a greater ``score`` fits better, None where only filters asked."""

    path: str
    score: float | None
    id: str


@dataclass(frozen=True)
class Answer:
    """Results, best first.

    Attributes:
        kind: whether all images were compared, an index answered, or filters alone did; or words
            did, or both words and meaning.
        recall: measured share of the true ten nearest that the index finds; 1 when exact.
        searched: images that passed the filters.
        note: what the user should know of how this came about, else empty.
        total: results that there are, with those beyond ``k``; None where that is not known.
    """

    results: list[Result]
    kind: Kind | Literal["filter", "words", "both"]
    recall: float
    searched: int
    note: str = ""
    total: int | None = None
