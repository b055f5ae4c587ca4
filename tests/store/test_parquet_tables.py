"""Tables that people bring as Parquet: read as a CSV file of the same content is."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.store import parquet
from core.store.csv_tables import read_captions, read_labels, write_labels
from core.store.table_rows import NO_PATH, counts

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)


def write(folder: Path, **columns: object) -> Path:
    path = folder / "table.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_labels_are_read_with_their_rows(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        score=[1.0, 2.0, 3.0, 4.0, 5.0],
        **{"Class Name": ["cat", "dog", None, " ", "cat"], "File": ["a", "b", "c", "d", None]},
    )
    table = read_labels(path)
    assert dict(table) == {"a": "cat", "b": "dog"}
    assert table.lines == {"a": 1, "b": 2} and table.rows == 5
    assert counts(table.rejected) == {"no label": 2, NO_PATH: 1}
    assert [row.line for row in table.rejected] == [3, 4, 5]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 1, 9], ["0", "1", "9"]),
        ([0.0, 1.0, 2.5], ["0", "1", "2.5"]),
        ([True, False, True], ["True", "False", "True"]),
        (pl.Series(["a", "b", "a"], dtype=pl.Categorical), ["a", "b", "a"]),
        (pl.Series(["a", "b", "a"], dtype=pl.Enum(["a", "b"])), ["a", "b", "a"]),
        ([b"a", b"b", b"a"], ["a", "b", "a"]),
    ],
)
def test_labels_of_any_plain_kind_are_text(tmp_path: Path, values: object, labels: list) -> None:
    path = write(tmp_path, path=["x", "y", "z"], label=values)
    assert list(read_labels(path).values()) == labels


def test_numbers_of_a_class_column_are_its_names(tmp_path: Path) -> None:
    features = {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}, "path": {"_type": "x"}}
    schema = pa.schema(
        [("path", pa.string()), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    table = pa.Table.from_pydict({"path": ["a", "b", "c"], "label": [1, 0, 7]}, schema=schema)
    pq.write_table(table, tmp_path / "hf.parquet")
    assert dict(read_labels(tmp_path / "hf.parquet")) == {"a": "dog", "b": "cat", "c": "7"}


def test_captions_are_read_several_an_image(tmp_path: Path) -> None:
    path = write(tmp_path, image=["a", "a", "b", "a"], caption=["one", "two", None, "one"])
    table = read_captions(path)
    assert table == [("a", "one"), ("a", "two")]
    assert counts(table.rejected) == {"no caption": 1, "the same again": 1}


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_a_table_says_the_same_as_parquet_and_as_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("both")
    paths = [f"p{n}{path}" for n, (path, _) in enumerate(rows)]
    labels = [label for _, label in rows]
    csv = folder / "table.csv"
    write_labels(csv, [(p, label, "", "") for p, label in zip(paths, labels, strict=True)])
    of_csv = of_parquet = None
    with suppress(WinnowError):
        of_csv = read_labels(csv)
    with suppress(WinnowError):
        of_parquet = read_labels(write(folder, path=paths, label=labels))
    # A spreadsheet's ="text" is text to Parquet, and only CSV trims what stands around a cell.
    if of_csv is not None and of_parquet is not None and '="' not in "".join(labels):
        assert list(map(str.strip, of_csv.values())) == list(map(str.strip, of_parquet.values()))
    assert (of_csv is None) == (of_parquet is None)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"path": ["a"], "other": ["b"]}, "no column named label: it has path, other"),
        ({"a": ["a"], "b": ["b"]}, "no column named label and path"),
        ({"path": ["a"], "label": [["b"]]}, "the column label holds large_list"),
        ({"path": ["a"], "label": [{"b": 1}]}, "the column label holds struct"),
        ({"path": ["a"], "Label": ["a"], "label": ["b"]}, "2 columns named label"),
        ({"path": [None], "label": ["b"]}, "no row that counts"),
        ({"path": [], "label": []}, "no rows below"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, columns: dict, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        read_labels(write(tmp_path, **columns))


def test_damaged_files_are_one_sentence(tmp_path: Path) -> None:
    whole = write(tmp_path, path=["a", "b"] * 500, label=["x", "y"] * 500).read_bytes()
    path = tmp_path / "damaged.parquet"
    for cut in (4, 9, 100, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(WinnowError, match="cannot be read as Parquet"):
            read_labels(path)
    for place in range(4, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            read_labels(path)
        except WinnowError as error:
            assert "\n" not in str(error)


def test_a_text_that_comes_a_million_times_is_in_memory_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        tmp_path, path=[f"{n}" for n in range(3_000)], label=pl.Series(["x" * 100_000] * 3_000)
    )
    assert path.stat().st_size < 1_000_000  # 300 MB once unpacked
    monkeypatch.setattr(parquet, "_MOST", 10_000_000)
    with pytest.raises(WinnowError, match=r"no row that counts|bytes of text"):
        read_labels(path)


def test_a_file_too_large_names_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, path=["a"], label=["b"])
    monkeypatch.setattr("core.runtime.inputs.TABLE_BYTES", 100)
    with pytest.raises(WinnowError, match="more than 100"):
        read_labels(path)
