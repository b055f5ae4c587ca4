"""What sets a cluster apart in the user's own words: a tag that it shows, a word of its captions.

The class that most of its images are predicted to be names a cluster first, see ``cards``. Words of
a general list are no names: of 40 clusters of clothing and of small photos such a list named half
wrongly, and the wrong words ("sleeping bag" for a down jacket, "merganser" for an airplane) were as
far ahead as the right ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.learn.groups.clusters import Clusters
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.tags.scores import direction
from core.tags.vocabulary import Tags

APART = 2.75
"""Standard deviations by which a cluster's mean must lead that of all other images for a tag to
name it. With the classes of clothing and of small photos as tags, this names 26 of 100 clusters,
89 of 100 rightly; 1.0 names 84 and 77, 74 of 100 rightly. See benchmarks/naming.py."""
LEAST_SHARE, LEAST_LIFT, LEAST_CAPTIONED = 0.5, 2.0, 5
"""A caption's word names a cluster when it is in so large a share of its captioned images, so many
times as often as in all others, and there are so many captioned images."""
_TOGETHER = 64  # tags that are scored at once, so that 60,000 images take 16 MB
_WORD = re.compile(r"[^\W\d_][\w'’-]+")


def tag_names(snapshot: Snapshot, tags: Tags, clusters: Clusters) -> dict[int, str]:
    """Cluster number (from 1) → the tag that it shows more than anything else; few have one.

    Raises:
        WinnowError: the encoder is not the one of the vectors.
    """
    best = np.full(len(clusters.sizes), APART)
    names: dict[int, str] = {}
    for start in range(0, len(tags.tags), _TOGETHER):
        part = tags.tags[start : start + _TOGETHER]
        directions = np.stack(
            [
                direction(
                    snapshot.text_vectors(tags.prompts(tag)),
                    snapshot.text_vectors(tags.contrast(tag)),
                )
                for tag in part
            ]
        )
        scores = zeroshot.scores(
            snapshot.pool.stored, directions.astype(np.float32), snapshot.middle
        )
        leads = _leads(scores, clusters)
        for cluster, column in enumerate(leads.argmax(axis=1)):
            if leads[cluster, column] >= best[cluster]:
                best[cluster] = leads[cluster, column]
                names[cluster + 1] = part[column].words
    return names


def _leads(scores: np.ndarray, clusters: Clusters) -> np.ndarray:
    """(k, T) how far each cluster's mean of (N, T) scores is above that of all other images.

    In standard deviations within both (Cohen's d); 0 where there are no others, or none differ.
    """
    wide = scores.astype(np.float64) - scores.mean(axis=0, dtype=np.float64)
    sums, squares = np.zeros((2, len(clusters.sizes), scores.shape[1]))
    np.add.at(sums, clusters.assignment, wide)
    np.add.at(squares, clusters.assignment, wide**2)
    sizes = clusters.sizes[:, None].astype(np.float64)
    others = np.maximum(len(scores) - sizes, 1)
    mean, rest = sums / sizes, (sums.sum(axis=0) - sums) / others
    spread = squares / sizes - mean**2 + (squares.sum(axis=0) - squares) / others - rest**2
    spread = np.sqrt(np.maximum(spread, 0) / 2)
    fits = (spread > 1e-6) & (sizes < len(scores))
    return np.divide(mean - rest, spread, out=np.zeros_like(mean), where=fits)


def caption_names(
    captions: Mapping[str, Sequence[str]], ids: Sequence[str], clusters: Clusters
) -> dict[int, str]:
    """Cluster number (from 1) → the word that its captions have in common and others have not.

    Args:
        captions: image id → what people wrote of it.
        ids: (N,) of the clustered images.
    """
    counts = [Counter[str]() for _ in clusters.sizes]
    captioned = np.zeros(len(clusters.sizes), dtype=np.int64)
    for image_id, cluster in zip(ids, clusters.assignment.tolist(), strict=True):
        if own := captions.get(image_id):
            captioned[cluster] += 1
            counts[cluster].update(_words(own))
    every = sum(counts, Counter[str]())
    names: dict[int, str] = {}
    for cluster, inside in enumerate(counts):
        own = _common(inside, every, int(captioned[cluster]), int(captioned.sum()))
        if own is not None:
            names[cluster + 1] = own
    return names


def _words(captions: Iterable[str]) -> set[str]:
    return {word for text in captions for word in _WORD.findall(text.casefold()) if len(word) > 2}


def _common(inside: Counter[str], every: Counter[str], captioned: int, of: int) -> str | None:
    """The word that most sets ``captioned`` images apart from the others of all ``of``."""
    if captioned < LEAST_CAPTIONED:
        return None
    fitting: list[tuple[float, str]] = []
    for word, count in inside.items():
        share = count / captioned
        elsewhere = (every[word] - count + 1) / (of - captioned + 1)  # never zero
        if share >= LEAST_SHARE and share >= LEAST_LIFT * elsewhere:
            fitting.append((share * float(np.log(share / elsewhere)), word))
    return max(fitting, key=lambda pair: (pair[0], pair[1]))[1] if fitting else None
