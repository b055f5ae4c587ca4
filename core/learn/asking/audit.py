"""The audit stream: images drawn uniformly at random before anything is known of their scores.

Every image has a fixed place in a pseudo-random order, the order of a hash of its id. The next
audit image is the first in that order that nobody has answered, and the audit sample is the
longest answered beginning of the order. So nothing has to be remembered beyond the labels, every
process and every annotator sees one stream, and an image that was labeled for another reason
counts as soon as the beginning reaches it: membership depends on the order alone, never on a score.
"""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["AUDIT_EVERY", "next_audit", "order", "prefix"]

AUDIT_EVERY = 5
"""One label in this many goes to the audit stream."""

_FIRST_PART = 4_096  # of the stream, that is looked through at once
_Rows = NDArray[np.intp]


def order(ids: Sequence[str], salt: str = "audit") -> _Rows:
    """Return the N rows in the order of the audit stream.

    ids: distinct image ids (content hashes). The order of two images depends on their ids and
    `salt` alone, so it survives images that are added, removed, renamed or listed otherwise.
    `salt` is for repeating a simulation; everything else leaves it alone.
    """
    key = hashlib.blake2b(salt.encode(), digest_size=16).digest()
    hashes = (hashlib.blake2b(i.encode(), key=key, digest_size=8).digest() for i in ids)
    places = np.fromiter((int.from_bytes(place) for place in hashes), np.uint64, count=len(ids))
    rows = np.argsort(places, kind="stable").astype(np.intp)
    if (places[rows][1:] == places[rows][:-1]).any():
        # That does not happen (64 bits); the id decides so that the order is total all the same.
        rows = np.array(sorted(rows.tolist(), key=lambda i: (places[i], ids[i])), dtype=np.intp)
    return rows


def next_audit(stream: _Rows, answered: NDArray[np.integer], size: int = 1) -> _Rows:
    """Return the first `size` rows of the stream that are not answered (fewer if there are not).

    answered: rows with any answer, "skip" and "unsure" included, and rows already waiting to be
    asked.
    """
    taken: list[_Rows] = [stream[:0]]
    for part in _parts(stream):
        taken.append(part[~np.isin(part, answered)])
        if sum(map(len, taken)) >= size:  # as a rule in the first part
            break
    return np.concatenate(taken)[:size]


def prefix(stream: _Rows, answered: NDArray[np.integer]) -> _Rows:
    """Return the rows of the longest answered beginning of the stream, in its order.

    This is a uniform sample without replacement. Rows answered "skip" or "unsure" belong to it;
    they have no class, and whoever estimates leaves them out and says how many they were.

    Images labeled for other reasons belong to it as well, those before the last draw and those
    right behind it. Without the former the sample would lack what a queue likes to ask about, so
    that it flatters; to end it at the last draw would flatter, too, for that image is never one
    of them. To end it before the first unanswered image is what makes it fair (the unbiased
    estimate of inverse sampling; Haldane, Biometrika 1945).
    """
    begin = 0
    for part in _parts(stream):
        open_rows = np.flatnonzero(~np.isin(part, answered))
        if len(open_rows):
            return stream[: begin + open_rows[0]]
        begin += len(part)
    return stream


def _parts(stream: _Rows) -> Iterator[_Rows]:
    """The stream in parts, each four times as long as the one before: its end is rarely read."""
    begin, size = 0, _FIRST_PART
    while begin < len(stream):
        yield stream[begin : begin + size]
        begin, size = begin + size, 4 * size
