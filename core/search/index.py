"""An approximate index for collections too large to compare with every vector.

Inverted lists of 8-bit codes (Jégou, Douze and Schmid, TPAMI 2011; faiss's IVF with a scalar
quantizer), whose best candidates are compared again exactly. An index covers the first rows of an
append-only store; rows added later are compared exactly until they are many. It is kept on disk,
mapped into memory, and states the recall that was measured when it was built.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from core.runtime import inputs
from core.runtime.files import write_atomic
from core.runtime.progress import Report
from core.search.exact import ROWS_AT_ONCE, Hits, best, numbered, take, top, top_many

MOST_HITS = 100
"""Hits that an index is asked for: its recall is measured at ten, and falls with their number."""
TARGET_RECALL = 0.95
STALE_SHARE = 0.1
"""Rows added since the index was built, as a share of it, from which a new one is due."""

_RECALL_AT = 10
_MARGIN = (
    0.015  # recall wanted beyond the target: other queries than those of the sample fare worse
)
_ROWS_PER_LIST = 40  # of the sample that the lists' middles are fitted to
_ROUNDS = 8
_CANDIDATES = 4  # compared exactly for each hit wanted


@dataclass(frozen=True)
class IndexFacts:
    """What an index says of itself.

    Attributes:
        rows: how many of the store's first rows it covers.
        digest: of what these rows are; the index fits no others.
        lists: how many inverted lists, of which ``probes`` are read for a query.
        recall: kind of query → share of the true ten nearest that it found, measured on queries
            that did not take part in choosing ``probes``.
    """

    rows: int
    digest: str
    lists: int
    probes: int
    recall: dict[str, float]


class Index:
    """An open index over ``blocks``, the store's vectors."""

    def __init__(self, facts: IndexFacts, lists: Any, blocks: Sequence[np.ndarray]) -> None:
        self.facts = facts
        self._lists = lists
        self._blocks = blocks

    @property
    def recall(self) -> float:
        """The least of the recalls stated."""
        return min(self.facts.recall.values())

    def top(self, query: np.ndarray, k: int, keep: np.ndarray | None = None) -> Hits:
        """About the ``k`` rows with the greatest dot product with ``query`` (D,); scores exact.

        Args:
            keep: (N,) bool, which rows may be found; all when None.
        """
        probes = self.facts.probes
        if keep is not None:  # what may be found lies in more lists, the fewer it is
            allowed = max(1, int(keep[: self.facts.rows].sum()))
            probes = min(self.facts.lists, math.ceil(probes * self.facts.rows / allowed))
        rows = self.candidates(query[None], k, probes, keep)[0]
        scores = take(self._blocks, rows) @ query
        hits = best(rows, scores, k)
        if sum(len(block) for block in self._blocks) == self.facts.rows:
            return hits
        return _with_tail(hits, self._blocks, query, k, keep, self.facts.rows)

    def candidates(
        self, queries: np.ndarray, k: int, probes: int, keep: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """Rows worth comparing for each query, in no order; a few times ``k`` of them."""
        faiss = _faiss()
        parameters = faiss.SearchParametersIVF(nprobe=probes)
        if keep is not None:
            bits = np.packbits(keep[: self.facts.rows], bitorder="little")
            parameters.sel = faiss.IDSelectorBitmap(bits)
        wanted = min(self.facts.rows, max(_CANDIDATES * k, 64))
        _, rows = self._lists.search(
            np.ascontiguousarray(queries, dtype=np.float32), wanted, params=parameters
        )
        return [row[row >= 0] for row in rows]


def _with_tail(
    hits: Hits,
    blocks: Sequence[np.ndarray],
    query: np.ndarray,
    k: int,
    keep: np.ndarray | None,
    covered: int,
) -> Hits:
    """Hits of an index joined with those among the rows that it does not cover."""
    rest = [
        block[max(0, covered - start) :]
        for start, block in numbered(blocks)
        if start + len(block) > covered
    ]
    more = top(rest, query, k, None if keep is None else keep[covered:])
    return best(
        np.concatenate([hits.rows, more.rows + covered]),
        np.concatenate([hits.scores, more.scores]),
        k,
    )


# -- on disk -------------------------------------------------------------------------------------


def build(
    folder: Path,
    blocks: Sequence[np.ndarray],
    digest: str,
    queries: Mapping[str, np.ndarray],
    report: Report,
    seed: int = 0,
) -> Index:
    """Make the index of all rows and keep it in ``folder`` in place of older ones.

    Args:
        blocks: (n, D) float16 or float32 of unit norm, at least one row.
        queries: kind → (Q, D) float32; the first half of each chooses how many lists are read, the
            second tells the recall.

    Raises:
        Cancelled: asked to stop; nothing is kept.
        WinnowError: the disk is full or the folder cannot be written.
    """
    faiss = _faiss()
    count = sum(len(block) for block in blocks)
    lists = _fitted(blocks, count, report, seed)
    done = 0
    for block in blocks:
        for start in range(0, len(block), ROWS_AT_ONCE):
            report.step("Filling the search index", done, count)
            # A damaged row may hold anything; it is never found, but must not spoil the others.
            part = np.nan_to_num(block[start : start + ROWS_AT_ONCE].astype(np.float32))
            lists.add(part)
            done += len(part)
    draft = IndexFacts(count, digest, lists.nlist, 1, {})
    facts = _tuned(Index(draft, lists, blocks), blocks, queries, report)
    report.step("Saving the search index")
    path = folder / f"{digest}.faiss"
    write_atomic(path, lambda temporary: faiss.write_index(lists, str(temporary)))
    write_atomic(folder / f"{digest}.json", json.dumps(asdict(facts)).encode())
    for old in [*folder.glob("*.faiss"), *folder.glob("*.json")]:
        if old.stem != digest:
            old.unlink(missing_ok=True)
    opened = open_newest(folder, blocks, lambda rows: digest)
    assert opened is not None
    return opened


def open_newest(
    folder: Path, blocks: Sequence[np.ndarray], digest_of_first: Callable[[int], str]
) -> Index | None:
    """The kept index that fits, mapped into memory; None when there is none.

    Args:
        digest_of_first: number of rows → the digest of the store's first so many rows.
    """
    faiss = _faiss()
    count = sum(len(block) for block in blocks)
    for path in sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True):
        try:
            facts = IndexFacts(**inputs.load_json(path))
            if not 0 < facts.rows <= count or digest_of_first(facts.rows) != facts.digest:
                continue
            flags = faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY
            lists = faiss.read_index(str(path.with_suffix(".faiss")), flags)
        except (OSError, ValueError, TypeError, RuntimeError):
            continue  # damaged or half deleted: as good as none, it can be built again
        if lists.ntotal == facts.rows and lists.d == blocks[0].shape[1]:
            return Index(facts, lists, blocks)
    return None


# -- inside --------------------------------------------------------------------------------------


def _faiss() -> Any:
    """The library, loaded when it is needed; without its type stubs, which miss half of it."""
    return import_module("faiss")


def _fitted(blocks: Sequence[np.ndarray], count: int, report: Report, seed: int) -> Any:
    """Empty inverted lists with their middles and codes fitted to a sample."""
    faiss = _faiss()
    dim = blocks[0].shape[1]
    lists = max(1, min(round(2 * math.sqrt(count)), count // _ROWS_PER_LIST))
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(count, min(count, _ROWS_PER_LIST * lists), replace=False))
    sample = np.nan_to_num(take(blocks, rows))
    middles = None
    for done in range(_ROUNDS):  # a round at a time, so that it can be stopped
        report.step("Fitting the search index", done, _ROUNDS)
        kmeans = faiss.Kmeans(
            dim, lists, niter=1, spherical=True, seed=seed + 1, verbose=False,
            min_points_per_centroid=1, max_points_per_centroid=_ROWS_PER_LIST,
        )  # fmt: skip
        kmeans.train(sample, init_centroids=middles)
        middles = kmeans.centroids
    nearest = faiss.IndexFlatIP(dim)
    nearest.add(middles)
    index = faiss.IndexIVFScalarQuantizer(
        nearest, dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.own_fields = True
    nearest.this.disown()
    index.train(sample)
    return index


def _tuned(
    index: Index, blocks: Sequence[np.ndarray], queries: Mapping[str, np.ndarray], report: Report
) -> IndexFacts:
    """The facts of an index, with the fewest lists read that reach the recall wanted."""
    report.step("Measuring the search index")
    truth = {kind: top_many(blocks, q, _RECALL_AT) for kind, q in queries.items()}
    lists = index.facts.lists
    probes = 1
    while probes < lists:
        report.step("Measuring the search index")
        recalls = [
            _recall(index, blocks, q[: len(q) // 2 or 1], truth[kind], probes)
            for kind, q in queries.items()
        ]
        if min(recalls) >= TARGET_RECALL + _MARGIN:
            break
        probes = min(lists, math.ceil(probes * 1.4))
    recall = {
        kind: _recall(index, blocks, q[len(q) // 2 :], truth[kind][len(q) // 2 :], probes)
        for kind, q in queries.items()
    }
    facts = index.facts
    return IndexFacts(facts.rows, facts.digest, lists, probes, recall)


def _recall(
    index: Index, blocks: Sequence[np.ndarray], queries: np.ndarray, truth: np.ndarray, probes: int
) -> float:
    """Share of the rows (Q, k) that are the true nearest which the index finds."""
    k = truth.shape[1]
    candidates = index.candidates(queries, k, probes)
    shares = []
    for query, rows, right in zip(queries, candidates, truth, strict=False):
        hits = best(rows, take(blocks, rows) @ query, k)
        shares.append(len(np.intersect1d(hits.rows, right)) / k)
    return float(np.mean(shares))
