"""Confidence of images with words and of those without, each held to its own random images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.learn.models.calibration import fit_temperature, with_temperature

__all__ = ["LEAST_OF_A_KIND", "by_kind"]

LEAST_OF_A_KIND = 10
"""Random images of each kind from which the two get temperatures of their own."""

# Of log T, up to so many images; it grows with the root of their number up to the last. Sixty say
# what is best to .1 to .2, and that was seldom further than .1 from where it mostly is: at 0 with
# words, and without at .1, for who hears neighbours that have words is made too sure. Both have the
# likelihood of images that are not labeled, on three collections, and of widths as likely the width
# is the one that is calibrated best (`benchmarks/words_halves.py`, README beside it).
_PRIOR_SD, _PRIOR_IMAGES, _MOST_PRIOR_SD = 0.075, 60, 0.5
_WORDLESS_MEAN = 0.1

_Float = NDArray[np.float32]


def by_kind(
    probabilities: _Float,
    present: NDArray[np.bool_],
    unseen: _Float,
    judged: NDArray[np.integer],
    classes: NDArray[np.integer],
    wordless: _Float | None = None,
) -> tuple[_Float, _Float, float | None, float]:
    """Find the temperature of images without words, and how much more those with words need.

    No temperature is fitted to all of them together first: words make models too unsure where
    pictures make them too sure, so that what suits both suits neither.

    probabilities: (N, K). present: (N,) which images have words. unseen: (a, K) of the rows judged
    (a,), by models that did not see them; classes: (a,) their labels. wordless: (a, K) as unseen,
    but as if they had no words: so those with words say of those without how sure pictures may be.

    Returns:
        Probabilities and unseen, those with words divided so that one temperature suits all; that
        temperature; and by what logs of those with words were divided. While fewer than
        `LEAST_OF_A_KIND` of the judged rows are of either kind: both as they are, None and 1.
    """
    kinds = present[judged].astype(bool)
    if min(int(kinds.sum()), int((~kinds).sum())) < LEAST_OF_A_KIND:
        return probabilities, unseen, None, 1.0
    having = _temperature(unseen[kinds], classes[kinds])
    if wordless is None:
        without = _temperature(unseen[~kinds], classes[~kinds], _WORDLESS_MEAN)
    else:
        without = _temperature(wordless, classes, _WORDLESS_MEAN)
    result, honest, more = probabilities.copy(), unseen.copy(), having / without
    result[present] = with_temperature(probabilities[present], more)
    honest[kinds] = with_temperature(unseen[kinds], more)
    return result, honest, without, more


def _temperature(unseen: _Float, classes: NDArray[np.integer], prior_mean: float = 0.0) -> float:
    """The temperature of one kind, from (a, K) probabilities and labels (a,)."""
    spread = _PRIOR_SD * max(1.0, len(classes) / _PRIOR_IMAGES) ** 0.5
    return fit_temperature(unseen, classes, min(_MOST_PRIOR_SD, spread), prior_mean)
