"""What changed since a moment: labels by class and person, prompts, model, exports, predictions."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.export import runs
from core.services.metrics.changes import Changes, OfClass, changes, remember
from core.services.predict.predicting import estimates, predict
from core.store.csv_tables import read_labels
from core.store.labels import sqlite
from core.store.labels.base import Event
from core.store.labels.history import since


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time of the labels; it goes on when a test says so."""
    now = [1_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    yield now


def changed(project: Project, moment: float) -> Changes:
    snapshot = project.snapshot()
    return changes(snapshot, project.labels, predict(snapshot), moment)


def test_labels_by_class_and_person(project: Project, clock: list[float]) -> None:
    ids = project.pool().ids
    a, b = project.classes().names[:2]
    project.labels.add([Event(i, a) for i in ids[:4]], "ann", "test")
    clock[0] += 100
    moment = clock[0]
    clock[0] += 100
    project.labels.add([Event(ids[0], b), Event(ids[1], None, "clear")], "ann", "test")
    gone = project.labels.add([Event(ids[4], b), Event(ids[5], b)], "bob", "test")
    project.labels.add([Event(ids[6], a), Event(ids[7], None, "skip")], "bob", "test")
    project.labels.undo(gone, "bob")
    found = changed(project, moment).labels
    assert (found.labeled, found.changed, found.removed) == (1, 1, 1)
    assert found.classes == {
        a: OfClass(new=1, out_of=1, removed=1),
        b: OfClass(into=1),
    }
    assert found.people == {"ann": 2, "bob": 2} and found.undone == {"bob": 1}
    nothing = changed(project, clock[0]).labels
    assert (nothing.labeled, nothing.changed, nothing.removed, nothing.classes) == (0, 0, 0, {})
    everything = changed(project, 0).labels
    assert (everything.labeled, everything.changed, everything.removed) == (4, 0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_what_counted_then_is_what_counted_then(
    project: Project, clock: list[float], seed: int
) -> None:
    """Against the store itself, asked at the time: labels, undos of strokes, several people."""
    store, ids = project.labels, project.pool().ids[:6]
    names, draw = project.classes().names[:3], random.Random(seed)
    batches, moments = [], []
    for _ in range(60):
        clock[0] += 1
        act = draw.random()
        if act < 0.25 and batches:
            store.undo(draw.choice(batches), "ann")
        elif act < 0.35:
            kind = draw.choice(["skip", "unsure", "clear"])
            batches.append(
                store.add([Event(draw.choice(ids), None, kind)], draw.choice(["ann", "bob"]), "x")
            )
        else:
            events = [Event(i, draw.choice(names)) for i in draw.sample(ids, draw.randint(1, 3))]
            batches.append(store.add(events, draw.choice(["ann", "bob", "cy"]), "x"))
        clock[0] += 1
        moments.append((clock[0], dict(store.current())))
    now = store.current()
    for moment, then in moments:
        found = since(store, moment)
        for image in ids:
            old, new = then.get(image), now.get(image)
            same = (old and (old.kind, old.label)) == (new and (new.kind, new.label))
            assert (image not in found.before) == same
            if not same:
                told = found.before[image]
                assert (told and (told.kind, told.label)) == (old and (old.kind, old.label))


def test_classes_and_prompts(project: Project, clock: list[float]) -> None:
    classes = project.classes()
    (a, texts), (b, others), (c, _), *rest = classes.classes
    project.save_vocabulary(classes)
    clock[0] += 100
    moment = clock[0]
    clock[0] += 100
    project.save_vocabulary(
        Vocabulary(((a, (*texts[1:], "a new one")), ("B anew", others), *rest, ("added", ("x",))))
    )
    found = changed(project, moment).prompts
    assert found.prompts == {a: (["a new one"], [texts[0]])}
    assert found.renamed == {b: "B anew"}
    assert (found.added, found.removed, found.begun) == (["added"], [c], False)
    assert changed(project, clock[0]).prompts.nothing
    assert changed(project, 5.0).prompts.begun


def test_predictions_moved_since_a_record(project: Project, clock: list[float]) -> None:
    snapshot = project.snapshot()
    before = predict(snapshot)
    assert changed(project, clock[0]).moves is None
    remember(snapshot, before, None, clock[0])
    clock[0] += 1_000
    truth = read_labels(project.workspace.images / "truth.csv")
    rows = snapshot.audit_order[:30]
    events = [Event(snapshot.pool.ids[r], truth[snapshot.pool.paths[r]]) for r in rows]
    project.labels.add(events, "ann", "test")
    snapshot = project.snapshot()
    after = predict(snapshot)
    remember(snapshot, after, estimates(snapshot, after), clock[0])
    found = changed(project, 1_000_500.0).moves
    assert found is not None and (found.time, found.accuracy) == (1_000_000.0, None)
    assert (found.compared, found.new) == (60, 0)
    expected = np.flatnonzero(before.assigned != after.assigned)
    assert found.moved == len(expected) > 0
    assert sorted(np.concatenate([flip.rows for flip in found.flips])) == expected.tolist()
    for flip in found.flips:
        assert {before.names[k] for k in before.assigned[flip.rows]} == {flip.before}
        assert {after.names[k] for k in after.assigned[flip.rows]} == {flip.after}
    newest = changed(project, clock[0]).moves
    stated = estimates(snapshot, after)
    assert newest is not None and newest.moved == 0 and stated is not None
    share = stated.accuracy
    assert newest.accuracy == (share.value, share.low, share.high)


def test_an_export_is_a_record_too(project: Project, tmp_path: Path) -> None:
    snapshot = project.snapshot()
    first = predict(snapshot)
    plan = runs.plan(snapshot, first, [], runs.options("hardlink", None, None, 0))
    runs.write(snapshot, first, plan, tmp_path / "out", Report())
    moment = time.time()
    project.labels.add(
        [Event(snapshot.pool.ids[row], snapshot.names[0]) for row in range(20)], "ann", "test"
    )
    found = changed(project, moment)
    assert found.exports == [] and found.moves is not None
    assert found.moves.moved == int((predict(project.snapshot()).assigned != first.assigned).sum())
    (run,) = changed(project, moment - 3_600).exports
    assert run.name == "out"


def test_a_label_file_of_before_has_no_times_of_undos(project: Project) -> None:
    """What was taken back then counts as never said, whatever the moment."""
    ids, name = project.pool().ids, project.classes().names[0]
    batch = project.labels.add([Event(ids[0], name)], "ann", "test")
    project.labels.undo(batch, "ann")
    with sqlite.SqliteLog.connect(project.labels) as connection:
        connection.execute("DELETE FROM undos")
    for moment in (0.0, time.time() + 60):
        assert changed(project, moment).labels.labeled == 0


def test_the_model_and_the_images(project: Project) -> None:
    found = changed(project, time.time()).model
    assert (found.now, found.before, found.changed) == ("starter", "starter", False)
    earlier = changed(project, 0).model
    assert (earlier.before, earlier.embedded, earlier.gone) == (None, 60, 0)
