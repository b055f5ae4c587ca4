"""The queue of a labeling session: which images one person is asked about, apart from others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.learn.asking.audit import next_audit
from core.learn.asking.batches import Batch, mixed_batch
from core.learn.asking.queue import next_batch
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import AwayError, StorageError
from core.services.data.duplicates import groups_at_hand
from core.store.labels.answers import Labels
from core.store.labels.base import SPLIT, Label

_MOST_COVERED = 2_000  # labeled images that the choice looks at; their square is computed
_ROUNDS = 3  # attempts to fill a queue while somebody else claims the same images


STARTS = {"": "What the prompts leave open", "typical": "Typical images", "random": "Random images"}
"""Which images the first labels are asked of: strategy, "" for the one of all, to its title."""
RANDOM_ONLY = "audit"
"""In place of a strategy: images of the audit stream alone, which measure and carry promises."""
_FIRST = 20  # labels that a start lasts, or:
_FIRST_EACH = 2  # as many as this a class


def strategy_now(strategy: str, start: str, labeled: int, classes: int) -> str:
    """The strategy to choose the next images by.

    With poor prompts it is no use to ask where they are unsure: so the first labels may be of
    images that nothing but looks or chance chooses.

    Args:
        strategy: the strategy in use after the start.
        start: one of `STARTS`.
        labeled: images that have a class.
        classes: how many classes there are.
    """
    few = labeled < max(_FIRST, _FIRST_EACH * classes)
    return start if start and few and strategy != RANDOM_ONLY else strategy


@dataclass(frozen=True)
class Queue:
    """Images to ask about, in order, and which of them were drawn at random for the audit."""

    ids: list[str]
    audit: frozenset[str]


@dataclass(frozen=True)
class Asking:
    """How images are chosen.

    Attributes:
        strategy: name of one of `core.learn.strategies`.
        size: images that a queue shall hold.
        seed: changes from call to call, so that a new random subsample is looked at.
        only: (N,) bool, the images that may be chosen; None for all. Random ones are drawn from all
            in any case, or they would measure nothing.
    """

    strategy: str
    size: int
    seed: int
    only: np.ndarray | None = field(default=None, compare=False)


def fill(
    snapshot: Snapshot,
    predictions: Predictions,
    store: Labels,
    queue: Queue,
    client: str,
    asking: Asking,
) -> Queue:
    """The queue of one client, brought to its size with images that nobody else is asked about.

    Of near-duplicates one is asked. Only when all that is left is on other people's screens are
    those images given out twice, and where nothing can be written down: see ``claimed``.

    Args:
        store: where images are claimed.
        queue: what the client has already.
    """
    # An answer that the snapshot has and does not count, such as one of a class that was removed,
    # is no reason not to ask again.
    since = snapshot.labels.version[0]
    rows, audit = snapshot.pool.rows, set(queue.audit)
    left = [i for i in queue.ids if i in rows and not snapshot.is_answered[rows[i]]]
    ids = claimed(store, left, client, since)
    for attempt in range(_ROUNDS):
        if len(ids) >= asking.size:
            break
        taken = [*ids, *store.claimed_by_others(client)]
        missing = replace(asking, size=asking.size - len(ids), seed=asking.seed + attempt)
        more = _more(snapshot, predictions, taken, missing, audit)
        if not more:
            break
        ids += claimed(store, more, client, since)
    ids = ids or _more(snapshot, predictions, [], asking, audit)
    return Queue(ids, frozenset(audit.intersection(ids)))


def shortened(ids: Sequence[str], audit: frozenset[str], steady: int) -> list[str]:
    """What newer predictions do not replace: the next images, and all that were drawn at random.

    Were those dropped and drawn again at the end each time, nobody who labels while models are
    learned quickly would ever come to them.
    """
    return [*ids[:steady], *(i for i in ids[steady:] if i in audit)]


def first_free(
    store: Labels, ids: Sequence[str], client: str, count: int, since: int = 0
) -> list[str]:
    """The first images of an order that nobody else is asked about, claimed for a client.

    Args:
        since: as for `Labels.claim`.
    """
    mine: list[str] = []
    for _ in range(_ROUNDS):
        away = store.claimed_by_others(client)
        wanted = [i for i in ids if i not in away][:count]
        mine = claimed(store, wanted, client, since)
        if len(mine) == len(wanted):  # else somebody was quicker
            break
    return mine


def claimed(store: Labels, ids: Sequence[str], client: str, since: int = 0) -> list[str]:
    """`Labels.claim`; all ids while the disk takes no claims.

    Then people who label at once may see the same image. That costs a press of a key; a screen
    without images would cost the work. Answers are kept and the reason is said with them.
    """
    try:
        return store.claim(ids, client, since=since)
    except AwayError:  # the others may be asked about these images right now
        raise
    except StorageError:
        return list(ids)


def _more(
    snapshot: Snapshot,
    predictions: Predictions,
    taken: Sequence[str],
    asking: Asking,
    audit: set[str],
) -> list[str]:
    """Further images; those drawn for the audit are added to ``audit``."""
    batch = next_images(snapshot, predictions, taken, asking, groups_at_hand(snapshot))
    ids = snapshot.pool.ids
    audit.update(ids[row] for row in batch.rows[batch.audit])
    return [ids[row] for row in batch.rows]


def next_images(
    snapshot: Snapshot,
    predictions: Predictions,
    taken: Sequence[str],
    asking: Asking,
    groups: np.ndarray | None = None,
) -> Batch:
    """Rows to ask about; one in five is the next of the audit stream.

    Images that anybody labeled, skipped or called unsure are left out.

    Args:
        taken: ids that are in a queue already.
        groups: (N,) near-duplicate group of each image of the pool; one of a group is asked for.
    """
    away = np.union1d(snapshot.answered, snapshot.pool.rows_of(taken)).astype(np.intp)
    if asking.strategy == RANDOM_ONLY:
        drawn = next_audit(snapshot.audit_order, away, asking.size)
        return Batch(drawn, np.ones(len(drawn), dtype=bool))
    labeled, human = np.flatnonzero(predictions.labeled), predictions.human
    counts = np.bincount(human[human >= 0], minlength=len(predictions.names))
    if len(labeled) > _MOST_COVERED:  # thousands are labeled at once on the map
        random = np.random.default_rng(asking.seed)
        labeled = random.choice(labeled, _MOST_COVERED, replace=False)

    again = of_split_classes(snapshot)

    def choose(available: np.ndarray, wanted: int) -> np.ndarray:
        if asking.only is not None:
            available = available[asking.only[available]]
        ahead = np.intersect1d(available, again) if len(again) else again
        if len(ahead) and len(ahead) < len(available):
            first = choose(ahead, wanted)
            rest = choose(np.setdiff1d(available, ahead), wanted - len(first))
            return np.concatenate([first, rest])
        return next_batch(
            predictions.probabilities,
            snapshot.looks,
            labeled,
            available,
            wanted,
            asking.strategy,
            seed=asking.seed,
            scores=predictions.scores,
            counts=counts,
        )

    return mixed_batch(choose, snapshot.audit_order, away, asking.size, groups)


def of_split_classes(snapshot: Snapshot) -> np.ndarray:
    """(n,) rows that were labeled with a class that was split since: they are asked first."""
    outside = np.flatnonzero((snapshot.labels.codes >= 0) & (snapshot.human < 0))
    ids, by_id = snapshot.pool.ids, snapshot.labels.by_id
    split = [row for row in outside.tolist() if _source(by_id.get(ids[row])) == SPLIT]
    return np.array(split, dtype=np.intp)


def _source(label: Label | None) -> str:
    return label.source if label else ""
