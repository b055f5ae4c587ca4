"""A record of predictions tells what was judged without its label, and is what it says."""

from __future__ import annotations

import numpy as np

from core.project.project import Project
from core.services.predict.predicting import learner, predict
from core.services.predict.recording import LEAST, MOMENT, figures_of, past_of, record
from core.store.csv_tables import read_labels
from core.store.history import ledger
from core.store.history.predictions import UNJUDGED
from core.store.labels.base import Event


def labeled(project: Project, audit: int, others: int) -> None:
    """The first images of the audit stream and the last ones get their true classes."""
    snapshot = project.snapshot()
    truth = read_labels(project.workspace.images / "truth.csv")
    order = snapshot.audit_order
    rows = [*order[:audit], *(order[-others:] if others else [])]
    events = [Event(snapshot.pool.ids[r], truth[snapshot.pool.paths[r]]) for r in rows]
    project.labels.add(events, "ann", "test")


def test_without_labels_all_images_are_judged(project: Project) -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    past = past_of(snapshot, predictions, 5.0, {})
    np.testing.assert_array_equal(past.judged, predictions.probabilities.argmax(axis=1))
    np.testing.assert_array_equal(past.judged, past.codes)
    assert "accuracy" not in figures_of(snapshot, predictions)


def test_no_label_was_seen_by_what_judged_its_image(project: Project) -> None:
    labeled(project, 12, 9)
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    order, audit = snapshot.audit_order, snapshot.audit
    assert audit.tolist() == order[:12].tolist()
    some = past_of(snapshot, predictions, 5.0, {}).judged
    np.testing.assert_array_equal(some[audit], predictions.unseen.argmax(axis=1))
    assert (some[order[-9:]] == UNJUDGED).all()
    rest = predictions.human < 0
    np.testing.assert_array_equal(some[rest], predictions.probabilities.argmax(axis=1)[rest])
    whole = past_of(snapshot, predictions, 5.0, {}, whole=True).judged
    rows = np.flatnonzero(~rest)
    others = np.setdiff1d(rows, audit)
    unseen = learner(snapshot).cross_fitted(rows, predictions.human[rows], others)
    np.testing.assert_array_equal(whole[others], unseen.argmax(axis=1))
    np.testing.assert_array_equal(np.delete(whole, others), np.delete(some, others))


def test_what_is_recorded_stands_in_the_ledger(project: Project) -> None:
    labeled(project, LEAST, 4)
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    entry = record(snapshot, predictions, MOMENT, "before <b>", "ann")
    home = snapshot.workspace.home
    assert ledger.read(home).entries == [entry]
    past = ledger.past_of(home, entry.id)
    assert past is not None and past.names == predictions.names
    np.testing.assert_array_equal(past.codes, predictions.assigned)
    figures = entry.figures
    assert (figures["labels"], figures["n"], figures["images"]) == (LEAST + 4, LEAST, 60)
    assert figures["low"] <= figures["accuracy"] <= figures["high"]
    again = record(snapshot, predictions, MOMENT, "before <b>", "ann")
    assert again.id != entry.id
