"""The long work of the Metrics page: encoders measured on captions, heads and models on labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import numpy as np

from core.learn.heads.choosing import Contest
from core.learn.heads.measures import Measure
from core.learn.predictions import Predictions
from core.learn.words.ablation import Ablation
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.runtime.pausing import pausing
from core.runtime.progress import Report
from core.services.metrics.ablation import ablate
from core.services.metrics.comparison import Comparison, against_labels
from core.services.metrics.judging import (
    Judgement,
    ModelScore,
    compare_models,
    judge,
    judged_on,
)
from core.services.metrics.retrieval import measure
from core.services.metrics.truth import truth_beside
from core.services.predict.heads import compare_heads
from core.services.predict.vote_gain import VoteGain, gain_of
from core.store.workspace import EncoderRecord
from core.ui.session import host, quiet, tasks

T = TypeVar("T")
RETRIEVAL, HEAD_CONTEST, ABLATION, VOTE = "retrieval", "heads", "ablation", "vote"
"""Kinds of work, see ``tasks``."""
LABELS_A_CLASS, DRAWS = (0, 5, 10, 20), 5
"""How pictures and words are compared: labels of each class, and draws of them."""
SUSPECTS, MODELS, LABELS = "suspects", "models", "labels"
"""Kinds of work that pages start by themselves, see ``Outcome``."""
_AT_ONCE = 0.7  # seconds that a page waits for such work before it shows how far that is
_COURTESY = 30.0  # seconds that such work may wait for pages, in all


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What work that a page starts by itself has come to.

    Attributes:
        result: of the labels of now or, while ``task`` is running, of earlier ones, if there was.
        task: the work, running or ended without a result; None where the result is of now.
        again: starts the work anew, after a stop or a failure.
    """

    result: T | None
    task: Task | None
    again: Callable[[], None]


_latest: dict[tuple[str, str], tuple[Hashable, list[str], Any]] = {}
"""By kind of work and question: what the last result follows from, its classes, the result."""


def suspects_of(snapshot: Snapshot, predictions: Predictions) -> Outcome[Judgement]:
    """Labels that may be wrong."""
    return _outcome(
        SUSPECTS, snapshot, (judged_on(snapshot, predictions), snapshot.labels.key),
        "Suspect labels", lambda report: judge(snapshot, predictions, report),
    )  # fmt: skip


def labels_of(snapshot: Snapshot, predictions: Predictions) -> Outcome[Comparison]:
    """All labels against models that did not see them."""
    return _outcome(
        LABELS, snapshot, judged_on(snapshot, predictions),
        "Judging the labels", lambda report: against_labels(snapshot, predictions),
    )  # fmt: skip


def models_of(
    snapshot: Snapshot, predictions: Predictions, rows: np.ndarray
) -> Outcome[list[ModelScore]]:
    """All models compared on some labeled rows (n,)."""
    return _outcome(
        MODELS, snapshot, (judged_on(snapshot, predictions), rows.tobytes()),
        "Comparing models", lambda report: compare_models(snapshot, predictions, rows, report),
    )  # fmt: skip


def _outcome(
    kind: str, snapshot: Snapshot, basis: Hashable, title: str, work: Callable[[Report], T]
) -> Outcome[T]:
    """The latest result of work that is started where that is not of ``basis``."""
    place, name = (kind, snapshot.key), str(hash(basis))

    def latest() -> tuple[T | None, bool]:
        of, names, result = _latest.get(place, (None, [], None))
        return cast("T", result) if names == snapshot.names else None, of == basis

    def done(report: Report) -> None:
        begun = time.monotonic()
        courtesy = quiet.Courtesy(_COURTESY, lambda: time.monotonic() - begun < _AT_ONCE)
        with pausing(courtesy):
            _latest[place] = (basis, snapshot.names, work(report))

    def again() -> None:
        tasks.forget(kind, f"{snapshot.key}-{name}")

    result, fresh = latest()
    if not fresh:
        task = tasks.once(kind, snapshot.key, name, title, done)
        if task.status.state == "done":  # the labels are as they were once before
            again()
            task = tasks.once(kind, snapshot.key, name, title, done)
        task.wait(_AT_ONCE)
        result, fresh = latest()
    return Outcome(result, None if fresh else task, again)


def start_retrieval(
    snapshot: Snapshot, records: Sequence[EncoderRecord], beside: Sequence[EncoderRecord]
) -> Task:
    """Measure how well encoders match the workspace's captions and images, to be compared with
    those ``beside`` them."""
    return tasks.start(
        RETRIEVAL,
        snapshot.key,
        "Retrieval metrics",
        lambda report: measure(snapshot, records, host.shared.encoder, report, beside),
    )


def start_contest(snapshot: Snapshot, by: Measure) -> Task:
    """Compare the heads on the labels of now."""
    return tasks.start(
        HEAD_CONTEST,
        snapshot.key,
        "Comparing heads",
        lambda report: (
            _basis(snapshot, by),
            compare_heads(snapshot, by, snapshot.refined, report),
        ),
    )


def compared_with(snapshot: Snapshot, by: Measure) -> Contest | None:
    """What the last comparison says, where it is of these labels, classes and this measure."""
    task = tasks.task(HEAD_CONTEST, snapshot.key)
    if task is None or task.running or task.result is None:
        return None
    basis, contest = task.result
    return contest if basis == _basis(snapshot, by) else None


def start_vote(snapshot: Snapshot) -> Task:
    """Compare the vote of a snapshot's encoders with the active one, on the labels of now."""
    return tasks.start(
        VOTE,
        snapshot.key,
        "Comparing the vote",
        lambda report: (_vote_basis(snapshot), gain_of(snapshot, snapshot.refined, report)),
    )


def voted(snapshot: Snapshot) -> VoteGain | None:
    """What the last comparison says, where it is of these labels, classes and encoders."""
    task = tasks.task(VOTE, snapshot.key)
    if task is None or task.running or task.result is None:
        return None
    basis, gain = task.result
    return gain if basis == _vote_basis(snapshot) else None


def start_ablation(snapshot: Snapshot, columns: Sequence[str] = ()) -> Task:
    """Compare pictures, words, both and single columns, by the truth table beside the images."""
    return tasks.start(
        ABLATION,
        snapshot.key,
        "Pictures or words",
        lambda report: (
            _words_basis(snapshot, columns),
            ablate(snapshot, truth_beside(snapshot) or {}, LABELS_A_CLASS, DRAWS, report, columns),
        ),
    )


def played(snapshot: Snapshot, columns: Sequence[str] = ()) -> Ablation | None:
    """What the last comparison of pictures and words says, where it is of these images, classes,
    words and columns."""
    task = tasks.task(ABLATION, snapshot.key)
    if task is None or task.running or task.result is None:
        return None
    basis, result = task.result
    return result if basis == _words_basis(snapshot, columns) else None


def _words_basis(snapshot: Snapshot, columns: Sequence[str]) -> Hashable:
    return (snapshot.pool.version, snapshot.classes, *snapshot.beside_key, *columns)


def _basis(snapshot: Snapshot, by: Measure) -> Hashable:
    return (*snapshot.model_key(snapshot.refined), snapshot.labels.key, by)


def _vote_basis(snapshot: Snapshot) -> Hashable:
    model = snapshot.model_key(snapshot.refined)
    return (*model, snapshot.head, snapshot.labels.key, snapshot.voters)
