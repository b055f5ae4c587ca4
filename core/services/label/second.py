"""Images that a second person is asked about, without seeing what the first one answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.project.snapshot import Snapshot
from core.services.label.queue import first_free
from core.store.labels.answers import Labels
from core.store.labels.base import VERDICTS, Label
from core.store.people.second import is_second, second_every

AT_ONCE = 8
"""Images of this kind that a queue holds."""
_EVERY = 4  # places of a queue from one of them to the next


@dataclass(frozen=True)
class Second:
    """How far labeling twice has come.

    Attributes:
        every: every how many-th image is labeled twice.
        twice: images of these that two people or more gave an answer.
        once: those that one person did, so that a second one is asked.
    """

    every: int
    twice: int
    once: int

    def as_text(self) -> str:
        """A line of the meter."""
        return f"{self.twice:,} of {self.twice + self.once:,} images labeled twice"


def progress(snapshot: Snapshot, store: Labels) -> Second | None:
    """How far labeling twice has come; None where no image is.

    Raises:
        WinnowError: the setting or the labels cannot be read.
    """
    every = second_every(snapshot.workspace.home)
    if not every:
        return None
    counts = [len(people) for people in _people(snapshot, store, every).values()]
    return Second(every, sum(n > 1 for n in counts), sum(n == 1 for n in counts))


def waiting(snapshot: Snapshot, store: Labels, person: str) -> list[str]:
    """Ids of the images that a person is asked about as the second one, in the pool's order.

    One other person gave each an answer, and this one has said nothing of it.

    Raises:
        WinnowError: the setting or the labels cannot be read.
    """
    every = second_every(snapshot.workspace.home)
    if not every:
        return []
    answers = _answers(snapshot, store, every)
    return [
        image
        for image, own in answers.items()
        if len(_voters(own)) == 1 and all(answer.annotator != person for answer in own)
    ]


def taken(
    store: Labels, images: Sequence[str], client: str, since: int, mine: Sequence[str] = ()
) -> list[str]:
    """Some of the images that wait for a second person, claimed for a client.

    Args:
        images: see ``waiting``; mine: those that the client has already, which come first.
        since: as for `Labels.claim`.
    """
    open_, first = set(images), [image for image in mine if image in set(images)]
    order = [*first, *(image for image in images if image in open_.difference(first))]
    return first_free(store, order, client, AT_ONCE, since)


def mixed(queue: Sequence[str], seconds: Sequence[str]) -> list[str]:
    """A queue with those images among the others, every few places; one image once."""
    rest = [image for image in queue if image not in set(seconds)]
    result: list[str] = []
    left = list(seconds)
    for place, image in enumerate(rest):
        if left and place % _EVERY == _EVERY - 1:
            result.append(left.pop(0))
        result.append(image)
    return result + left


def _people(snapshot: Snapshot, store: Labels, every: int) -> dict[str, set[str]]:
    answers = _answers(snapshot, store, every)
    return {image: _voters(own) for image, own in answers.items()}


def _voters(answers: Sequence[Label]) -> set[str]:
    return {answer.annotator for answer in answers if answer.kind in VERDICTS}


def _answers(snapshot: Snapshot, store: Labels, every: int) -> dict[str, list[Label]]:
    """The answers to the images of the kind, of those that anybody answered."""
    version, ids = snapshot.pool.version, snapshot.pool.ids
    rows: np.ndarray = snapshot.share(
        "second", (version, every),
        lambda: np.array([r for r, i in enumerate(ids) if is_second(i, every)], dtype=np.intp),
        keep=1,
    )  # fmt: skip
    answered = rows[snapshot.is_answered[rows]]
    return store.answers_to(ids[row] for row in answered.tolist())
