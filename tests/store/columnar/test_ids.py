"""Ids as columns read as lists and dicts of them would."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.columnar import ids as columns
from core.store.columnar.ids import IdColumn, IdIndex, as_bytes, series_as_bytes

# Few different halves, so that ids that begin alike, and ids that come twice, are common.
HALVES = st.integers(0, 3).map(lambda n: f"{n:016x}")
IDS = st.lists(st.tuples(HALVES, HALVES).map("".join), max_size=40)


@given(IDS)
def test_a_column_reads_as_a_list(ids: list[str]) -> None:
    column = IdColumn(as_bytes(ids))
    assert list(column) == ids and len(column) == len(ids)
    assert [column[row] for row in range(len(ids))] == ids
    assert column == ids and column[1:3] == ids[1:3] and column == IdColumn(as_bytes(ids))
    assert (column == [*ids, "ab" * 16]) is False
    if ids:
        assert column[-1] == ids[-1]


@pytest.fixture(scope="module", params=["mixed", "the first half"])
def keys(request: pytest.FixtureRequest) -> Iterator[None]:
    """By what ids are sorted: also where that is alike for many of them."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "the first half":
            patch.setattr(columns, "_keys", lambda words: words[:, 0].copy())
        yield


@pytest.mark.usefixtures("keys")
@given(IDS, st.data())
def test_an_index_finds_what_a_dict_would(ids: list[str], data: st.DataObject) -> None:
    valid = np.array([data.draw(st.booleans()) for _ in ids], dtype=bool)
    index = IdIndex(as_bytes(ids), valid)
    expected = {i: row for row, (i, right) in enumerate(zip(ids, valid, strict=True)) if right}
    assert dict(index) == expected and len(index) == len(expected)
    assert index.rows.tolist() == sorted(expected.values())
    asked = [*ids, "ff" * 16]
    assert index.find(as_bytes(asked)).tolist() == [expected.get(i, -1) for i in asked]
    known = [i for i in asked if i in expected]
    assert index.all_of([*asked, "no id", ""]).tolist() == [expected[i] for i in known]


def test_what_is_no_id_is_not_there() -> None:
    index = IdIndex(as_bytes(["ab" * 16]))
    assert index["ab" * 16] == 0
    for text in ("", "ab", "AB" * 16, "ab" * 17, "zz" * 16, 3):
        assert text not in index
    with pytest.raises(KeyError):
        index["cd" * 16]


def test_columns_of_texts_tell_which_are_ids() -> None:
    texts = ["ab" * 16, None, "no", "AB" * 16, "00" * 16]
    good, raw = series_as_bytes(pl.Series(texts, dtype=pl.String))
    assert good.tolist() == [True, False, False, False, True]
    assert IdColumn(raw) == ["ab" * 16, "00" * 16]
    good, raw = series_as_bytes(pl.Series([], dtype=pl.String))
    assert raw.shape == (0, 16) and good.shape == (0,)
