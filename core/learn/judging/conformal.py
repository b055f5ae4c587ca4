"""Prediction sets: for each image the classes that cannot be ruled out, right as often as promised.

Split conformal prediction (Vovk et al.; Sadinle, Lei and Wasserman, JASA 2019: the smallest sets).
It is a quantile and a comparison, so no package is needed for it. Calibrated on audit images alone:
they are exchangeable with the rest of the collection, actively chosen labels are not.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["floor", "sets"]


def floor(
    probabilities: NDArray[np.floating], classes: NDArray[np.integer], level: float = 0.9
) -> float:
    """Return the probability above which a class stays in the set.

    probabilities: (m, K) of audit images by models that did not see them, on the same scale
    (calibrated or not) as those that `sets` will get. classes: (m,) what people said. The true
    class of a new image is in its set with probability `level` or more. With too few images for
    that promise, fewer than level / (1 - level), the floor is 0 and every class stays.

    Raises ValueError unless 0 < level < 1.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    m = len(classes)
    # Rounded first: (m + 1) * 0.9 must not become one more by a bit in the last place.
    needed = int(np.ceil(round((m + 1) * level, 9)))
    if needed > m:
        return 0.0
    own = np.sort(probabilities[np.arange(m), classes])
    return float(own[m - needed])


def sets(probabilities: NDArray[np.floating], floor: float) -> NDArray[np.bool_]:
    """Return (N, K) which classes are in the set of each image; the best one always is.

    An image whose set holds one class can be taken as sorted; the others are the review band.
    """
    inside = probabilities >= floor
    inside[np.arange(len(inside)), probabilities.argmax(axis=1)] = True
    return inside
