"""Two runs compared: flips, who is right more often, classes, slices, whatever is on record."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.learn.predictions import Predictions
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import runs as exporting
from core.services.metrics.changes import remember
from core.services.metrics.runs.answers import of_truth
from core.services.metrics.runs.comparing import Compared, compare
from core.services.metrics.runs.flipped import HEAD, csv_of, write
from core.services.metrics.runs.listing import AUTOMATIC, ENCODER, PROMPTS, runs
from core.services.metrics.runs.naming import named
from core.services.predict.predicting import learner, predict
from core.services.predict.recording import EXPORT, MOMENT, record
from core.services.predict.zero_shot import zero_shot
from core.store.csv_tables import read_labels

Label = Callable[[int, int], None]


def compared(project: Project, before: str, after: str) -> Compared:
    snapshot = project.snapshot()
    runs = (named(project.workspace, text, 2e9) for text in (before, after))
    return compare(snapshot, lambda: predict(snapshot), *runs)


def keep(project: Project, name: str) -> Predictions:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    record(snapshot, predictions, MOMENT, name, "ann")
    return predictions


def never() -> Predictions:
    raise AssertionError("nothing is to be predicted for runs on record")


def test_equal_runs_give_no_flips(project: Project, label: Label) -> None:
    label(0, 30)
    label(40, 50)
    keep(project, "a")
    keep(project, "b")
    for pair in (("a", "b"), ("a", "now"), ("now", "now")):
        same = compared(project, *pair)
        assert (same.flipped, same.flips, same.images) == (0, [], 60)
        assert (same.difference.value, same.difference.won, same.difference.lost) == (0, 0, 0)
        assert same.difference.n == 30 and same.left_out == 0
        assert not any(of.lost_more for of in same.slices)


def test_a_run_before_labels_and_one_after(project: Project, label: Label) -> None:
    first = keep(project, "prompts alone")
    label(0, 30)
    snapshot = project.snapshot()
    second = predict(snapshot)
    of = compared(project, "prompts alone", "now")
    moved = np.flatnonzero(first.assigned != second.assigned)
    assert sorted(np.concatenate([flip.rows for flip in of.flips])) == moved.tolist()
    for flip in of.flips:
        assert {first.names[k] for k in first.assigned[flip.rows]} == {flip.before}
        assert {second.names[k] for k in second.assigned[flip.rows]} == {flip.after}
    truth = second.human[second.audit]
    right = first.assigned[second.audit] == truth
    own = second.unseen.argmax(axis=1) == truth  # by models that did not see the labels
    assert (of.difference.n, of.difference.before) == (30, int(right.sum()))
    assert of.difference.after == int(own.sum())
    assert of.won.tolist() == second.audit[own & ~right].tolist()
    assert of.lost.tolist() == second.audit[right & ~own].tolist()
    assert sum(each.n for each in of.per_class.values()) == 30
    turned = compared(project, "now", "prompts alone")
    assert turned.difference.value == -of.difference.value
    assert (turned.flipped, turned.difference.won) == (of.flipped, of.difference.lost)


def test_runs_on_record_need_no_prediction(project: Project, label: Label) -> None:
    keep(project, "a")
    label(0, 20)
    keep(project, "b")
    snapshot = Project(project.workspace).snapshot()  # without an encoder
    pair = [named(project.workspace, text, 2e9) for text in "ab"]
    assert compare(snapshot, never, *pair).difference.n == 20


def test_labels_that_a_run_had_seen(project: Project, label: Label) -> None:
    """A moment judges every label unseen; automatic records only what was random by then."""
    label(0, 12)
    label(20, 35)
    snapshot = project.snapshot()
    predictions = keep(project, "a")
    remember(snapshot, predictions, None, 1_000_000.0)
    label(12, 20)
    (kept,) = runs(project.workspace, [AUTOMATIC])
    whole, some = compared(project, "a", "now"), compared(project, kept.id, "now")
    assert (whole.difference.n, whole.left_out) == (35, 0)
    assert (some.difference.n, some.left_out) == (20, 15)
    rows = np.flatnonzero(predictions.human >= 0)
    unseen = learner(snapshot).cross_fitted(
        rows, predictions.human[rows], np.setdiff1d(rows, predictions.audit)
    )
    right = unseen.argmax(axis=1) == predictions.human[np.setdiff1d(rows, predictions.audit)]
    assert whole.difference.before - some.difference.before == int(right.sum())


def test_an_export_with_and_without_its_record(
    project: Project, label: Label, tmp_path: Path
) -> None:
    label(0, 15)
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    plan = exporting.plan(snapshot, predictions, [], exporting.options("hardlink", None, None, 0))
    exporting.write(snapshot, predictions, plan, tmp_path / "out", Report(), person="ann")
    label(15, 30)
    recorded = compared(project, "out", "now")
    assert (recorded.difference.n, recorded.left_out) == (30, 0)
    (project.workspace.home / "ledger.jsonl").unlink()
    for file in (project.workspace.home / "judged").iterdir():
        file.unlink()
    bare = compared(project, "out", "now")  # what people labeled, no model judged for itself
    assert (bare.difference.n, bare.left_out) == (15, 15)
    assert [(f.before, f.after, f.rows.tolist()) for f in bare.flips] == [
        (f.before, f.after, f.rows.tolist()) for f in recorded.flips
    ]
    (run,) = runs(project.workspace, [EXPORT])
    (project.workspace.runs / run.id / "manifest.json").write_text("{}")
    with pytest.raises(WinnowError, match="is not on record, or its record is damaged"):
        compared(project, "out", "now")


def test_versions_of_the_prompts(project: Project, label: Label) -> None:
    label(0, 30)
    (name, _), *rest = project.classes().classes
    project.save_vocabulary(Vocabulary(((name, ("a bicycle",)), *rest)))
    older, newer = runs(project.workspace, [PROMPTS])[::-1]
    of = compared(project, older.id, newer.id)
    snapshot = project.snapshot()
    first = zero_shot(snapshot.under(older.classes)).scores.argmax(axis=1)
    second = zero_shot(snapshot).scores.argmax(axis=1)
    assert of.flipped == int((first != second).sum()) > 0
    assert of.difference.n == 30
    truth = snapshot.human[snapshot.audit]
    assert of.difference.before == int((first[snapshot.audit] == truth).sum())
    assert of.difference.after == int((second[snapshot.audit] == truth).sum())


def test_a_renamed_class_is_the_same_class(project: Project, label: Label) -> None:
    keep(project, "before")
    (_, prompts), *rest = project.classes().classes
    project.save_vocabulary(Vocabulary((("a new name", prompts), *rest)))
    assert compared(project, "before", "now").flipped == 0


def test_classes_that_one_run_lacks(project: Project, label: Label) -> None:
    keep(project, "all")
    label(0, 30)
    classes = project.classes().classes
    project.save_vocabulary(Vocabulary(classes[1:]))
    keep(project, "fewer")
    project.save_vocabulary(Vocabulary(classes))
    of = compared(project, "all", "fewer")
    gone = int((project.snapshot().human[project.snapshot().audit] == 0).sum())
    assert of.other_classes == gone > 0
    assert of.difference.n + of.left_out + gone == 30


def test_an_encoder_stands_for_its_first_predictions(project: Project, label: Label) -> None:
    (encoder,) = runs(project.workspace, [ENCODER])
    with pytest.raises(WinnowError, match="Nothing that was predicted with the encoder starter"):
        compared(project, encoder.id, "now")
    keep(project, "first")
    label(0, 30)
    keep(project, "second")
    of = compared(project, encoder.id, "now")
    assert of.flipped == compared(project, "first", "now").flipped
    assert of.first.run.id == encoder.id


def test_nothing_random_is_labeled(project: Project) -> None:
    keep(project, "a")
    of = compared(project, "a", "now")
    assert (of.difference.n, of.difference.value, of.slices, of.per_class) == (0, None, [], {})
    assert of.sentence().startswith("Which of the two is right more often cannot be told")
    assert "too few random images" in of.slices_sentence()


def test_the_contract(project: Project, label: Label) -> None:
    keep(project, "a")
    label(0, 40)
    content = json.loads(json.dumps(compared(project, "a", "now").as_json(), allow_nan=False))
    assert {"same_images", "flips", "delta", "per_class", "slices"} <= set(content)
    assert content["same_images"] == content["n"] == 40
    assert set(content["delta"]) == {"value", "low", "high"}
    assert content["flips"] == sum(pair["count"] for pair in content["pairs"]) > 0
    assert {of["kind"] for of in content["slices"]} == {"size"}  # the images lie in one folder
    assert all(of["n"] >= 5 for of in content["slices"])


def test_the_table_of_images(project: Project, label: Label, tmp_path: Path) -> None:
    keep(project, "a")
    label(0, 30)
    of, snapshot = compared(project, "a", "now"), project.snapshot()
    head, *rows = csv.reader(io.StringIO(csv_of(snapshot, of.flips).decode()))
    assert tuple(head) == HEAD and len(rows) == of.flipped
    for path, image, before, after, said in rows:
        row = snapshot.pool.rows[image]
        assert snapshot.pool.paths[row] == path and before != after
        human = snapshot.human[row]
        assert said == (snapshot.names[human] if human >= 0 else "")
    write(snapshot, of.flips, tmp_path / "flips.csv", csv_safe=True)
    assert (tmp_path / "flips.csv").read_bytes() == csv_of(snapshot, of.flips, csv_safe=True)


def test_a_truth_decides_on_all_its_images(project: Project, label: Label) -> None:
    keep(project, "a")
    label(0, 20)
    snapshot, truth = project.snapshot(), read_labels(project.workspace.images / "truth.csv")
    pair = [named(project.workspace, text, 2e9) for text in ("a", "now")]
    of = compare(snapshot, lambda: predict(snapshot), *pair, answers=of_truth(snapshot, truth))
    assert (of.difference.n, of.left_out, of.basis) == (60, 0, "images of the truth")
    assert len(of.per_class) == 10
    predictions = predict(snapshot)
    judged = predictions.assigned.copy()
    judged[predictions.audit] = predictions.unseen.argmax(axis=1)
    names = np.array(predictions.names, dtype=object)
    right = sum(
        names[judged[row]] == truth[path] for path, row in snapshot.pool.rows_by_path.items()
    )
    assert of.difference.after == right
    with pytest.raises(WinnowError, match="None of the 1 paths of the truth file"):
        of_truth(snapshot, {"nowhere.jpg": "x"})
