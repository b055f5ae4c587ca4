"""Images by a column: values, ranges, dates; each image in one group, whatever the cells."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.services.data.metadata.grouping import (
    MOST_GROUPS,
    NOTHING,
    Grouping,
    grouping,
    shares_table,
)


def counts(made: Grouping) -> dict[str, int]:
    return dict(zip(made.names, made.sizes.tolist(), strict=True))


def test_values_by_how_often_they_occur_and_nothing_last() -> None:
    made = grouping(pl.Series(["b", "a", None, "b", "", " b "]))
    assert counts(made) == {"b": 3, "a": 1, NOTHING: 2} and made.nothing
    assert made.names[-1] == NOTHING and made.members(0).tolist() == [0, 3, 5]
    # A value of that name is another group than the images without one.
    assert grouping(pl.Series([NOTHING, None])).sizes.tolist() == [1, 1]


def test_of_ten_thousand_values_the_commonest_and_the_rest() -> None:
    cells = pl.Series([f"v{n}" for n in range(10_000)] + ["v7"] * 5 + ["v3"] * 2)
    made = grouping(cells)
    assert len(made.names) == MOST_GROUPS + 1 and made.names[:2] == ["v7", "v3"]
    assert made.names[-1] == f"{10_000 - MOST_GROUPS:,} other values"
    assert made.rest == 10_000 - MOST_GROUPS and made.sizes.sum() == len(cells)
    assert len(grouping(cells, most=None).names) == 10_000


def test_few_numbers_are_values_and_many_are_ranges_in_order() -> None:
    assert grouping(pl.Series([3, 1, 1, None])).names == ["1", "3", NOTHING]
    assert grouping(pl.Series([0.5, 2.0])).names == ["0.5", "2"]
    made = grouping(pl.Series(list(range(100))))
    assert counts(made) == {f"{n} to {n + 19}": 20 for n in range(0, 100, 20)}
    assert grouping(pl.Series([n / 10 for n in range(100)])).names[:2] == [
        "0 to under 2", "2 to under 4",
    ]  # fmt: skip


def test_where_one_range_would_hold_most_ranges_hold_about_as_many() -> None:
    prices = pl.Series([*(n / 10 for n in range(1, 200)), 100_000.0])
    made = grouping(prices)
    assert len(made.names) >= 6 and made.sizes.max() < 0.4 * len(prices)


@pytest.mark.parametrize(
    ("days", "unit", "first"),
    [(10, None, "2024-01-01"), (300, None, "2024-01"), (4000, None, "2024"),
     (300, "day", "2024-01-01"), (10, "year", "2024")],
)  # fmt: skip
def test_dates_by_the_finest_unit_that_leaves_few_groups(days, unit, first) -> None:
    cells = pl.Series([date(2024, 1, 1) + timedelta(days=n) for n in range(days)] + [None])
    made = grouping(cells, unit)
    named = made.names[: -1 - bool(made.rest)]
    assert named[0] == first and named == sorted(named)
    assert made.names[-1] == NOTHING and made.sizes.sum() == days + 1


def test_classes_within_groups_add_up() -> None:
    made = grouping(pl.Series(["a", "b", "a", None]))
    classes = np.array([0, 1, 1, 1])
    assert made.class_counts(classes, 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    table = shares_table(made, classes, ["x", "y", "z"])
    assert table.select("group", "class", "images_of_class", "share_of_group").rows() == [
        ("a", "x", 1, 0.5), ("a", "y", 1, 0.5), ("b", "y", 1, 1.0), (NOTHING, "y", 1, 1.0),
    ]  # fmt: skip
    assert shares_table(made)["share"].sum() == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.lists(st.one_of(st.none(), st.floats(width=64)), min_size=1),
        st.lists(st.one_of(st.none(), st.integers(-(2**60), 2**60)), min_size=1),
    )
)
def test_every_number_is_in_a_range_that_holds_it_in_order(numbers) -> None:
    cells = pl.Series(numbers, dtype=pl.Float64)
    made = grouping(cells)
    assert made.sizes.sum() == len(numbers) and (made.sizes > 0).all()
    last = -np.inf
    for group in range(len(made.names) - made.nothing):
        own = cells.gather(made.members(group)).to_numpy()
        assert own.min() >= last
        last = own.max()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1))
def test_every_text_is_in_one_group(texts) -> None:
    made = grouping(pl.Series(texts, dtype=pl.String))
    assert made.sizes.sum() == len(texts) and (made.sizes > 0).all()


def test_a_collection_without_images_has_no_groups() -> None:
    for kind in (pl.String, pl.Float64, pl.Date):
        assert grouping(pl.Series([], dtype=kind)).names == []
