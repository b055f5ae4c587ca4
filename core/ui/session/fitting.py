"""Predictions learned in the background, so that no page waits for a fit that it can do without."""

from __future__ import annotations

import time
from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Timer

from core.learn.judging.estimates import Estimates
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.ui.session import heap, quiet

_REST = 1.0  # seconds between a fit and what the audit images say of it
_COURTESY = 6.0  # seconds that a long fit, or what follows it, may wait for pages, in all
PATIENCE = 0.15  # seconds to wait for fresh predictions when older ones could be shown


_Subject = tuple[str, Vocabulary]  # version of the pool, classes with their prompts


@dataclass
class _Work:
    """Fits of one server, one at a time: two would only slow each other down."""

    executor: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="fit")
    )
    lock: Lock = field(default_factory=Lock)
    running: dict[Hashable, Future[Predictions]] = field(default_factory=dict)
    latest: dict[str, tuple[_Subject, Hashable, Predictions]] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)  # seconds of a project's last fit
    estimates: dict[str, tuple[Vocabulary, Predictions, Estimates | None]] = field(
        default_factory=dict
    )


_work = _Work()


def predictions(
    project: Project, vocabulary: Vocabulary, patience: float = PATIENCE
) -> tuple[Predictions, bool]:
    """Predictions of the present pool and classes, and whether they know all labels.

    When older ones exist that differ by labels and wordings only, they are returned after
    ``patience`` seconds and the fit goes on; without any the caller waits.

    Raises:
        WinnowError: whatever ``Project.predict`` says.
    """
    subject = (project.pool().version, vocabulary)
    labels = project.labels.version()
    with _work.lock:
        known = _work.latest.get(project.key)
        older = None
        if known is not None and known[0][0] == subject[0]:
            older = known[2] if known[0][1].names == vocabulary.names else None
            if known[0] == subject and known[1] == labels:
                return known[2], True
        # One that takes longer than a page would wait begins when the page is there.
        long = _work.took.get(project.key, 0.0) > PATIENCE
        leisurely = older is not None and patience <= PATIENCE and long
        future = _start(project, vocabulary, subject, labels, leisurely)
    if older is not None:
        done, _ = wait([future], timeout=0.0 if leisurely else patience)
        if not done:
            return older, False
    result = future.result()
    return result, project.labels.version() == labels


def newest(project: Project, vocabulary: Vocabulary, given: Predictions) -> bool:
    """Whether predictions know every label and prompt: nothing else may be written."""
    known = _work.latest.get(project.key)
    if known is None or known[2] is not given:
        return False
    return known[:2] == ((project.pool().version, vocabulary), project.labels.version())


def estimates(project: Project, vocabulary: Vocabulary) -> Estimates | None:
    """What the audit images said after a fit, as a rule the latest; None before the first."""
    known = _work.estimates.get(project.key)
    return known[2] if known is not None and known[0] == vocabulary else None


def told(project: Project, vocabulary: Vocabulary) -> bool:
    """Whether the audit images were looked at since these classes and prompts are in use."""
    known = _work.estimates.get(project.key)
    return known is not None and known[0] == vocabulary


def judged(project: Project, given: Predictions) -> bool:
    """Whether ``estimates`` speaks of these very predictions."""
    known = _work.estimates.get(project.key)
    return known is not None and known[1] is given


def _start(
    project: Project,
    vocabulary: Vocabulary,
    subject: _Subject,
    labels: Hashable,
    leisurely: bool,
) -> Future[Predictions]:
    """The running fit of these classes, or a new one; a label more does not start a second.

    Args:
        leisurely: nobody waits for it: it begins when the page that is being drawn is there.
    """
    running = _work.running.get((project.key, subject))
    if running is not None and not running.done():
        return running

    def fit() -> Predictions:
        if leisurely:
            quiet.Courtesy(_COURTESY, hurry=awaited)()
        begun = time.monotonic()
        result = project.predict(vocabulary)
        with _work.lock:
            _work.took[project.key] = time.monotonic() - begun
            _work.latest[project.key] = (subject, labels, result)
        # Nobody waits for these, and the page that is drawn now wants the processors.
        later = Timer(_REST, judge, (result,))
        later.daemon = True
        later.start()
        return result

    def judge(result: Predictions) -> None:
        with suppress(RuntimeError):  # the server is stopping
            _work.executor.submit(estimate, result)

    def awaited() -> bool:
        """Whether another fit waits for this thread."""
        with _work.lock:
            return any(not f.done() and not f.running() for f in _work.running.values())

    def estimate(result: Predictions) -> None:
        with _work.lock:
            latest = _work.latest[project.key][2] is result
        if latest and not awaited():  # else the next fit says it better
            between = quiet.Courtesy(_COURTESY, hurry=awaited)
            between()
            said = project.estimates(vocabulary, predictions=result, between=between)
            _work.estimates[project.key] = (vocabulary, result, said)
        heap.trim()  # a fit takes and frees hundreds of megabytes

    future = _work.executor.submit(fit)
    _work.running = {k: f for k, f in _work.running.items() if not f.done()}
    _work.running[project.key, subject] = future
    return future
