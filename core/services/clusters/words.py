"""The words that tell clusters apart: those of columns and captions that people brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.learn.groups.clusters import Clusters
from core.project.snapshot import Snapshot
from core.search.words.telling import TellingWord
from core.services.data.texts.telling import telling_words

LEAST_SHARE, LEAST_LIFT = 0.5, 2.0
"""A word names a cluster when it is in so large a share of its images with words, so many times as
often as in all others: as strict as for words of captions."""


def cluster_words(snapshot: Snapshot, clusters: Clusters) -> dict[int, list[TellingWord]]:
    """Cluster number (from 1) → its most telling words, best first; nothing where none is.

    Raises:
        WinnowError: as `telling_words`.
    """
    of_each = telling_words(snapshot, clusters.assignment, len(clusters.sizes))
    return {number: words for number, words in enumerate(of_each, 1) if words}


def word_names(words: Mapping[int, Sequence[TellingWord]]) -> dict[int, str]:
    """Cluster number → the most telling of its words that most of its images have."""
    names: dict[int, str] = {}
    for number, own in words.items():
        fitting = [
            each
            for each in own
            if each.share >= LEAST_SHARE and each.share >= LEAST_LIFT * each.elsewhere
        ]
        if fitting:
            names[number] = fitting[0].word
    return names
