"""What is finished goes to disk: vectors first, rows after them, in groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import write_pictures

from core.embedding.engines.base import Finished
from core.embedding.keeping import GROUP, Keeper
from core.runtime.errors import WinnowError
from core.store.catalog import ImageRow, read_catalog
from core.store.vectors import VectorStore
from core.store.workspace import open_workspace


def finished(*numbers: int) -> Finished:
    ids = [f"{n:032x}" for n in numbers]
    rows = [ImageRow(f"{n}.jpg", 1, 1, i) for n, i in zip(numbers, ids, strict=True)]
    return Finished(rows, ids, np.ones((len(ids), 2), np.float32))


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    write_pictures(tmp_path / "images", 1)
    workspace = open_workspace(tmp_path / "images", tmp_path / "workspace")
    store = VectorStore(workspace.vectors("two"), 2, writable=True)
    return Keeper(workspace, store, {})


def test_batches_are_written_at_once_and_their_rows_follow_in_groups(keeper: Keeper) -> None:
    keeper.add(finished(*range(GROUP - 1)))
    assert (keeper.embedded, keeper.handled, keeper.rows) == (GROUP - 1, 0, {})
    assert f"{5:032x}" in keeper  # a copy that comes now must not be encoded again
    killed_now = VectorStore.peek(keeper.workspace.vectors("two"))
    assert len(killed_now) == GROUP - 1
    keeper.add(finished(GROUP))
    assert (keeper.embedded, keeper.handled, len(keeper.rows)) == (GROUP, GROUP, GROUP)
    assert f"{5:032x}" in keeper
    assert "f" * 32 not in keeper


def test_few_images_do_not_wait_for_long(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.embedding.keeping.GROUP_SECONDS", -1.0)
    keeper.add(finished(1))
    assert keeper.handled == 1


def test_a_row_is_never_kept_before_its_vector(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise WinnowError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(VectorStore, "append", full)
        with pytest.raises(WinnowError):
            keeper.add(finished(0))
    keeper.add(finished(1, 2))
    with monkeypatch.context() as patch:
        patch.setattr(VectorStore, "flush", full)
        with pytest.raises(WinnowError):
            keeper.store()
    keeper.save_catalog()
    assert len(read_catalog(keeper.workspace.catalog)) == 0
    keeper.store()
    keeper.save_catalog()
    assert read_catalog(keeper.workspace.catalog)["path"].to_list() == ["1.jpg", "2.jpg"]


def test_rejects_are_counted(keeper: Keeper) -> None:
    keeper.add(Finished([ImageRow("x.jpg", 1, 1, problem="it is broken")]))
    keeper.store()
    assert (keeper.handled, keeper.rejected, keeper.embedded) == (1, 1, 0)


def test_an_image_that_the_model_has_no_vector_for_is_named_and_the_rest_goes_on(
    keeper: Keeper,
) -> None:
    keeper.add(finished(1, 2, 3))
    keeper.store()
    spoilt = finished(4, 5, 6)
    assert spoilt.vectors is not None
    spoilt.vectors[1] = np.nan
    spoilt.rows.append(ImageRow("copy of 5.jpg", 1, 1, f"{5:032x}"))
    keeper.add(spoilt)
    keeper.store()
    assert (keeper.embedded, keeper.handled, keeper.rejected) == (5, 7, 2)
    assert f"{5:032x}" not in keeper
    for path in ("5.jpg", "copy of 5.jpg"):
        assert "no usable vector" in str(keeper.rows[path].problem)
        assert keeper.rows[path].id is None  # looked at again, perhaps by another model
    assert keeper.rows["6.jpg"].problem is None


def test_a_whole_batch_without_vectors_is_no_error(keeper: Keeper) -> None:
    spoilt = finished(1, 2)
    spoilt.vectors = np.full((2, 2), np.nan, np.float32)
    keeper.add(spoilt)
    keeper.store()
    assert (keeper.embedded, keeper.rejected, len(keeper.rows)) == (0, 2, 2)
