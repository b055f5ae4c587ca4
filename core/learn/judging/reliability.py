"""How far any number of people agree beyond chance, of whom not everybody answered everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

DRAWS = 1_000
"""Bootstrap draws of an interval."""
_LEVEL = 0.95
_LEAST_DRAWS = 0.9  # share of the draws that must have a value, or there is no interval
Pattern = tuple[tuple[str, int], ...]
"""Answer → how many people gave it, of one image; as pairs in order."""


@dataclass(frozen=True)
class Reliability:
    """How far people agree.

    Attributes:
        images: how many two people or more answered.
        answers: of those people on those images.
        value: a coefficient, at most 1; 0 is what chance gives. None where it has no meaning:
            without such images, or where all answers are one and the same.
        low, high: ends of its 95 % interval, from resampled images; None with the value, and where
            many resamples have none.
    """

    images: int
    answers: int
    value: float | None
    low: float | None = None
    high: float | None = None


def krippendorff(units: Sequence[Sequence[Hashable]], seed: int = 0) -> Reliability:
    """Krippendorff's alpha for classes without an order, with missing answers.

    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section E. The interval
    is a percentile bootstrap over images.

    Args:
        units: of each image the answers, in any order; an answer that is missing is left out.
    """
    return _reliability(Counter(_pattern(unit) for unit in units if len(unit) > 1), seed)


def krippendorff_of(
    units: Sequence[Sequence[Hashable]], names: Sequence[Hashable], seed: int = 0
) -> dict[Hashable, Reliability]:
    """Alpha of each class against all others: whether people agree on which images are of it.

    Images of which nobody says the class count as well: that they are of another is agreed on.
    """
    sizes = Counter(len(unit) for unit in units if len(unit) > 1)
    of_class: dict[Hashable, Counter[tuple[int, int]]] = {name: Counter() for name in names}
    for unit in units:
        if len(unit) > 1:
            for name, count in Counter(unit).items():
                if name in of_class:
                    of_class[name][count, len(unit)] += 1
    return {name: _reliability(_against(own, sizes), seed) for name, own in of_class.items()}


def _against(own: Mapping[tuple[int, int], int], sizes: Mapping[int, int]) -> dict[Pattern, int]:
    """Patterns of a class against all others.

    Args:
        own: (answers for the class, all answers) → images.
        sizes: answers → images, of all images.
    """
    patterns: Counter[Pattern] = Counter()
    elsewhere = Counter(sizes)
    for (count, size), images in own.items():
        others = (("other", size - count),) if size > count else ()
        patterns[("class", count), *others] += images
        elsewhere[size] -= images
    for size, images in elsewhere.items():
        if images:
            patterns[(("other", size),)] += images
    return patterns


def cohen(one: Sequence[Hashable], other: Sequence[Hashable], seed: int = 0) -> Reliability:
    """Cohen's kappa of two people on the same images, in the same order.

    Source: Cohen, A coefficient of agreement for nominal scales, 1960. The interval is a percentile
    bootstrap over images.

    Raises:
        ValueError: the two are of different lengths.
    """
    cells = Counter(zip(map(_name, one), map(_name, other), strict=True))
    n = len(one)
    if not n:
        return Reliability(0, 0, None)
    numbers = {
        name: at for at, name in enumerate(sorted({name for cell in cells for name in cell}))
    }
    counts = np.array(list(cells.values()))
    first, second = (np.array([numbers[cell[side]] for cell in cells]) for side in (0, 1))
    draws = np.random.default_rng(seed).multinomial(n, counts / n, DRAWS)
    values = _kappa(first, second, np.vstack([counts, draws]).astype(float), len(numbers))
    return Reliability(n, 2 * n, _or_none(values[0]), *_ends(values[0], values[1:]))


# -- inside --------------------------------------------------------------------------------------


def _pattern(unit: Sequence[Hashable]) -> Pattern:
    return tuple(sorted(Counter(map(_name, unit)).items()))


def _reliability(patterns: Mapping[Pattern, int], seed: int) -> Reliability:
    table, agreeing, weights = _arrays(patterns)
    images, answers = int(weights.sum()), int(table.sum(axis=1).A1 @ weights) if weights.size else 0
    if not images:
        return Reliability(0, 0, None)
    value = _alpha(table, agreeing, weights[None, :].astype(float))[0]
    draws = np.random.default_rng(seed).multinomial(images, weights / images, DRAWS).astype(float)
    return Reliability(
        images, answers, _or_none(value), *_ends(value, _alpha(table, agreeing, draws))
    )


def _name(value: Hashable) -> str:
    return repr(value)


def _arrays(
    patterns: Mapping[Pattern, int],
) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    """Of each kind of image the answers by class (P, C), the share that agrees, and how many."""
    names = {name: at for at, name in enumerate(sorted({n for p in patterns for n, _ in p}))}
    rows, columns, values, agreeing = [], [], [], []
    for row, pattern in enumerate(patterns):
        total = sum(count for _, count in pattern)
        agreeing.append(sum(count * (count - 1) for _, count in pattern) / (total - 1))
        for name, count in pattern:
            rows.append(row)
            columns.append(names[name])
            values.append(count)
    shape = (len(patterns), max(len(names), 1))
    table = sparse.csr_matrix((np.array(values, float), (rows, columns)), shape=shape)
    return table, np.array(agreeing), np.array(list(patterns.values()), dtype=np.int64)


def _alpha(table: sparse.csr_matrix, agreeing: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(B,) alpha for weights (B, P) of the kinds of images; nan where it has no meaning."""
    of_class = np.asarray((table.T @ weights.T).T)
    n = of_class.sum(axis=1)
    by_chance = n**2 - (of_class**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1 - (n - 1) * (n - weights @ agreeing) / by_chance
    return np.where(by_chance > 0, value, np.nan)


def _kappa(first: np.ndarray, second: np.ndarray, counts: np.ndarray, k: int) -> np.ndarray:
    """(B,) kappa for counts (B, P) of the cells; nan where it has no meaning."""
    n = counts.sum(axis=1)
    eye = np.eye(k)
    chance = ((counts @ eye[first]) * (counts @ eye[second])).sum(axis=1) / n**2
    share = counts[:, first == second].sum(axis=1) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance < 1, (share - chance) / (1 - chance), np.nan)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _ends(value: float, draws: np.ndarray) -> tuple[float | None, float | None]:
    """The ends of the interval; nothing where there is no value, or too few draws have one."""
    usable = draws[~np.isnan(draws)]
    if np.isnan(value) or len(usable) < _LEAST_DRAWS * len(draws):
        return None, None
    half = (1 - _LEVEL) / 2
    low, high = np.quantile(usable, [half, 1 - half])
    return float(low), float(high)
