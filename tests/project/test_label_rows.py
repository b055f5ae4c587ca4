"""Labels by row: followed step by step they equal those read at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project.label_rows import LabelRows, LabelTable
from core.project.pool import Pool
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore

IDS = [f"image{n}" for n in range(6)]
POOL = Pool(IDS, [[] for _ in IDS], "1", "encoder", rows={i: row for row, i in enumerate(IDS)})


def equal(one: LabelRows, two: LabelRows) -> None:
    assert one.texts() == two.texts()
    np.testing.assert_array_equal(np.minimum(one.codes, 0), np.minimum(two.codes, 0))
    np.testing.assert_array_equal(one.conflicts, two.conflicts)
    np.testing.assert_array_equal(one.times, two.times)
    assert (one.by_id, one.version) == (two.by_id, two.version)


def test_codes_times_and_classes(tmp_path: Path) -> None:
    store, table = LabelStore(tmp_path / "labels.sqlite"), LabelTable()
    events = [Event("image1", "cat"), Event("image3", None, "skip"), Event("elsewhere", "cat")]
    store.add(events, "ann", "test")
    rows = table.rows(POOL, store.state())
    assert rows.texts() == [None, "cat", None, None, None, None]
    assert np.flatnonzero(rows.without_class).tolist() == [3]
    assert rows.human(["dog", "cat"]).tolist() == [-1, 1, -1, -1, -1, -1]
    assert rows.human(["dog"]).tolist() == [-1] * 6
    assert np.isfinite(rows.times[[1, 3]]).all() and np.isnan(rows.times[0])
    assert set(rows.by_id) == {"image1", "image3", "elsewhere"}
    assert table.rows(POOL, store.state()) is rows


def test_labels_of_one_request_outrank_and_leave_no_trace(tmp_path: Path) -> None:
    store, table = LabelStore(tmp_path / "labels.sqlite"), LabelTable()
    store.add([Event("image1", "cat"), Event("image2", None, "unsure")], "ann", "test")
    rows = table.rows(POOL, store.state())
    over = rows.overlaid(POOL, {"image1": "dog", "image2": "cat", "image5": "cat", "gone": "cat"})
    assert over.texts() == [None, "dog", "cat", None, None, "cat"]
    assert np.isposinf(over.times[[1, 2, 5]]).all()
    assert over.key != rows.key
    assert rows.texts() == [None, "cat", None, None, None, None]
    assert table.rows(POOL, store.state()).texts() == rows.texts()


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["label", "skip", "clear", "undo"]),
            st.integers(0, 7),  # two of these images are not in the pool
            st.sampled_from(["cat", "dog", "bird"]),
            st.sampled_from(["ann", "bob"]),
        ),
        max_size=25,
    )
)
def test_rows_that_follow_equal_rows_read_anew(steps, tmp_path_factory) -> None:
    store = LabelStore(tmp_path_factory.mktemp("log") / "labels.sqlite")
    table, earlier, batches = LabelTable(), [], []
    for kind, image, name, who in steps:
        if kind == "undo":
            if batches:
                store.undo(batches[image % len(batches)], who)
        else:
            event = Event(f"image{image}", name if kind == "label" else None, kind)
            batches.append(store.add([event], who, "test"))
        rows = table.rows(POOL, store.state())
        equal(rows, LabelTable().rows(POOL, store.state()))
        earlier.append((rows, rows.texts()))
    for rows, texts in earlier:  # what somebody still looks at did not change
        assert rows.texts() == texts
    other = Pool(
        IDS[::-1], POOL.files, "2", "encoder", rows={i: r for r, i in enumerate(IDS[::-1])}
    )
    assert (
        table.rows(other, store.state()).texts()
        == LabelTable().rows(POOL, store.state()).texts()[::-1]
    )


def test_arrays_are_read_only(tmp_path: Path) -> None:
    rows = LabelTable().rows(POOL, LabelStore(tmp_path / "labels.sqlite").state())
    with pytest.raises(ValueError, match="read-only"):
        rows.codes[0] = 1
