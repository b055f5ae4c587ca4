"""Very many images or classes: what pages show at once, and what is worked out behind them."""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import replace
from threading import Lock

import streamlit as st

from core.project.snapshot import NEIGHBOURS, Snapshot
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.runtime.pausing import pausing
from core.runtime.progress import Report, duration
from core.runtime.threads import Worker
from core.services.data.duplicates import groups_at_hand, groups_of, version_of
from core.services.predict.many.behind import find_neighbours, recall_of
from core.services.prompts.sampling import IMAGES, sampled
from core.services.prompts.workbench import Bench, bench
from core.ui.session import fitting, quiet, session, tasks

_LOOK = 0.3  # seconds between two looks whether all are scored
_CELLS = 2_000_000  # images times classes that a page begins with, at most,
_LEAST = 2_000  # but so many images at least
_AT_ONCE = 0.2  # seconds that a page waits for its first look
_PATIENCE = 5.0  # seconds that the scores of all images may wait for pages
_COURTESY = 3_600.0  # seconds that look-alikes may wait for pages, in all
_ALIKE = "alike"

_worker, _first_looks = Worker("preview"), Worker("first look")
_looked_at = set[str]()  # questions of which a part was scored
_lock = Lock()
_wanted: dict[str, tuple[object, Future[Bench | None]]] = {}  # of each question, the latest


def preview(snapshot: Snapshot) -> tuple[Snapshot, Bench | None]:
    """What the prompts make of a snapshot's images, and the images that this speaks of.

    None for a moment where very many classes are looked at for the first time.

    Of very many images, or of many with very many classes, these are a random part at first; the
    page is drawn anew when all are scored.
    """
    many_classes = fitting.is_very_long(snapshot)
    if not (snapshot.pool.many or many_classes):
        return snapshot, bench(snapshot)
    future = _scoring(snapshot)
    if future.done() and (exact := future.result()) is not None:
        return snapshot, exact
    if many_classes and snapshot.key not in _looked_at:
        looking = _first_looks.submit(_look, snapshot)
        wait([looking], timeout=_AT_ONCE)
        if not looking.done():
            session.follow(looking.done, _LOOK)
            return snapshot, None
    part = _part(snapshot)
    first = replace(bench(part), whole=len(snapshot))
    session.follow(future.done, _LOOK)
    return part, first


def _part(snapshot: Snapshot) -> Snapshot:
    """A random part of the images, the smaller the more classes there are."""
    return sampled(snapshot, min(IMAGES, max(_LEAST, _CELLS // max(1, len(snapshot.names)))))


def _look(snapshot: Snapshot) -> None:
    """Score a part of the images, for the page that waits for it."""
    try:
        bench(_part(snapshot))
    finally:  # what is wrong is said by the page, which asks for the same
        _looked_at.add(snapshot.key)


def _scoring(snapshot: Snapshot) -> Future[Bench | None]:
    """The scoring of all images; prompts that were changed since are not scored."""
    key = (snapshot.pool.version, snapshot.classes, snapshot.labels.key)
    with _lock:
        before = _wanted.get(snapshot.key)
        if before is not None and before[0] == key:
            return before[1]
        future = _worker.submit(_scored, snapshot, key)
        _wanted[snapshot.key] = (key, future)
        return future


def _scored(snapshot: Snapshot, key: object) -> Bench | None:
    with _lock:
        latest = _wanted[snapshot.key][0] == key
    if not latest:
        return None
    courtesy = quiet.Courtesy(_PATIENCE, fitting.is_awaited)
    with pausing(courtesy):
        courtesy()  # the page is drawn of the part first
        return bench(snapshot)


def find_alike(snapshot: Snapshot) -> Task | None:
    """Have look-alikes found in the background; None where they are there or found at once, and
    while the encoder, which says what looks are, is still being loaded."""
    if not snapshot.alike_key or snapshot.loaded is None:
        return None
    try:
        if snapshot.alike_key == (True,) and groups_at_hand(snapshot) is not None:
            return None
        basis = version_of(snapshot)
    except WinnowError:  # whoever asks for near-duplicates says what is wrong
        return None
    return tasks.once(
        _ALIKE, snapshot.workspace.collection.key, basis, "Look-alikes",
        lambda report: _find(snapshot, report),
    )  # fmt: skip


def _find(snapshot: Snapshot, report: Report) -> None:
    with pausing(quiet.Courtesy(_COURTESY, fitting.is_awaited)):
        if snapshot.alike_key == (False,):
            find_neighbours(snapshot, report)
        groups_of(snapshot, report)


def say_recall(snapshot: Snapshot) -> None:
    """Say which share of the true look-alikes was found, where they are very many."""
    recall = recall_of(snapshot) if snapshot.alike_key == (True,) else None
    if recall is not None:
        st.caption(
            f"Of the {NEIGHBOURS} images most like each, {recall:.0%} were found (measured)."
        )


def say_alike(snapshot: Snapshot) -> None:
    """Say how far the search for look-alikes is, where predictions still do without them."""
    task = find_alike(snapshot)
    if task is None or not task.running:
        return
    status = task.status
    left, share = status.seconds_left, ""
    if status.total:
        share = (
            f" ({status.share:.0%}, {duration(left)} left)" if left else f" ({status.share:.0%})"
        )
    until = "predictions and the queue do without them"
    if snapshot.alike_key == (True,):  # what is found now are near-duplicates
        until = "each of them is asked about"
    st.caption(
        f"Look-alikes of these {len(snapshot):,} images are being found: {status.step.lower()}"
        f"{share}. Until they are there, {until}; you can label all the same."
    )
