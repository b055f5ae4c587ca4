"""What people said between a moment and now, from the log that keeps every answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.store.labels.answers import Labels
from core.store.labels.base import Label, resolved_label


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


def since(store: Labels, moment: float) -> Since:
    """Compare what counts now with what counted at a moment.

    Args:
        moment: seconds since the epoch.

    Raises:
        StorageError: the labels cannot be read.
    """
    now = store.current()
    past = store.past(moment)
    opinions: dict[str, dict[str, Label]] = {}
    for row in past.rows:
        label = store.opinion(row)[2]
        own = opinions.setdefault(label.image_id, {})
        own.pop(label.annotator, None)  # re-inserted last: the order is that of time
        own[label.annotator] = label
    before: dict[str, Label | None] = {}
    after: dict[str, Label | None] = {}
    for image in past.images:
        then = resolved_label(list(opinions[image].values())) if image in opinions else None
        if _meaning(then) != _meaning(now.get(image)):
            before[image], after[image] = then, now.get(image)
    return Since(before, after, past.answers, past.taken_back)


def _meaning(label: Label | None) -> tuple[str, str | None] | None:
    return None if label is None else (label.kind, label.label)
