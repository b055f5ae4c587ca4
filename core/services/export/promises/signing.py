"""Folders that are signed: their lists, kept with the workspace, and where each stands.

A list stands from its beginning, whatever the model learns later: a signature speaks of those
images. What people said of them is read from the labels, so undoing a page takes its looks back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

import numpy as np

from core.images.names import shown
from core.learn.asking.audit import order
from core.learn.predictions import Predictions
from core.learn.promises.signing import RIGHT, UNSEEN, WRONG, Signing, signing
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.store.history import signatures
from core.store.history.signatures import Listed
from core.store.people.gate import doing
from core.store.people.roles import SIGN
from core.store.workspace import Workspace

SOURCE = "label page, signing"
"""Source of labels that came of signing: random within the folder's list, and nowhere else."""


@dataclass(frozen=True, eq=False)
class Folder:
    """A folder's signing now.

    Attributes:
        name, level: of the list.
        ids: of the images of the list that are still there.
        rows: (T,) their rows of the pool.
        state: where it stands; places there are those of `rows`.
    """

    name: str
    level: float
    ids: Sequence[str]
    rows: np.ndarray
    state: Signing

    @property
    def is_signed(self) -> bool:
        """Whether its level is shown."""
        return self.state.state == "signed"

    @property
    def sorted_images(self) -> int:
        """Images that go into the folder by the signature, or would."""
        return int(self.state.inside.sum())

    def next_ids(self, count: int) -> list[str]:
        """The next images to look at."""
        return [self.ids[place] for place in self.state.next[:count].tolist()]


def folders(snapshot: Snapshot) -> list[Folder]:
    """All folders whose signing was begun, in the order of the classes.

    Raises:
        WinnowError: the file that keeps the lists is damaged.
    """
    home, names = snapshot.workspace.home, snapshot.names
    mark = (signatures.version(home), tuple(names))
    lists = snapshot.remember(
        "signatures", mark, lambda: signatures.by_class(home, set(names)), keep=1
    )
    return [_standing(snapshot, name, lists[name]) for name in names if name in lists]


def _standing(snapshot: Snapshot, name: str, one: Listed) -> Folder:
    """Images that left the collection leave the list: nothing of them is exported."""
    there = [place for place, i in enumerate(one.ids) if i in snapshot.pool.rows]
    ids = [one.ids[place] for place in there]
    rows = np.array([snapshot.pool.rows[i] for i in ids], dtype=np.intp)
    key = (one.salt, name, one.wrong, snapshot.labels.key, snapshot.pool.version, snapshot.classes)

    def make() -> Signing:
        own, human = snapshot.names.index(name), snapshot.human[rows]
        said_otherwise = (human >= 0) & (human != own) | snapshot.is_answered[rows] & (human < 0)
        verdicts = np.where(human == own, RIGHT, np.where(said_otherwise, WRONG, UNSEEN))
        called = set(one.wrong)
        verdicts[(verdicts == UNSEEN) & np.array([i in called for i in ids], dtype=bool)] = WRONG
        confidence = np.array([one.confidence[place] for place in there])
        return signing(confidence, order(ids, one.salt), verdicts, one.level)

    return Folder(name, one.level, ids, rows, snapshot.remember("signing", key, make, keep=64))


def begin(snapshot: Snapshot, predictions: Predictions, name: str, level: float) -> Folder:
    """Settle what would go into a folder now, to be signed; an earlier list of it is dropped.

    Raises:
        WinnowError: nothing would go into it, or the disk does not take it.
    """
    column = predictions.names.index(name)
    taken = {i for other in folders(snapshot) if other.name != name and other.is_signed
             for i in other.ids}  # fmt: skip
    free = ~snapshot.is_answered & (predictions.probabilities.argmax(axis=1) == column)
    ids = snapshot.pool.ids
    rows = [row for row in np.flatnonzero(free).tolist() if ids[row] not in taken]
    if not rows:
        raise WinnowError(
            f"No image without a label is predicted to be {shown(name)}, so there is nothing to "
            "sign."
        )
    confidence = np.round(predictions.probabilities[rows, column].astype(np.float64), 6).tolist()
    one = Listed(
        name, level, tuple(ids[row] for row in rows), tuple(confidence), token_hex(8), time.time()
    )
    about = f"{name}: {len(rows):,} images listed, to be signed at {level:.3g}"
    with doing(snapshot.workspace.home, SIGN, about):
        signatures.change(
            snapshot.workspace.home,
            lambda lists: [*(o for o in lists if not _is(o, name, lists)), one],
        )
    return _standing(snapshot, name, one)


def call_wrong(workspace: Workspace, name: str, ids: Iterable[str]) -> None:
    """Note images of a list as wrong, of unknown class; what they were called before stays.

    Raises:
        WinnowError: the disk does not take it.
    """
    more = tuple(ids)
    _change_one(
        workspace, name,
        lambda one: replace(one, wrong=tuple(dict.fromkeys((*one.wrong, *more)))),
    )  # fmt: skip


def take_back(workspace: Workspace, name: str, ids: Iterable[str]) -> None:
    """Forget that images of a list were called wrong."""
    back = set(ids)
    _change_one(
        workspace, name,
        lambda one: replace(one, wrong=tuple(i for i in one.wrong if i not in back)),
    )  # fmt: skip


def drop(workspace: Workspace, name: str) -> None:
    """Give a folder's list up; labels stay."""
    with doing(workspace.home, SIGN, f"{name}: its list was dropped"):
        signatures.change(
            workspace.home, lambda lists: [one for one in lists if not _is(one, name, lists)]
        )


def _change_one(workspace: Workspace, name: str, change: Callable[[Listed], Listed]) -> None:
    signatures.change(
        workspace.home,
        lambda lists: [change(one) if _is(one, name, lists) else one for one in lists],
    )


def _is(one: Listed, name: str, lists: list[Listed]) -> bool:
    """Whether a list is of a class: by the latest of its names, else by any that it had."""
    if any(other.latest == name for other in lists):
        return one.latest == name
    return one.called({name}) is not None
