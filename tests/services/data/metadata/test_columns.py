"""Columns beside those that tables have of their own, in filters, orders, SQL and exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.export.record.run import load_manifest
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.data.metadata import carried
from core.services.data.metadata.importing import import_metadata, of_table
from core.services.export import runs
from core.services.export.replay import options_of
from core.services.predict.predicting import predict
from core.services.search.filtering import columns_beside, in_order, passing
from core.services.tags.querying import tables
from core.services.tags.tagging import tagging_of
from core.tags.vocabulary import Tags

TABLE = """path,width,Unit Price,^x$,class,*,sold,maker
p0000.jpg,10,1.5,a,x,1,2024-05-01,"A, B"
p0001.jpg,30,0.5,b,y,2,2024-06-01,C
p0002.jpg,20,,a,x,3,2023-01-31,"say ""C"" now"
"""


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """Four pictures, three of them with columns called like everything that means something."""
    folder = tmp_path / "pictures"
    write_pictures(folder, 4)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(Vocabulary.of({"red": ["red"], "blue": ["blue"]}))
    (tmp_path / "t.csv").write_text(TABLE)
    snapshot = project.snapshot()
    import_metadata(snapshot, of_table(snapshot, tmp_path / "t.csv"), "t.csv")
    return project


def rows(project: Project, *where: str) -> str:
    """Numbers of the pictures that pass filters."""
    passes = passing(project.snapshot(), where)[1]
    assert passes is not None
    return "".join(map(str, np.flatnonzero(passes)))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("width_metadata>15", "12"),
        ('"Unit Price"<1', "1"),
        ("unit_price>=0.5", "01"),
        ("unit-price=", "23"),
        ('"^x$"=a', "02"),
        ('"*"=3', "2"),
        ("class_metadata=y", "1"),
        ("sold>=2024-06", "1"),
        ("sold<=2024", "012"),
        ("sold<2024-05-01", "2"),
        ("sold=2024", "01"),
        ("sold^=2024-05", "0"),
        ("sold!=", "012"),
        ('maker="A, B"', "0"),
        ('"maker"="say "C" now"', "2"),
        ("maker~c", "12"),
        ("Width>0", "0123"),
    ],
)
def test_filters_on_columns(small: Project, where: str, expected: str) -> None:
    assert rows(small, where) == expected


def test_orders(small: Project) -> None:
    snapshot = small.snapshot()
    every = np.arange(4)
    assert in_order(snapshot, every, "unit price").tolist() == [1, 0, 2, 3]
    assert in_order(snapshot, every, "-unit price").tolist() == [0, 1, 2, 3]
    assert in_order(snapshot, every, "sold").tolist() == [2, 0, 1, 3]
    assert in_order(snapshot, np.array([3, 1]), "-path").tolist() == [3, 1]
    assert in_order(snapshot, np.array([], dtype=np.int64), "sold").tolist() == []
    with pytest.raises(WinnowError, match=r"names no column: there are .*Unit Price"):
        in_order(snapshot, every, "cost")


def test_names_beside_those_of_the_catalog(small: Project) -> None:
    named = columns_beside(small.snapshot())
    assert list(named) == [
        "width_metadata", "Unit Price", "^x$", "class_metadata", "*", "sold", "maker",
    ]  # fmt: skip
    assert named["width_metadata"] == "width"


def test_sql_sees_columns_with_their_types(small: Project) -> None:
    images = tables(small.snapshot(), tagging_of(small), Tags())["images"]
    assert images["width_metadata"].to_list() == [10, 30, 20, None]
    assert images.schema["sold"] == pl.Date
    assert images["class_metadata"].to_list() == ["x", "y", "x", None]
    assert images["class"].null_count() == 0


def test_what_exports_carry(small: Project) -> None:
    snapshot = small.snapshot()
    every = carried.columns(snapshot)
    assert every == (
        ("width", "whole"), ("Unit Price", "number"), ("^x$", "text"), ("class", "text"),
        ("*", "whole"), ("sold", "text"), ("maker", "text"),
    )  # fmt: skip
    assert next(carried.cells(snapshot, every)) == (
        10, 1.5, "a", "x", 1, "2024-05-01", "A, B",
    )  # fmt: skip
    assert list(carried.cells(snapshot, every))[3] == (None,) * 7
    assert carried.columns(snapshot, ["UNIT price", carried.NONE]) == (("Unit Price", "number"),)
    assert carried.columns(snapshot, [carried.NONE]) == ()
    assert list(carried.cells(snapshot, ())) == [()] * 4
    with pytest.raises(WinnowError, match="no column named cost"):
        carried.columns(snapshot, ["cost"])
    with pytest.raises(WinnowError, match="no column gone any more"):
        carried.cells(snapshot, (("gone", "text"),))


def test_exports_hold_columns_of_any_name(small: Project, tmp_path: Path) -> None:
    snapshot = small.snapshot()
    predictions = predict(snapshot)
    options = runs.options(
        "copy", None, None, 0, formats=["csv", "parquet"], csv_safe=True,
        columns=carried.columns(snapshot),
    )  # fmt: skip
    plan = runs.plan(snapshot, predictions, [], options)
    runs.write(snapshot, predictions, plan, tmp_path / "out", Report())
    table = pl.read_parquet(next((tmp_path / "out").rglob("*.parquet"))).sort("path")
    assert table["column_Unit Price"].to_list() == [1.5, 0.5, None, None]
    assert table.schema["column_width"] == pl.Int64
    names = [name for name in table.columns if name.startswith("column_")]
    assert names == [f"column_{name}" for name in snapshot.metadata.names]
    manifest = load_manifest(tmp_path / "out" / "manifest.json")
    assert options_of(manifest) == options
    entries = {entry["path"]: entry["columns"] for entry in manifest["files"]}
    assert entries["p0000.jpg"]["*"] == 1 and entries["p0003.jpg"]["maker"] is None
