"""Slices of the images on which predictions are worse than on the rest, however many are tried.

Who looks at a hundred folders, tags and sizes finds some that look bad by chance. So the question
is asked of all slices at once: how bad does the worst of them look when the errors are dealt out
anew over the images? That counts how many slices were tried and that they overlap (Westfall and
Young, Resampling-based Multiple Testing, 1993, free step-down minimum of p-values), and needs no
model of either.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["LEAST", "LEVEL", "corrected", "findable"]

LEVEL = 0.04
"""Corrected p-value up to which a slice counts as worse: where there is none, one is reported in at
most 4 % of the cases, so that what chance adds in counting them stays below 5 %."""
LEAST = 5
"""Images that a slice and the rest must have, each, to be tried: decided before errors are seen."""
_DRAWS = 4_000
_CELLS = 8_000_000  # of an array at a time


def corrected(
    wrong: NDArray[np.bool_], members: NDArray[np.bool_], seed: int = 0
) -> NDArray[np.float64]:
    """The corrected p-value (S,) of each slice that errors are more frequent in it than outside.

    The chance that any of the slices looks as bad as this one, or worse, where none is. NaN for
    slices that were not tried, see `LEAST`.

    Args:
        wrong: (n,) images that are predicted wrong.
        members: (S, n) which images are in which slice; slices may overlap.
        seed: of the errors that are dealt out anew.

    Raises ValueError for shapes that do not match.
    """
    if members.ndim != 2 or members.shape[1] != len(wrong):
        raise ValueError(f"members {members.shape} do not fit {len(wrong)} images")
    result = np.full(len(members), np.nan)
    sizes = members.sum(axis=1)
    tried = np.flatnonzero((sizes >= LEAST) & (len(wrong) - sizes >= LEAST))
    errors = int(wrong.sum())
    if len(tried) == 0:
        return result
    if errors in (0, len(wrong)):
        result[tried] = 1.0
        return result
    inside = members[tried].astype(np.float32)
    tables = [_chances(int(size), errors, len(wrong)) for size in sizes[tried]]
    seen = np.rint(inside @ wrong.astype(np.float32)).astype(int)
    own = np.array([table[count] for table, count in zip(tables, seen, strict=True)])
    result[tried] = _stepped_down(own, _dealt_anew(inside, tables, errors, seed))
    return result


def findable(n: int, errors: int, tried: int, share: float = 0.2) -> float:
    """By how much a slice must be worse to be found as a rule (95 %), as a share, 1 at most.

    Reckoned with the normal approximation and Bonferroni's correction; benchmarks/slices.py says
    how often slices really are found.

    Args:
        n: images; errors: of them, predicted wrong.
        tried: slices that are looked at.
        share: of the images that lie in the slice.
    """
    inside = share * n
    if tried == 0 or inside < LEAST or n - inside < LEAST:
        return 1.0
    rate = (errors + 1) / (n + 2)  # without an error the rest is not without any
    spread = float(np.sqrt(rate * (1 - rate) * (1 / inside + 1 / (n - inside))))
    certain = -float(ndtri(LEVEL / tried) + ndtri(0.05))
    return min(1.0, certain * spread)


def _chances(size: int, errors: int, n: int) -> NDArray[np.float64]:
    """(size + 1,) chance of that many errors or more in a slice; half of "that many" counts.

    Half, because otherwise small slices, which know few different counts, would be tried too
    mildly beside large ones.
    """
    from scipy.stats import hypergeom  # half a second to import

    counts = np.arange(size + 1)
    drawn = hypergeom(n, errors, size)
    return np.asarray(drawn.sf(counts) + 0.5 * drawn.pmf(counts))


def _dealt_anew(
    inside: NDArray[np.float32], tables: list[NDArray[np.float64]], errors: int, seed: int
) -> NDArray[np.float64]:
    """(draws, S) chances of the slices where the errors lie anywhere."""
    rng, n = np.random.default_rng(seed), inside.shape[1]
    block = max(1, min(_DRAWS, _CELLS // n))
    chances = np.empty((_DRAWS, len(tables)))
    for start in range(0, _DRAWS, block):
        places = rng.random((min(block, _DRAWS - start), n), dtype=np.float32)
        dealt = np.zeros_like(places)
        of_wrong = np.argpartition(places, errors - 1, axis=1)[:, :errors]
        np.put_along_axis(dealt, of_wrong, 1.0, axis=1)
        counts = np.rint(dealt @ inside.T).astype(int)
        for place, table in enumerate(tables):
            chances[start : start + len(counts), place] = table[counts[:, place]]
    return chances


def _stepped_down(own: NDArray[np.float64], dealt: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) corrected chances: each slice against those that look no worse, the worst first."""
    order = np.argsort(own, kind="stable")
    least = np.minimum.accumulate(dealt[:, order[::-1]], axis=1)[:, ::-1]
    # The errors as they are count as one deal more, so that no chance is nought. Equal chances
    # may differ by rounding.
    beaten = (least <= own[order] * (1 + 1e-9)).sum(axis=0)
    stepped = np.maximum.accumulate((1 + beaten) / (len(dealt) + 1))
    result = np.empty(len(own))
    result[order] = stepped
    return result
