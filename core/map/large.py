"""The map of very many images, whose vectors stay on disk: a part arranged, the others placed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.map.neighbours import lists_of, near_in
from core.map.pca import main_axes
from core.map.place import LANDMARKS, among
from core.map.stage import Stage
from core.runtime.pausing import breathe
from core.runtime.rows import StoredRows

__all__ = ["layout_stored"]

_Float = NDArray[np.float32]
Arrange = Callable[[_Float, Stage], _Float]


def layout_stored(
    vectors: StoredRows,
    components: int,
    drawn: NDArray[np.intp],
    arrange: Arrange,
    whole: Stage,
    part: float,
) -> _Float:
    """Return (N, 2) places of (N, D) unit vectors, of which never more than a block is in memory.

    drawn: rows, rising, that `arrange` gives places to, by their first `components` principal
    components; each of the others goes among the ten of these that an index finds nearest (see
    `core.map.place`). part: share of the time that arranging takes.

    Raises `Cancelled` when asked to stop.
    """
    centre, axes = main_axes(vectors, components)  # type: ignore[arg-type]  # reads like an array
    turn, shift = axes.astype(np.float32), (centre @ axes).astype(np.float32)
    landmarks = vectors.only(drawn) @ turn - shift
    positions = arrange(landmarks, whole.part("", 0.0, part))
    result = np.empty((len(vectors), 2), dtype=np.float32)
    result[drawn] = positions
    is_other = np.ones(len(vectors), dtype=bool)
    is_other[drawn] = False
    placing, lists = whole.part("placing the others", part, 1.0), lists_of(landmarks)
    count = min(LANDMARKS, len(landmarks))
    for begin, block in vectors.numbered():
        breathe()
        own = is_other[begin : begin + len(block)]
        near, distances = near_in(lists, block[own] @ turn - shift, count)
        result[begin : begin + len(block)][own] = among(positions[near], distances)
        placing.reached((begin + len(block)) / len(vectors))
    return result
