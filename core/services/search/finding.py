"""Searches by meaning, by the words that people brought, or by both in one ranking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.project.snapshot import Snapshot
from core.search import query
from core.search.words.bm25 import WordIndex
from core.search.words.fusion import fused
from core.services.data.texts.columns import texts_in, texts_key
from core.services.search.filtering import in_order, passing
from core.services.search.request import SORTED, Answer, Request, Result
from core.services.search.searching import Searcher


def find(searcher: Searcher, request: Request, snapshot: Snapshot) -> Answer:
    """The images that fit a request best, as its ``by`` says.

    The score of a search by words alone is BM25; that of several rankings is their fused one, from
    0 to 1, where 1 is first in each.

    Args:
        snapshot: of the searcher's images; filters and predictions are of its moment.

    Raises:
        WinnowError: as `Searcher.find`; no column holds words, or there is none of that name.
    """
    if request.by == "meaning" or not request.text.strip():
        return searcher.find(request, snapshot)
    depth = max(request.k, SORTED)  # the same for all pages of an answer, so that they fit together
    rows, scores = _by_words(request, snapshot)
    seen = _by_meaning(searcher, request, snapshot, depth)
    if seen is not None:
        pool_rows = snapshot.pool.rows
        others = np.array([pool_rows[result.id] for result in seen.results], dtype=np.int64)
        rows, scores = fused([rows[:depth], others])
    if request.min_score is not None:
        rows, scores = rows[scores >= request.min_score], scores[scores >= request.min_score]
    return _answer(request, snapshot, rows, scores, seen)


def _by_words(request: Request, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n,) with the words of a request and their scores (n,), best first."""
    texts = texts_in(snapshot, request.words_in)
    key = texts_key(snapshot, request.words_in)
    index = snapshot.share("word-index", key, lambda: WordIndex(texts), keep=2)
    rows, scores = index.find(query.parse(request.text))
    allowed = np.ones(len(snapshot), dtype=bool)
    _, passes = passing(snapshot, request.where)
    if passes is not None:
        allowed &= passes
    # The examples themselves are known; finding them again helps nobody.
    allowed[snapshot.pool.rows_of((*request.like, *request.unlike))] = False
    return rows[allowed[rows]], scores[allowed[rows]]


def _by_meaning(
    searcher: Searcher, request: Request, snapshot: Snapshot, depth: int
) -> Answer | None:
    """The best by meaning; None where only words are asked for.

    Examples have no words, so they are looked at in any case.
    """
    text = request.text if request.by == "both" else ""
    asked = replace(request, text=text, k=depth, sort="", min_score=None)
    examples = (request.like, request.unlike, request.vectors, request.unlike_vectors)
    return searcher.find(asked, snapshot) if text or any(examples) else None


def _answer(
    request: Request,
    snapshot: Snapshot,
    rows: np.ndarray,
    scores: np.ndarray,
    seen: Answer | None,
) -> Answer:
    """The answer of ranked rows (n,); ``seen`` is what was found by meaning."""
    pool, (paths, passes) = snapshot.pool, passing(snapshot, request.where)
    by_row = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    if request.sort:
        rows = in_order(snapshot, rows[:SORTED], request.sort)
    results = [
        Result(paths.get(pool.ids[row], pool.paths[row]), by_row[row], pool.ids[row])
        for row in rows[: request.k].tolist()
    ]
    searched = len(pool) if passes is None else int(passes.sum())
    if seen is None:
        return Answer(results, "words", 1.0, searched, total=len(rows))
    return Answer(results, "both", seen.recall, searched, seen.note, len(rows))
