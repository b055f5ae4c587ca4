"""Texts found by their words, ranked by BM25 (Robertson & Zaragoza 2009).

The index is SQLite's FTS5 in memory. It comes with Python, is written in C, and of 60,000 titles it
takes a second to build and some megabytes; a library for it would be one more to install and to
keep up with. Words are compared without accents and by their English stem, so "shoe" finds "Shoes".
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

import numpy as np

from core.runtime.errors import WinnowError
from core.search.query import Term
from core.search.words.tokens import SMALL_WORDS, normal, words

MOST_TEXT = 200_000_000
"""Characters that an index holds at most; of more, each text counts up to its share of them."""
_TABLE = (
    "CREATE VIRTUAL TABLE texts USING fts5"
    "(words, content='', tokenize='porter unicode61 remove_diacritics 2')"
)
_FIND = "SELECT rowid, -bm25(texts) FROM texts WHERE texts MATCH ?"


class WordIndex:
    """Texts by row, to be found by words. Safe for several threads."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Read the texts (N,); "" is never found.

        Raises:
            WinnowError: this Python's SQLite was built without full text search.
        """
        self._lock = threading.Lock()
        # Queries of several threads go one after the other.
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        most = max(100, MOST_TEXT // max(1, len(texts)))
        try:
            self._base.execute(_TABLE)
        except sqlite3.OperationalError as error:
            raise WinnowError(
                f"Words cannot be searched here ({error}): use a Python whose SQLite has FTS5, or "
                "search by meaning."
            ) from error
        with self._base:
            self._base.executemany(
                "INSERT INTO texts(rowid, words) VALUES (?, ?)",
                ((row, normal(text[:most])) for row, text in enumerate(texts) if text),
            )

    def __del__(self) -> None:
        if hasattr(self, "_base"):
            self._base.close()

    def find(self, terms: Sequence[Term]) -> tuple[np.ndarray, np.ndarray]:
        """The texts with any of the words of the terms that are wanted, best first.

        A text with all words of a term whose weight is negative is left out.

        Returns:
            Rows (n,) int64 and scores (n,) float64: of each term its BM25 times its weight, added
            up. Equal scores in the order of the rows.
        """
        scores: dict[int, float] = {}
        away: set[int] = set()
        for term in terms:
            matched = self._match(term)
            if term.weight < 0:
                away.update(row for row, _ in matched)
                continue
            for row, score in matched:
                scores[row] = scores.get(row, 0.0) + term.weight * score
        left = [row for row in scores if row not in away]
        rows = np.array(sorted(left), dtype=np.int64)
        values = np.array([scores[row] for row in rows.tolist()], dtype=np.float64)
        order = np.argsort(-values, kind="stable")
        return rows[order], values[order]

    def _match(self, term: Term) -> list[tuple[int, float]]:
        asked = list(dict.fromkeys(words(term.text)))
        asked = [word for word in asked if word not in SMALL_WORDS] or asked
        if not asked:
            return []
        # Quoted, nothing in a word is an operator of FTS5.
        joined = (" AND " if term.weight < 0 else " OR ").join(f'"{word}"' for word in asked)
        with self._lock:
            return self._base.execute(_FIND, (joined,)).fetchall()
