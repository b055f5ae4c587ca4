"""Columns on disk: what goes in comes out, each import is a version, damage is named."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.store.metadata import versions
from core.store.metadata.table import EMPTY, MetadataTable
from core.store.metadata.versions import load_metadata, save_metadata, take_back, versions_of

A, B, C = "a" * 32, "b" * 32, "c" * 32
# Text as a CSV file in UTF-8 can hold it: anything but lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def table(**columns: list) -> MetadataTable:
    """A table of the images A, B, … with columns of texts, or of numbers where these are."""
    cells = {name: pl.Series(name, values) for name, values in columns.items()}
    kinds = {n: "number" if c.dtype.is_numeric() else "text" for n, c in cells.items()}
    length = len(next(iter(cells.values())))
    return MetadataTable(tuple(cells), kinds, "", [A, B, C][:length], cells)


def test_without_any_import_there_are_no_columns(tmp_path: Path) -> None:
    assert load_metadata(tmp_path) is EMPTY
    assert (EMPTY.names, len(EMPTY), versions_of(tmp_path)) == ((), 0, [])
    with pytest.raises(KeyError):
        EMPTY.column("title", [A])
    with pytest.raises(WinnowError, match="no import of columns to take back"):
        take_back(tmp_path)
    assert hash(EMPTY.version) == hash("")


def test_cells_come_back_in_the_order_of_the_ids_and_as_texts(tmp_path: Path) -> None:
    cells = {
        "title": pl.Series(["red", None], dtype=pl.String),
        "price": pl.Series([2.5, 3.0]),
        "count": pl.Series([7, None], dtype=pl.Int64),
        "sold": pl.Series([date(2024, 5, 1), None], dtype=pl.Date),
        "seen": pl.Series([None, datetime(2024, 5, 1, 8, 30)], dtype=pl.Datetime("us")),
    }
    kinds = {"title": "text", "price": "number", "count": "number", "sold": "date", "seen": "date"}
    save_metadata(tmp_path, MetadataTable(tuple(cells), kinds, "", [A, B], cells), "x", list(cells))
    loaded = load_metadata(tmp_path)
    assert (loaded.names, dict(loaded.kinds), len(loaded)) == (tuple(cells), kinds, 2)
    assert loaded.column("title", [B, C, A]) == [None, None, "red"]
    assert loaded.column("seen", [B]) == [datetime(2024, 5, 1, 8, 30)]
    assert loaded.series("count", [C, A]).to_list() == [None, 7]
    assert loaded.texts("price", [A, B, C]) == ["2.5", "3", ""]
    assert loaded.texts("count", [A, B]) == ["7", ""]
    assert loaded.texts("sold", [A]) == ["2024-05-01"]
    assert loaded.texts("seen", [B]) == ["2024-05-01 08:30:00"]
    assert "title" in loaded and "id" not in loaded


@given(names=st.lists(TEXT, min_size=1, max_size=4, unique=True), cells=st.lists(TEXT, max_size=3))
def test_columns_may_be_called_anything(tmp_path_factory, names: list[str], cells: list[str]):
    root = tmp_path_factory.mktemp("ws")
    ids = [A, B, C][: len(cells)]
    columns = {name: pl.Series(name, cells, dtype=pl.String) for name in names}
    kinds = dict.fromkeys(names, "text")
    save_metadata(root, MetadataTable(tuple(names), kinds, "", ids, columns), "x", names)
    loaded = load_metadata(root)
    assert loaded.names == tuple(names)
    assert all(loaded.column(name, ids) == cells for name in names)


def test_an_import_is_taken_back_and_its_version_with_it(tmp_path: Path) -> None:
    first = save_metadata(tmp_path, table(title=["a", "b"]), "one.csv", ["title"])
    before = load_metadata(tmp_path)
    save_metadata(tmp_path, table(title=["a", "c"], price=[1, 2]), "two.csv", ["title", "price"])
    after = load_metadata(tmp_path)
    assert after.version != before.version and after.names == ("title", "price")
    assert [version.what for version in versions_of(tmp_path)] == ["one.csv", "two.csv"]
    assert take_back(tmp_path).what == "two.csv"
    again = load_metadata(tmp_path)
    assert again.version == before.version == first.digest
    assert again.column("title", [A, B]) == ["a", "b"]
    take_back(tmp_path)
    assert load_metadata(tmp_path) is EMPTY
    files = {path.name for path in (tmp_path / versions.FOLDER).iterdir()} - {".lock"}
    assert files == {versions.INDEX}, "what was taken back takes no room"


def test_content_kind_and_name_change_the_version(tmp_path: Path) -> None:
    tables = [
        table(title=["1", "2"]), table(title=["1", "3"]), table(name=["1", "2"]),
        table(title=[1, 2]), table(title=["1"]),
    ]  # fmt: skip
    digests = [save_metadata(tmp_path, each, "x", ["title"]).digest for each in tables]
    assert len(set(digests)) == len(tables)
    assert save_metadata(tmp_path, tables[0], "x", ["title"]).digest == digests[0]


def test_versions_beyond_the_most_are_let_go_and_the_present_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST_VERSIONS", 3)
    for number in range(5):
        save_metadata(tmp_path, table(n=[number]), f"{number}.csv", ["n"])
    assert len(list((tmp_path / versions.FOLDER).glob("*.parquet"))) == 3
    assert [take_back(tmp_path).what for _ in range(2)] == ["4.csv", "3.csv"]
    with pytest.raises(WinnowError, match="The last 2 imports were taken back"):
        take_back(tmp_path)
    assert load_metadata(tmp_path).column("n", [A]) == [2], "what was let go is never lost by undo"


def test_a_full_disk_leaves_the_columns_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_metadata(tmp_path, table(title=["a"]), "one.csv", ["title"])

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(WinnowError, match="is full"):
        save_metadata(tmp_path, table(title=["b"]), "two.csv", ["title"])
    monkeypatch.undo()
    assert load_metadata(tmp_path).column("title", [A]) == ["a"]
    assert [version.what for version in versions_of(tmp_path)] == ["one.csv"]


def test_damage_is_named_and_a_version_before_it_can_be_reached(tmp_path: Path) -> None:
    save_metadata(tmp_path, table(title=["a"]), "one.csv", ["title"])
    save_metadata(tmp_path, table(title=["b"]), "two.csv", ["title"])
    path = tmp_path / versions.FOLDER / "000002.parquet"
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"path,caption\n"):
        path.write_bytes(damaged)
        with pytest.raises(WinnowError, match="damaged: take the last import back"):
            load_metadata(tmp_path)
    path.unlink()
    with pytest.raises(WinnowError, match="damaged"):
        load_metadata(tmp_path)
    take_back(tmp_path)
    assert load_metadata(tmp_path).column("title", [A]) == ["a"]
    index = tmp_path / versions.FOLDER / versions.INDEX
    content = json.loads(index.read_text())
    for damaged in ("[", "{}", "[1]", '{"format": 1, "dropped": 0, "versions": [{}]}'):
        index.write_text(damaged)
        with pytest.raises(WinnowError, match="cannot be read"):
            load_metadata(tmp_path)
    index.write_text(json.dumps(content | {"format": 2}))
    with pytest.raises(WinnowError, match="newer Winnow"):
        load_metadata(tmp_path)
