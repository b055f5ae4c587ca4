"""Pages of exceptions: odd ones first, near-duplicates as one, nothing twice or of others."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.embedding.run import embed
from core.project.project import Project
from core.services.data.duplicates import groups_of
from core.services.label.grid import STACKED, GridOrder, _stacks, grid_pages, likeness
from core.services.predict.predicting import predict
from core.store.apart import take_apart
from core.store.labels.base import Event


def pages(project: Project, order: GridOrder = "odd ones first", size: int = 5, k=None, **more):
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    counts = np.bincount(predictions.assigned[snapshot.unanswered], minlength=len(snapshot.names))
    k = int(counts.argmax()) if k is None else k
    result = grid_pages(
        snapshot, predictions, project.labels, snapshot.names[k], "me", size, 3, order, **more
    )
    return snapshot, predictions, k, result


@pytest.mark.parametrize("order", ["odd ones first", "surest first", "least sure first"])
def test_a_page_begins_with_the_odd_ones(project: Project, order: GridOrder) -> None:
    snapshot, predictions, k, result = pages(project, order)
    rows = [[snapshot.pool.rows[stack[0]] for stack in page] for page in result]
    for page in rows:
        odd = likeness(snapshot, predictions, k, np.array(page))
        assert odd.tolist() == sorted(odd.tolist())
        assert set(predictions.assigned[page]) == {k}
    p = [predictions.probabilities[page, k] for page in rows]
    for before, after in pairwise(p):
        if order == "surest first":
            assert before.min() >= after.max()
        if order == "least sure first":
            assert before.max() <= after.min()


def test_what_is_answered_left_out_or_of_others_is_on_no_page(project: Project) -> None:
    _, _, k, before = pages(project)
    flat = [i for page in before for stack in page for i in stack]
    assert len(flat) == len(set(flat)) > 6
    project.labels.add([Event(flat[0], None, "none"), Event(flat[1], None, "skip")], "me", "test")
    snapshot, _, _, after = pages(project, k=k, out=[flat[3]])
    there = {i for page in after for stack in page for i in stack}
    assert not there & {flat[0], flat[1], flat[3]}
    assert flat[4] in there
    assert snapshot.is_answered[snapshot.pool.rows[flat[0]]]
    other = grid_pages(
        snapshot,
        predict(snapshot),
        project.labels,
        snapshot.names[k],
        "other",
        5,
        3,
        "surest first",
    )
    assert not there & {i for page in other for stack in page for i in stack}


def test_near_duplicates_are_one_stack_until_they_are_taken_apart(
    sample: Path, starter, tmp_path: Path
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for path in sorted(sample.glob("images/*"))[:12]:
        shutil.copy(path, folder)
    for path in sorted(folder.iterdir()):
        with Image.open(path) as picture:
            picture.convert("RGB").save(folder / f"{path.stem} again.jpg", quality=90)
    project = Project.open(folder, tmp_path / "workspace")
    shutil.copy(sample / "prompts.yaml", project.workspace.vocabulary)
    embed(project.workspace, starter)
    project.use(starter)
    snapshot = project.snapshot()
    groups, assigned = groups_of(snapshot), predict(snapshot).assigned
    rows = next(
        rows for group in set(groups.tolist())
        if len(rows := np.flatnonzero(groups == group)) == 2 and len(set(assigned[rows])) == 1
    )  # fmt: skip
    pair, name = {snapshot.pool.ids[row] for row in rows}, snapshot.names[assigned[rows[0]]]

    def stacks() -> list[set[str]]:
        now = project.snapshot()
        result = grid_pages(now, predict(now), project.labels, name, "me", 24, 1, "surest first")
        return [set(stack) for stack in result[0]]

    assert pair in stacks()
    take_apart(project.workspace, sorted(pair))
    assert [len(stack) for stack in stacks() if stack & pair] == [1, 1]


def test_a_stack_is_no_longer_than_people_look_through() -> None:
    groups = np.zeros(2 * STACKED + 5, dtype=int)
    stacks = _stacks(groups, np.arange(len(groups)), 10)
    assert [len(stack) for stack in stacks] == [STACKED, STACKED, 5]
    assert sorted(place for stack in stacks for place in stack) == list(range(len(groups)))
    assert _stacks(np.arange(9), np.arange(9)[::-1], 2) == [[8], [7]]
