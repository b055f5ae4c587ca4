"""Splits that stay: near-duplicates together, and nobody moves when images are added."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export.splits import split_of
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.split_keys import parted, read, remember, settle
from core.store.labels.sqlite import Event

SHARES = (0.5, 0.25, 0.25)
GROUPS = st.lists(st.integers(0, 5), min_size=1, max_size=30)


def ids_of(count: int) -> list[str]:
    return [f"{(number * 2654435761) % 2**32:08x}" for number in range(count)]


@given(GROUPS)
def test_a_group_shares_its_key(groups: list[int]) -> None:
    ids = ids_of(len(groups))
    keys = settle(ids, np.array(groups), {})
    for one, first in zip(ids, groups, strict=True):
        for other, second in zip(ids, groups, strict=True):
            assert (keys[one] == keys[other]) == (first == second)
    assert parted(ids, np.array(groups), keys) == 0


@given(GROUPS, st.data())
def test_nobody_moves_when_images_join(groups: list[int], data) -> None:
    ids = ids_of(len(groups))
    count = data.draw(st.integers(0, len(ids)))
    before = settle(ids[:count], np.array(groups[:count], dtype=int), {})
    after = settle(ids, np.array(groups), before)
    assert before.items() <= after.items()
    # A new image goes where its group is already; groups of new images hold together.
    assert parted(ids, np.array(groups), after) == 0


def test_two_old_groups_that_turn_out_to_be_one_stay_where_they_are() -> None:
    known = {"a": "a", "b": "b", "c": "b"}
    ids, groups = ["a", "b", "c", "new"], np.array([0, 0, 0, 0])
    keys = settle(ids, groups, known)
    assert keys == {**known, "new": "b"}
    assert parted(ids, groups, keys) == 1


def test_without_groups_everybody_keeps_what_was_remembered() -> None:
    assert settle(["a", "b"], None, {"b": "a"}) == {"a": "a", "b": "a"}


def test_keys_are_remembered_for_good(project: Project) -> None:
    workspace = project.workspace
    assert read(workspace) == {}
    remember(workspace, {"a": "a", "b": "a"})
    remember(workspace, {"b": "b", "c": "c"})
    assert read(workspace) == {"a": "a", "b": "a", "c": "c"}
    (workspace.root / "split-keys.parquet").write_bytes(b"no parquet")
    with pytest.raises(WinnowError, match=r"split-keys.parquet cannot be read"):
        read(workspace)


def test_a_run_keeps_groups_together_and_remembers(project: Project, tmp_path: Path) -> None:
    vocabulary = project.vocabulary()
    predictions = project.predict(vocabulary)
    chosen = runs.options("symlink", SHARES, None, 0)
    groups = np.arange(len(project.pool())) // 6
    plan = runs.plan(project, predictions, [], chosen, groups=groups)
    splits = {item.assignment.id: item.split for item in plan.items}
    ids = project.pool().ids
    for group in range(10):
        members = [ids[row] for row in np.flatnonzero(groups == group)]
        assert len({splits[image_id] for image_id in members}) == 1
        assert splits[members[0]] == split_of(min(members), SHARES, 0)
    runs.write(project, vocabulary, predictions, plan, tmp_path / "out", Report())
    alone = runs.plan(project, predictions, [], chosen)
    assert {item.assignment.id: item.split for item in alone.items} == splits
    merged = runs.plan(project, predictions, [], chosen, groups=np.zeros(len(ids), dtype=int))
    assert {item.assignment.id: item.split for item in merged.items} == splits
    assert any("may be in more than one split" in note for note in merged.notes)


def test_doubts_and_conflicts_reach_the_plan(project: Project) -> None:
    names, ids = project.vocabulary().names, project.pool().ids
    project.labels.add([Event(ids[0], names[0])], "ann", "test")
    project.labels.add([Event(ids[0], names[1])], "bob", "test")
    predictions = project.predict(project.vocabulary())
    doubts = ["two classes are possible", "two classes are possible", *[None] * (len(ids) - 2)]
    chosen = runs.options("copy", None, None, 0)
    plan = runs.plan(project, predictions, [], chosen, doubts=doubts)
    by_id = {item.assignment.id: item for item in plan.items}
    first, second = by_id[ids[0]], by_id[ids[1]]
    # A tie: the most recent word counts, and a person's word is never sent to review.
    assert (first.assignment.label, first.assignment.source, first.review) == (
        names[1], "human", False,
    )  # fmt: skip
    assert first.assignment.flags == ("conflict",)
    assert (second.review, second.reason) == (True, "two classes are possible")
    assert plan.review == 1
    assert replace(chosen, seed=1) != chosen
