"""Groups of pictures that are nearly the same: saved again, resized, brightened, cut a little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from core.images.phash import HASH_BYTES
from core.runtime.pausing import breathe
from core.runtime.progress import Report
from core.runtime.rows import rows_of

MAX_DISTANCE = 40
"""Of the 256 bits of the hash. Of photos that were saved again, resized to a half, brightened or
cut by 2 %, 97 % and more differ from their copies in fewer bits. Of the seven million pairs of
3,781 photos of clothes, the closest that do not show the same differ in 46."""

MIN_COSINE = 0.75
"""Of the vectors: a second opinion, which also sees colours. Nearly all such copies have more."""

MAX_COLOUR_DISTANCE = 12.0
"""Of `core.images.chroma.colour_distance`: a hash of greys takes the same carton with another fruit
for one picture."""

_COARSE_BYTES = 8
_MAX_COARSE = 12  # of the first 64 bits: a cheap look before the whole hash
_PAIRS_AT_ONCE = 1 << 20
_COSINES_AT_ONCE = 1 << 14
_BANDS, _BAND_BITS = 4, 16
_STEP = "Comparing how pictures look in grey"


def near_duplicate_groups(
    phash: np.ndarray,
    vectors: np.ndarray,
    max_distance: int = MAX_DISTANCE,
    min_cosine: float = MIN_COSINE,
    report: Report | None = None,
) -> np.ndarray:
    """Group pictures whose hashes and vectors are both close.

    Every group has one member that all others are close to, so a chain of small changes does not
    tie different pictures together. The result depends on nothing but the arguments.

    Args:
        phash: (N, 32) uint8, hashes by `core.images.phash.perceptual_hash`.
        vectors: (N, D) floats of unit norm.
        max_distance: most bits of the hash that may differ.
        min_cosine: least cosine of the vectors.
        report: told how far it is.

    Returns:
        (N,) int64 group of each picture, numbered from 0 by first appearance; a picture that is
        like no other has a group of its own.

    Raises:
        Cancelled: asked to stop.
    """
    if phash.shape != (len(vectors), HASH_BYTES):
        raise ValueError(f"expected {(len(vectors), HASH_BYTES)} hashes, got {phash.shape}")
    # Pictures with the very same hash come first: there may be thousands of them (blank pages,
    # frames of a film), whose pairs are too many to look at.
    leader = _lead_same_hashes(phash, vectors, min_cosine)
    heads = np.unique(leader)
    heads_alone = rows_of(vectors, heads)
    first, second = _close_pairs(phash[heads], heads_alone, max_distance, min_cosine, report)
    head_of_head = heads[_stars(len(heads), first, second)]
    joined = head_of_head[np.searchsorted(heads, leader)]
    moved = np.flatnonzero(joined != leader)
    near = _cosines(vectors, moved, joined[moved]) >= min_cosine
    result = leader.copy()
    result[moved[near]] = joined[moved[near]]
    _lead_the_rest(result, moved[~near], leader, vectors, min_cosine)
    return _numbered(result)


def near_earlier(
    phash: np.ndarray,
    vectors: np.ndarray,
    earlier_phash: np.ndarray,
    earlier_vectors: np.ndarray,
    max_distance: int = MAX_DISTANCE,
    min_cosine: float = MIN_COSINE,
) -> np.ndarray:
    """For each picture the earlier one that it is nearly the same as.

    Args:
        phash, vectors: (N, 32) and (N, D) as of ``near_duplicate_groups``; the others: (M, 32) and
            (M, D) of earlier pictures.

    Returns:
        (N,) int64 row of the earlier picture whose hash is the closest; -1 where none is close.
    """
    count = len(phash)
    hashes = np.concatenate([phash, earlier_phash])
    both = np.concatenate([vectors, earlier_vectors])
    leader = np.concatenate(
        [
            _lead_same_hashes(phash, vectors, min_cosine),
            _lead_same_hashes(earlier_phash, earlier_vectors, min_cosine) + count,
        ]
    )
    heads = np.unique(leader)
    first, second = _close_pairs(hashes[heads], both[heads], max_distance, min_cosine)
    first, second = heads[first], heads[second]
    crossing = (first < count) & (second >= count)
    first, second = first[crossing], second[crossing]
    bits = np.bitwise_count(hashes[first] ^ hashes[second]).sum(axis=1, dtype=np.int64)
    nearest = np.full(count, -1, dtype=np.int64)
    order = np.lexsort((second, bits))[::-1]  # the closest is written last
    nearest[first[order]] = second[order] - count
    result: np.ndarray = nearest[leader[:count]]
    return result


def divided(
    groups: np.ndarray,
    close: Callable[[int, int], bool],
    apart: Mapping[int, frozenset[int]],
) -> np.ndarray:
    """Groups after a second look at each of their members.

    Args:
        groups: (N,) as ``near_duplicate_groups`` gives them.
        close: whether a row, which begins a group, and another one of it show the same. Asked of
            members of groups of two and more only.
        apart: row → numbers of what people took apart; two rows with a number in common are never
            in one group.

    Returns:
        (N,) int64 groups, each a part of one of before, numbered from 0 by first appearance.
    """
    result = np.asarray(groups, dtype=np.int64).copy()
    after = int(result.max(initial=-1)) + 1
    several = np.flatnonzero(np.bincount(result, minlength=1) > 1)
    order = np.argsort(result, kind="stable")
    begin = np.searchsorted(result[order], several)
    end = np.searchsorted(result[order], several, side="right")
    for low, high in zip(begin.tolist(), end.tolist(), strict=True):
        left = order[low:high].tolist()
        while left:
            head, rest, numbers = left[0], [], apart.get(left[0], frozenset())
            result[head] = after
            for row in left[1:]:
                own = apart.get(row, frozenset())
                if own & numbers or not close(head, row):
                    rest.append(row)
                    continue
                result[row], numbers = after, numbers | own
            left, after = rest, after + 1
    return _numbered(result)


def _numbered(groups: np.ndarray) -> np.ndarray:
    """The same groups, numbered from 0 by first appearance."""
    _, where, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(where, kind="stable"), kind="stable")[inverse].astype(np.int64)


def _lead_same_hashes(phash: np.ndarray, vectors: np.ndarray, min_cosine: float) -> np.ndarray:
    """(N,) a row of the same hash to which each row's vector is close; itself where none is."""
    leader = np.arange(len(phash))
    words = np.ascontiguousarray(phash).view(np.uint64)
    order = np.lexsort(words.T)  # rows of one hash follow one another, rising
    begins = np.flatnonzero(
        np.append(True, (words[order[1:]] != words[order[:-1]]).any(axis=1))[: len(order)]
    )
    counts = np.diff(begins, append=len(order))
    for begin, count in zip(begins[counts > 1], counts[counts > 1], strict=True):
        _lead(leader, order[begin : begin + count], vectors, min_cosine)
    return leader


def _lead(leader: np.ndarray, rows: np.ndarray, vectors: np.ndarray, min_cosine: float) -> None:
    """Give each of ``rows`` the first of them that it is close to as its leader."""
    while len(rows):
        near = vectors[rows] @ vectors[rows[0]] >= min_cosine
        near[0] = True
        leader[rows[near]] = rows[0]
        rows = rows[~near]


def _lead_the_rest(
    result: np.ndarray,
    rows: np.ndarray,
    leader: np.ndarray,
    vectors: np.ndarray,
    min_cosine: float,
) -> None:
    """Rows whose leader joined a group that they are not close to stay among themselves."""
    for head in np.unique(leader[rows]):
        _lead(result, rows[leader[rows] == head], vectors, min_cosine)


def _stars(count: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(count,) the centre of each node: nodes with most neighbours become centres of theirs."""
    source = np.concatenate([first, second])
    target = np.concatenate([second, first])
    order = np.lexsort((target, source))
    source, target = source[order], target[order]
    degree = np.bincount(source, minlength=count)
    begin = np.concatenate([[0], np.cumsum(degree)])
    centre = np.where(degree > 0, -1, np.arange(count))
    with_neighbours = np.flatnonzero(degree)
    for node in with_neighbours[np.argsort(-degree[with_neighbours], kind="stable")]:
        if centre[node] < 0:
            near = target[begin[node] : begin[node + 1]]
            centre[near[centre[near] < 0]] = node
            centre[node] = node
    return centre


def _close_pairs(
    phash: np.ndarray,
    vectors: np.ndarray,
    max_distance: int,
    min_cosine: float,
    report: Report | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows close by hash and by vector, each pair at least once."""
    words = np.ascontiguousarray(phash).view(np.uint64)
    parts: list[np.ndarray] = [np.zeros((2, 0), dtype=np.int64)]
    for pairs in _candidates(phash[:, :_COARSE_BYTES], report or Report()):
        a, b = pairs
        close = np.bitwise_count(words[a, 0] ^ words[b, 0]) <= _MAX_COARSE
        a, b = a[close], b[close]
        close = np.bitwise_count(words[a] ^ words[b]).sum(axis=1, dtype=np.int64) <= max_distance
        a, b = a[close], b[close]
        close = _cosines(vectors, a, b) >= min_cosine
        parts.append(np.stack([a[close], b[close]]))
    unique = np.unique(np.sort(np.concatenate(parts, axis=1), axis=0), axis=1)
    return unique[0], unique[1]


def _candidates(coarse: np.ndarray, report: Report) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows of which one of four bands of 16 bits differs in at most one bit.

    By the pigeonhole principle these are all pairs that differ in at most 7 of the 64 bits.
    """
    for step, pairs in enumerate(_by_band(coarse)):
        report.step(_STEP, step, _BANDS * (1 + _BAND_BITS))
        for some in pairs:
            breathe()
            report.check()
            yield some


def _by_band(coarse: np.ndarray) -> Iterator[Iterator[tuple[np.ndarray, np.ndarray]]]:
    """The pairs of one band and none or one of its bits after the other."""
    bands = np.ascontiguousarray(coarse).view(">u2").astype(np.int64)
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        begin = np.searchsorted(band[order], np.arange((1 << _BAND_BITS) + 1))
        places = np.arange(len(band))
        # The same band: each row with those after it in its bucket.
        yield _spread(order, places, places + 1, begin[band[order] + 1])
        for bit in range(_BAND_BITS):
            lower = places[band[order] & (1 << bit) == 0]
            other = band[order[lower]] | (1 << bit)
            yield _spread(order, lower, begin[other], begin[other + 1])


def _spread(
    order: np.ndarray, places: np.ndarray, starts: np.ndarray, stops: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The row at each place with each row from its start to its stop, in portions."""
    counts = stops - starts
    total = np.concatenate([[0], np.cumsum(counts)])
    low = 0
    while low < len(places):
        high = int(np.searchsorted(total, total[low] + _PAIRS_AT_ONCE, side="right")) - 1
        high = max(high, low + 1)
        part = counts[low:high]
        inside = np.arange(total[high] - total[low]) - np.repeat(total[low:high] - total[low], part)
        yield (
            order[np.repeat(places[low:high], part)],
            order[np.repeat(starts[low:high], part) + inside],
        )
        low = high


def _cosines(vectors: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(P,) float32 dot products of pairs of rows."""
    result = np.empty(len(first), dtype=np.float32)
    for begin in range(0, len(first), _COSINES_AT_ONCE):
        part = slice(begin, begin + _COSINES_AT_ONCE)
        result[part] = np.einsum("ij,ij->i", vectors[first[part]], vectors[second[part]])
    return result
