"""The scores of one image, without a dictionary for each."""

from collections.abc import Iterator, Mapping

import numpy as np


class ClassScores(Mapping[str, float]):
    """The scores of one image as a row of a matrix: a dictionary an image would take ten times the
    memory."""

    __slots__ = ("_columns", "row")

    def __init__(self, columns: Mapping[str, int], row: np.ndarray) -> None:
        """
        Args:
            columns: class → column, shared by all images, in the order of the columns.
            row: (K,) the scores.
        """
        self._columns = columns
        self.row = row

    def __getitem__(self, name: str) -> float:
        return float(self.row[self._columns[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
