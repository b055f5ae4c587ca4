"""What people said between a moment and now, from the log that keeps every answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.store.labels.base import Label, resolved_label
from core.store.labels.sqlite import LabelStore

# When a batch was taken back. Of what was taken back before such times were kept, none is known:
# it counts as never said.
_UNDONE = "(SELECT batch_id AS batch, MAX(time) AS at FROM undos GROUP BY batch_id)"


@dataclass(frozen=True)
class Since:
    """What changed since a moment.

    Attributes:
        before, after: what counted then and what counts now for each image of which that differs,
            None for nothing.
        answers: person → answers that they gave since and that stand.
        taken_back: person → undos since.
    """

    before: Mapping[str, Label | None]
    after: Mapping[str, Label | None]
    answers: Mapping[str, int]
    taken_back: Mapping[str, int]


def since(store: LabelStore, moment: float) -> Since:
    """Compare what counts now with what counted at a moment.

    Args:
        moment: seconds since the epoch.

    Raises:
        StorageError: the label file cannot be read.
    """
    now = store.current()
    touched = (
        f"SELECT image_id FROM events WHERE time > ?1 UNION SELECT e.image_id FROM events e"
        f" JOIN {_UNDONE} u ON u.batch = e.batch_id WHERE e.undone_by IS NOT NULL AND u.at > ?1"
    )
    with store.look() as connection:
        images = [row[0] for row in connection.execute(touched, (moment,))]
        rows = connection.execute(
            "SELECT e.image_id, e.class, e.kind, e.annotator, e.time, e.source FROM events e"
            f" LEFT JOIN {_UNDONE} u ON u.batch = e.batch_id"
            " WHERE e.time <= ?1 AND (e.undone_by IS NULL OR u.at > ?1)"
            f" AND e.image_id IN ({touched}) ORDER BY e.seq",
            (moment,),
        ).fetchall()
        answers = connection.execute(
            "SELECT annotator, COUNT(*) FROM events WHERE time > ? AND undone_by IS NULL"
            " GROUP BY annotator",
            (moment,),
        ).fetchall()
        undone = connection.execute(
            "SELECT annotator, COUNT(DISTINCT batch_id) FROM undos WHERE time > ? GROUP BY 1",
            (moment,),
        ).fetchall()
    opinions: dict[str, dict[str, Label]] = {}
    for row in rows:
        label = store.opinion(row)[2]
        own = opinions.setdefault(label.image_id, {})
        own.pop(label.annotator, None)  # re-inserted last: the order is that of time
        own[label.annotator] = label
    before: dict[str, Label | None] = {}
    after: dict[str, Label | None] = {}
    for image in images:
        then = resolved_label(list(opinions[image].values())) if image in opinions else None
        if _meaning(then) != _meaning(now.get(image)):
            before[image], after[image] = then, now.get(image)
    return Since(before, after, dict(answers), dict(undone))


def _meaning(label: Label | None) -> tuple[str, str | None] | None:
    return None if label is None else (label.kind, label.label)
