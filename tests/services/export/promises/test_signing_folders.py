"""Signing a folder: its list stands, labels are its looks, what is signed is exported as signed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.export import runs
from core.services.export.promises import signing
from core.services.export.promises.promise import promise_of
from core.services.export.promises.request import Request
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.labels.base import Event


def biggest(project: Project) -> str:
    """The class that most images are predicted to be."""
    predictions = predict(project.snapshot())
    counts = np.bincount(predictions.assigned, minlength=len(predictions.names))
    return predictions.names[int(counts.argmax())]


def confirm(project: Project, name: str, ids: list[str]) -> str:
    """Say that images are of the class."""
    return project.labels.add([Event(i, name) for i in ids], "ann", signing.SOURCE)


def test_a_folder_is_signed_by_looks_and_exported_as_signed(project: Project) -> None:
    name, snapshot = biggest(project), project.snapshot()
    folder = signing.begin(snapshot, predict(snapshot), name, 0.8)
    assert (folder.state.looks, folder.is_signed) == (0, False)
    listed = set(folder.ids)
    while not folder.is_signed:
        confirm(project, name, folder.next_ids(5))
        folder = signing.folders(project.snapshot())[0]
    assert set(folder.ids) == listed
    snapshot = project.snapshot()
    promise = promise_of(snapshot, predict(snapshot), Request(signed=True))
    plan = runs.plan(
        snapshot, promise.predictions, [], runs.options("copy", None, None, 0), None, promise.doubts
    )
    inside = {i.assignment.id for i in plan.items if not i.review}
    assert inside == listed
    assert plan.counts[name] == len(listed)
    assert promise.holds and plan.review == promise.review == len(snapshot) - len(listed)


def test_in_groups_what_is_signed_stays_where_it_was_signed(project: Project) -> None:
    name, snapshot = biggest(project), project.snapshot()
    folder = signing.begin(snapshot, predict(snapshot), name, 0.8)
    confirm(project, name, list(folder.ids))
    put_in_group(project.vocabulary_file, snapshot.names[:3], "some")
    snapshot = project.snapshot()
    row = int(np.setdiff1d(snapshot.unanswered, folder.rows)[0])
    confirm(project, "some", [snapshot.pool.ids[row]])
    snapshot = project.snapshot()
    promise = promise_of(snapshot, predict(snapshot), Request(signed=True))
    made = runs.plan(
        snapshot, promise.predictions, [], runs.options("copy", None, None, 0), None, promise.doubts
    )
    inside = {i.assignment.id: i.assignment.label for i in made.items if not i.review}
    assert inside == dict.fromkeys(folder.ids, name) | {snapshot.pool.ids[row]: "some"}
    assert made.review == promise.review


def test_wrong_ones_leave_and_undo_takes_looks_back(project: Project) -> None:
    name, snapshot = biggest(project), project.snapshot()
    folder = signing.begin(snapshot, predict(snapshot), name, 0.8)
    first = folder.next_ids(4)
    batch = confirm(project, name, first[1:])
    signing.call_wrong(project.workspace, name, first[:1])
    folder = signing.folders(project.snapshot())[0]
    assert (folder.state.looks, folder.state.wrong) == (4, 1)
    assert folder.sorted_images == len(folder.ids) - 1
    project.labels.undo(batch, "ann")
    signing.take_back(project.workspace, name, first)
    assert signing.folders(project.snapshot())[0].state.looks == 0


def test_a_list_lasts_until_it_is_dropped_or_begun_anew(project: Project) -> None:
    name, snapshot = biggest(project), project.snapshot()
    one = signing.begin(snapshot, predict(snapshot), name, 0.9)
    two = signing.begin(project.snapshot(), predict(snapshot), name, 0.8)
    assert [f.level for f in signing.folders(project.snapshot())] == [0.8]
    assert set(one.ids) == set(two.ids)
    signing.drop(project.workspace, name)
    assert signing.folders(project.snapshot()) == []


def test_nothing_to_sign_and_damage_are_said(project: Project) -> None:
    snapshot = project.snapshot()
    name, predictions = snapshot.names[0], predict(snapshot)
    own = np.flatnonzero(predictions.assigned == 0)
    confirm(project, name, [snapshot.pool.ids[row] for row in own.tolist()])
    with pytest.raises(WinnowError, match="nothing to"):
        signing.begin(project.snapshot(), predictions, name, 0.9)
    path: Path = project.workspace.home / "signatures.json"
    for wrong in ("{", '{"folders": [{"ids": ["../x"]}]}', "[]"):
        path.write_text(wrong)
        with pytest.raises(WinnowError, match=r"signatures\.json"):
            signing.folders(project.snapshot())


def test_without_a_signature_only_labels_are_sorted(project: Project) -> None:
    snapshot = project.snapshot()
    promise = promise_of(snapshot, predict(snapshot), Request(signed=True))
    assert not promise.holds
    assert promise.review == len(snapshot)
