"""Two encoders together: do their scores, added, match captions and images better than one?

Scores of each are brought to a spread of one, and added in a share that half of the captions
choose; the other half judges, with the same queries before and after. Captions of one image, and
images with equal captions, stay in one half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.encoders.base import Encoder
from core.encoders.tuned.learned_from import unseen
from core.learn.tuning.judging import Gains, as_json, compare
from core.learn.tuning.pairs import Pairs, grouped
from core.learn.tuning.ranks import outcomes
from core.project.derived import Derived
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.metrics.retrieval import embedded, loaded, pool_of
from core.store.workspace import EncoderRecord

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the second encoder, that are tried."""
LEAST_GROUPS = 20
_SAMPLE = 2_000  # rows that the spread of scores is measured on


@dataclass(frozen=True)
class Matched:
    """Captions as one encoder sees them.

    Attributes:
        model: the encoder's spec.
        ids: of the images; images: (N, D) float32, centred where the encoder asks for it.
        words: distinct captions; texts: (M, D) float32.
        image, text: (P,) int64, what belongs together.
    """

    model: str
    ids: list[str]
    images: np.ndarray
    words: list[str]
    texts: np.ndarray
    image: np.ndarray
    text: np.ndarray


@dataclass(frozen=True, eq=False)
class Blend:
    """How two encoders do together.

    Attributes:
        first, second: their specs; share: of the second, as half of the captions chose it.
        gains: on the other half, the first alone and both together.
    """

    first: str
    second: str
    share: float
    gains: Gains

    def as_json(self) -> dict[str, Any]:
        """As ``winnow evaluate-retrieval --blend`` prints it."""
        own = {"first": self.first, "second": self.second, "share": self.share}
        figures = as_json(self.gains)
        figures["blend"] = figures.pop("tuned")
        return own | figures


def blend(first: Matched, second: Matched, seed: int = 0) -> Blend:
    """Choose the share of the second encoder on half of the captions, and judge on the other.

    Raises:
        WinnowError: the two do not have the same images, or there are too few captions.
    """
    group, chosen_by, judged = halves(first, second, seed)
    texts = (_scaled(first), _scaled(second))

    def part(share: float, rows: np.ndarray) -> Pairs:
        both = np.hstack([(1 - share) * texts[0], share * texts[1]])
        images = np.hstack([first.images, second.images])
        return Pairs(images, both, first.image, first.text, group).some(rows)

    share = max(SHARES, key=lambda own: _mrr(part(own, chosen_by)))
    gains = compare(part(0.0, judged), part(share, judged), seed)
    return Blend(first.model, second.model, share, gains)


def views_of(
    snapshot: Snapshot,
    records: Sequence[EncoderRecord],
    load: Callable[[str, Report], Encoder],
    report: Report,
) -> list[Matched]:
    """The workspace's captions as each of some of its encoders sees them, without those that one of
    them was tuned on.

    Args:
        load: gives the encoder of a spec.

    Raises:
        WinnowError: an encoder cannot be loaded or is another one now.
        Cancelled: asked to stop.
    """
    captions = [(i, text) for i, texts in snapshot.captions.items() for text in texts]
    captions = unseen(captions, [record.spec for record in records])
    return [
        matched(
            pool_of(snapshot, record),
            loaded(record, load, report),
            captions,
            report,
            snapshot.derived,
        )
        for record in records
    ]


def matched(
    pool: Pool,
    encoder: Encoder,
    captions: Sequence[tuple[str, str]],
    report: Report,
    derived: Derived | None = None,
) -> Matched:
    """Captions, pairs of image id and text, as an encoder with its pool sees them.

    Args:
        derived: where vectors of texts are kept; None keeps none.
    """
    pairs = sorted({(pool.rows[own], text) for own, text in captions if own in pool.rows})
    rows, image = np.unique([row for row, _ in pairs], return_inverse=True)
    words, text = np.unique([text for _, text in pairs], return_inverse=True)
    images = pool.some(rows)
    if encoder.centre_scores:
        images -= zeroshot.centre(pool.blocks(), encoder.reference_mean)
    texts = embedded(encoder, words.tolist(), report, derived)
    ids = [pool.ids[row] for row in rows.tolist()]
    return Matched(encoder.spec, ids, images, words.tolist(), texts, image, text)


def halves(first: Matched, second: Matched, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The group (P,) of each pair of two views of one thing, and the rows (n,) of either half.

    Raises:
        WinnowError: the two do not have the same images, or there are too few captions.
    """
    if (first.ids, first.words) != (second.ids, second.words):
        raise WinnowError(
            f"{first.model} and {second.model} have vectors of different images: embed the folder "
            "with both again."
        )
    group = grouped(first.image, first.text, np.arange(len(first.ids)))
    there = np.random.default_rng(seed).permutation(np.unique(group))
    if len(there) < 2 * LEAST_GROUPS:
        raise WinnowError(
            f"The captions fall into {len(there)} groups that share no image and no words, and a "
            f"blend takes {2 * LEAST_GROUPS}: half of them choose it, half judge."
        )
    half = np.isin(group, there[: len(there) // 2])
    return group, np.flatnonzero(half), np.flatnonzero(~half)


def _scaled(own: Matched) -> np.ndarray:
    """Texts (M, D) such that scores with the images spread by one."""
    random = np.random.default_rng(0)
    images = own.images[random.permutation(len(own.images))[:_SAMPLE]]
    texts = own.texts[random.permutation(len(own.texts))[:_SAMPLE]]
    return np.asarray(own.texts / max(float((images @ texts.T).std()), 1e-12), dtype=np.float32)


def _mrr(pairs: Pairs) -> float:
    """Mean reciprocal rank of both directions."""
    forth = outcomes(pairs.texts, pairs.images, pairs.text, pairs.image)[:, 3].mean()
    back = outcomes(pairs.images, pairs.texts, pairs.image, pairs.text)[:, 3].mean()
    return float(forth + back) / 2
