"""Predictions learned in the background, so that no page waits for a fit that it can do without."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Lock, Timer

from core.learn.judging.estimates import Estimates
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.pausing import pausing
from core.runtime.threads import Worker
from core.services.metrics.changes import remember
from core.services.predict.predicting import by_prompts, predict
from core.services.predict.predicting import estimates as judge
from core.ui.session import heap, quiet

_REST = 1.0  # seconds between a fit and what the audit images say of it
_COURTESY = 6.0  # seconds that a fit, or what follows it, may wait for pages, in all, or as long
# as the last fit took: with a thousand classes pages come and go while one is under way
PATIENCE = 0.15  # seconds to wait for fresh predictions when older ones could be shown
LONG = 250_000
"""Images times classes from which on nobody waits for a first fit: what the prompts alone say is
shown meanwhile. With fewer it is there sooner than a page could be drawn twice."""
VERY_LONG = 20_000_000
"""Images times classes that even the prompts are not compared with before a page is drawn."""
_AT_ONCE = 0.5  # seconds that a page waits for them all the same
_PROMPTS = "by-prompts"

_log = logging.getLogger(__name__)
_Subject = tuple[str, Vocabulary, bool, Hashable, Hashable]
"""Version of the pool, prompts, if refined, the head and whether look-alikes are there, words."""


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A fit that is done, and the version of the labels that it knows."""

    subject: _Subject
    labels: Hashable
    predictions: Predictions


@dataclass(frozen=True, eq=False)
class _Judged:
    """What the audit images said of the predictions of some classes."""

    subject: _Subject
    predictions: Predictions
    estimates: Estimates | None


@dataclass
class _Work:
    """Fits of one server, one at a time: two would only slow each other down."""

    worker: Worker = field(default_factory=lambda: Worker("fit"))
    lock: Lock = field(default_factory=Lock)
    running: dict[Hashable, Future[_Fitted]] = field(default_factory=dict)
    latest: dict[str, _Fitted] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)  # seconds of a workspace's last fit
    judged: dict[str, _Judged] = field(default_factory=dict)
    waiting: int = 0  # pages that wait for a fit, which then waits for none
    prompts: Worker = field(default_factory=lambda: Worker("by-prompts"))
    comparing: dict[str, tuple[Hashable, Future[None]]] = field(default_factory=dict)


_work = _Work()


def predictions(snapshot: Snapshot, patience: float = PATIENCE) -> tuple[Predictions, bool]:
    """Predictions of a snapshot's images and classes, and whether they know all of its labels.

    When older ones exist that differ by labels and wordings only, they are returned after
    ``patience`` seconds and the fit goes on. Without any the caller waits, or of very many images
    and classes is given what the prompts alone say: see ``stands_in``.

    Raises:
        WinnowError: whatever `core.services.predict.predicting.predict` says.
    """
    subject = _subject(snapshot)
    with _work.lock:
        older = _older(snapshot, subject)
        wanted = (subject, snapshot.labels.version)
        if older is not None and (older.subject, older.labels) == wanted:
            return older.predictions, True
        # One that takes longer than a page would wait begins when the page is there.
        large = is_long(snapshot)
        long = large if older is None else _work.took.get(snapshot.key, 0.0) > PATIENCE
        spared = older is not None or large
        leisurely = spared and patience <= PATIENCE and long
        future = _start(snapshot, leisurely)
    if spared:
        done, _ = wait([future], timeout=0.0 if leisurely else patience)
        if not done:
            return older.predictions if older else _by_prompts(snapshot), False
    with _hurried():
        fitted = future.result()
    return fitted.predictions, fitted.labels == snapshot.labels.version


def _older(snapshot: Snapshot, subject: _Subject) -> _Fitted | None:
    """The latest fit, where it differs from what is asked for by labels and wordings only."""
    latest = _work.latest.get(snapshot.key)
    if latest is None or latest.subject[::2] != subject[::2]:
        return None
    return latest if latest.subject[1].names == snapshot.names else None


def is_long(snapshot: Snapshot) -> bool:
    """Whether a first fit takes longer than anybody should wait for a page."""
    return len(snapshot.pool) * len(snapshot.names) >= LONG


def is_very_long(snapshot: Snapshot) -> bool:
    """Whether nobody should wait for what the prompts alone say either."""
    return len(snapshot.pool) * len(snapshot.names) >= VERY_LONG


def comparing(snapshot: Snapshot) -> Future[None] | None:
    """The comparison of very many images with very many classes that ``predictions`` would have to
    wait for; None where it has something to show, or has it within half a second."""
    with _work.lock:
        key = _subject(snapshot)
        if not is_very_long(snapshot) or _older(snapshot, key) is not None:
            return None
        before = _work.comparing.get(snapshot.key)
        if before is None or before[0] != key:
            before = key, _work.prompts.submit(_compare, snapshot)
            _work.comparing[snapshot.key] = before
    wait([before[1]], timeout=_AT_ONCE)
    return None if before[1].done() else before[1]


def _compare(snapshot: Snapshot) -> None:
    """The result stays in memory alone, which forgets it when the labels are learned."""
    with pausing(_courtesy(snapshot)):  # the page that says so is drawn first
        _by_prompts(snapshot)


def stands_in(snapshot: Snapshot, shown: Predictions) -> bool:
    """Whether predictions are those of the prompts while a first fit to the labels is under way.

    They are to look at and to label by: nothing that is kept or measured may follow from them.
    """
    return shown.model == "prompt" and is_long(snapshot) and bool((snapshot.nodes >= 0).any())


def _by_prompts(snapshot: Snapshot) -> Predictions:
    """What the prompts alone say, once for these prompts however many labels come meanwhile."""
    key = _subject(snapshot)
    return snapshot.memory.remember(_PROMPTS, key, lambda: by_prompts(snapshot), keep=1)


def begin(snapshot: Snapshot) -> None:
    """Start a fit that nobody waits for yet, and make ready what is shown meanwhile."""
    with _work.lock:
        future = _start(snapshot, leisurely=True)
    if is_long(snapshot) and not future.done():
        _by_prompts(snapshot)


def ahead(snapshot: Snapshot) -> Predictions:
    """Predictions that nobody waits for yet: pages that do without them go first.

    Raises:
        WinnowError: see ``predictions``.
    """
    with _work.lock:
        future = _start(snapshot, leisurely=True)
    return future.result().predictions


@contextmanager
def _hurried() -> Iterator[None]:
    with _work.lock:
        _work.waiting += 1
    try:
        yield
    finally:
        with _work.lock:
            _work.waiting -= 1


def latest(snapshot: Snapshot) -> Predictions | None:
    """Predictions of a snapshot that know all of its labels, if they are there; starts nothing."""
    fitted = _work.latest.get(snapshot.key)
    if fitted is None or fitted.labels != snapshot.labels.version:
        return None
    return fitted.predictions if fitted.subject == _subject(snapshot) else None


def at_hand(snapshot: Snapshot) -> Predictions | None:
    """Predictions of the images and classes that are there without waiting.

    Where they are older than the labels, or there are none yet, a fit is started; None means none.
    """
    subject = _subject(snapshot)
    with _work.lock:
        latest = _work.latest.get(snapshot.key)
        fits = latest is not None and latest.subject[0] == subject[0]
        if latest is None or not fits or latest.subject[1].names != snapshot.names:
            _start(snapshot, leisurely=True)
            return None
        if latest.subject != subject or latest.labels != snapshot.labels.version:
            _start(snapshot, leisurely=True)
        return latest.predictions


def newest(snapshot: Snapshot, shown: Predictions) -> bool:
    """Whether predictions know every label and prompt: nothing else may be written."""
    latest = _work.latest.get(snapshot.key)
    if latest is None or latest.predictions is not shown:
        return False
    return (latest.subject, latest.labels) == (_subject(snapshot), snapshot.labels.version)


def estimates(snapshot: Snapshot) -> Estimates | None:
    """What the audit images said after a fit, as a rule the latest; None before the first."""
    judged = _work.judged.get(snapshot.key)
    return judged.estimates if judged is not None and _same(judged, snapshot) else None


def has_estimates(snapshot: Snapshot) -> bool:
    """Whether the audit images were looked at since these classes and prompts are in use."""
    judged = _work.judged.get(snapshot.key)
    return judged is not None and _same(judged, snapshot)


def judges(snapshot: Snapshot, shown: Predictions) -> bool:
    """Whether ``estimates`` speaks of these very predictions."""
    judged = _work.judged.get(snapshot.key)
    return judged is not None and judged.predictions is shown


def _same(judged: _Judged, snapshot: Snapshot) -> bool:
    """Whether it speaks of these prompts, refined or not; images may have come since."""
    return judged.subject[1:] == _subject(snapshot)[1:]


def _subject(snapshot: Snapshot) -> _Subject:
    pool, beside = snapshot.pool, snapshot.beside_key
    learned = (snapshot.head, *snapshot.alike_key)
    return (pool.version, snapshot.classes, snapshot.refined, learned, beside)


def _start(snapshot: Snapshot, leisurely: bool) -> Future[_Fitted]:
    """The running fit of these classes, or a new one; a label more does not start a second.

    Args:
        leisurely: nobody waits for it: it begins when the page that is being drawn is there.
    """
    name = (snapshot.key, _subject(snapshot))
    running = _work.running.get(name)
    if running is not None and not running.done():
        return running
    future = _work.worker.submit(_fit, snapshot, leisurely)
    _work.running = {k: f for k, f in _work.running.items() if not f.done()}
    _work.running[name] = future
    return future


def _fit(snapshot: Snapshot, leisurely: bool) -> _Fitted:
    wait_for_pages = _courtesy(snapshot)
    if leisurely:
        wait_for_pages()
    begun, waited = time.monotonic(), wait_for_pages.waited
    with pausing(wait_for_pages) if leisurely else nullcontext():
        learned = predict(snapshot)
    fitted = _Fitted(_subject(snapshot), snapshot.labels.version, learned)
    took = time.monotonic() - begun - (wait_for_pages.waited - waited)
    with _work.lock:
        _work.took[snapshot.key] = took
        _work.latest[snapshot.key] = fitted
    snapshot.memory.forget(_PROMPTS)
    # Nobody waits for these, and the page that is drawn now wants the processors.
    later = Timer(_REST, _judge_later, (snapshot, fitted))
    later.daemon = True
    later.start()
    return fitted


def _judge_later(snapshot: Snapshot, fitted: _Fitted) -> None:
    _work.worker.submit(_judge, snapshot, fitted)


def _judge(snapshot: Snapshot, fitted: _Fitted) -> None:
    with _work.lock:
        latest = _work.latest[snapshot.key] is fitted
    if latest and not _awaited():  # else the next fit says it better
        between = _courtesy(snapshot)
        between()
        with pausing(between):
            result = judge(snapshot, fitted.predictions, between=between)
        _work.judged[snapshot.key] = _Judged(fitted.subject, fitted.predictions, result)
        try:
            remember(snapshot, fitted.predictions, result, time.time())
        except WinnowError as error:  # a later moment has less to be compared with, no more
            _log.warning("no record of these predictions: %s", error)
    heap.trim()  # a fit takes and frees hundreds of megabytes


def is_awaited() -> bool:
    """Whether a page waits for a fit: what it needs must not pause."""
    return _work.waiting > 0


def _courtesy(snapshot: Snapshot) -> quiet.Courtesy:
    """Waits for pages, but not for one that itself waits for the result."""

    def hurry() -> bool:
        return _awaited() or is_awaited()

    return quiet.Courtesy(max(_COURTESY, _work.took.get(snapshot.key, 0.0)), hurry)


def _awaited() -> bool:
    """Whether another fit waits for this thread."""
    with _work.lock:
        return any(not f.done() and not f.running() for f in _work.running.values())
