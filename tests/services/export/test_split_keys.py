"""Splits that stay: near-duplicates together, and nobody moves when images are added."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.export.split_keys import parted, read, remember, settle

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
    before = {"a": "a", "b": "b", "c": "b"}
    ids, groups = ["a", "b", "c", "new"], np.array([0, 0, 0, 0])
    keys = settle(ids, groups, before)
    assert keys == {**before, "new": "b"}
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
