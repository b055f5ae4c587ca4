"""Texts that say nearly the same: MinHash (Broder 1997), candidates by bands, all compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from core.search.words.tokens import normal

NEAR = 0.75
"""Share of the pieces of two texts that both have (Jaccard) from which on they say nearly the same:
titles of twenty letters may differ by one, of sixty by three."""
MOST_COMPARED, MOST_PIECES = 2_000, 10_000_000
"""Characters of a text that are compared, the first; of all texts together, so that of very many
each counts up to its share."""
_PIECE = 3  # characters
_BANDS, _ROWS = 16, 4  # of hashes: of pairs with .75 in common .998 share a band
_CHUNK = 50_000  # pairs compared at once
_DOUBT = 0.2  # more than three standard deviations of the share in common as hashes tell it
_TEXTS = 20_000  # texts whose pieces are hashed at once


def near_texts(texts: Sequence[str], least: float = NEAR) -> np.ndarray:
    """Return (N,) int64 the group of each text, numbered from 0 in their order.

    Texts that are equal but for capitals, signs and spaces are one group, and so are those that
    have so much in common. One without words is alone.

    Args:
        least: share of pieces in common; 1 finds only what is equal but for the above.
    """
    spelled = [normal(text) for text in texts]
    # Alone: each text without words has a key that no other has.
    keys = [text or f"\n{row}" for row, text in enumerate(spelled)]
    place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    distinct = np.array([place[key] for key in keys], dtype=np.int64)
    if least >= 1 or len(place) < 2:
        return distinct
    most = min(MOST_COMPARED, max(50, MOST_PIECES // len(place)))
    pairs = _near_pairs([key[:most] for key in place], least)
    ones = np.ones(len(pairs), dtype=bool)
    linked = sparse.coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(place),) * 2)
    groups = connected_components(linked, directed=False)[1][distinct]
    first = np.unique(groups, return_index=True)[1]
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(len(first))
    return number[groups]


def _near_pairs(texts: Sequence[str], least: float) -> np.ndarray:
    """Pairs (p, 2) of texts with so much in common; a text is compared with the first of a band."""
    rows, pieces = _pieces(texts)
    signs = _signs(rows, pieces, len(texts))
    bands: list[np.ndarray] = []
    for band in range(_BANDS):
        own = np.ascontiguousarray(signs[:, band * _ROWS : (band + 1) * _ROWS])
        mixed = own.view([("", own.dtype)] * _ROWS).ravel()
        _, first, at = np.unique(mixed, return_index=True, return_inverse=True)
        heads = first[at.ravel()]
        others = np.flatnonzero(heads != np.arange(len(texts)))
        bands.append(np.stack([heads[others], others], axis=1))
    pairs = _likely(np.unique(np.concatenate(bands), axis=0), signs, least)
    columns = np.unique(pieces, return_inverse=True)[1].ravel()
    has = sparse.csr_matrix(
        (np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), columns.max() + 1)
    )
    has.data[:] = 1  # a piece counts once, however often it comes
    sizes = np.diff(has.indptr)
    near = np.zeros(len(pairs), dtype=bool)
    for begin in range(0, len(pairs), _CHUNK):
        one, other = pairs[begin : begin + _CHUNK].T
        both = np.asarray(has[one].multiply(has[other]).sum(axis=1)).ravel()
        near[begin : begin + _CHUNK] = both >= least * (sizes[one] + sizes[other] - both) - 1e-6
    return pairs[near]


def _likely(pairs: np.ndarray, signs: np.ndarray, least: float) -> np.ndarray:
    """Those of the pairs (p, 2) whose hashes agree nearly as often as they should."""
    enough = least - _DOUBT
    agree = [
        (signs[one] == signs[other]).mean(axis=1) >= enough
        for one, other in (
            pairs[begin : begin + _CHUNK].T for begin in range(0, len(pairs), _CHUNK)
        )
    ]
    return pairs[np.concatenate([np.zeros(0, dtype=bool), *agree])]


def _pieces(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(m,) text and (m,) uint64 hash of each piece of so many characters, ends marked."""
    rows, pieces = [], []
    for begin in range(0, len(texts), _TEXTS):
        padded = [f"\x02{text}\x03".ljust(_PIECE, "\x03") for text in texts[begin : begin + _TEXTS]]
        codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.array([len(text) for text in padded])
        counts = lengths - _PIECE + 1
        of = np.repeat(np.arange(len(padded)), counts)
        inside = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        start = (np.cumsum(lengths) - lengths)[of] + inside
        hashed = np.zeros(len(of), dtype=np.uint64)
        for offset in range(_PIECE):
            hashed = _mixed(hashed ^ codes[start + offset].astype(np.uint64))
        rows.append(of + begin)
        pieces.append(hashed)
    return np.concatenate(rows), np.concatenate(pieces)


def _signs(rows: np.ndarray, pieces: np.ndarray, count: int) -> np.ndarray:
    """(count, bands x rows) uint64: of each text, the least of its pieces under each hash."""
    starts = np.searchsorted(rows, np.arange(count))
    # Pieces are well mixed numbers, so one product by an odd number orders them anew.
    salts = np.random.default_rng(0).integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) * 2 + 1
    return np.stack([np.minimum.reduceat(pieces * salt, starts) for salt in salts], axis=1)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Hashes of uint64 numbers (the finalizer of SplitMix64; Steele, Lea & Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
