"""The scores of one image, without a dictionary for each."""

from collections.abc import Iterator, Mapping

import numpy as np

from core.export.record.jsonfile import DECIMALS


class ClassScores(Mapping[str, float]):
    """The scores of one image as a row of a matrix: a dictionary an image would take ten times the
    memory. They are rounded as in the files, so that the order of two is the same there; when they
    are looked at, because a page that plans an export looks at none."""

    __slots__ = ("_columns", "_row")

    def __init__(self, columns: Mapping[str, int], row: np.ndarray) -> None:
        """
        Args:
            columns: class → column, shared by all images, in the order of the columns.
            row: (K,) the scores.
        """
        self._columns = columns
        self._row = row

    @property
    def row(self) -> np.ndarray:
        """(K,) float64, rounded."""
        return np.round(self._row.astype(np.float64), DECIMALS)

    def __getitem__(self, name: str) -> float:
        return float(np.round(np.float64(self._row[self._columns[name]]), DECIMALS))

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
