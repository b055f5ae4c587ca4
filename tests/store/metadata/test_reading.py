"""Tables that people bring, in every form and with everything that goes wrong with them."""

from __future__ import annotations

import json
import resource
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sheets import workbook

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.store.metadata import brought, workbooks
from core.store.metadata.brought import Brought
from core.store.metadata.reading import read_brought
from core.store.table_rows import HEADER, MORE_CELLS


def cells(table: Brought) -> dict[str, list[str]]:
    return {name: [cell or "" for cell in column] for name, column in table.cells.items()}


WHOLE = {"path": ["a.jpg", "b.jpg"], "Unit price": ["3.5", ""], "title": ["red, round", 'q"q']}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_text_with_any_separator(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "t.csv"
    rows = [list(WHOLE), *zip(*WHOLE.values(), strict=True)]
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    path.write_text("\r\n".join(separator.join(row) for row in quoted))
    assert cells(read_brought(path)) == WHOLE


def test_tabs_count_before_commas_within_names(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("# from the shop\nname\ttitle, short\na.jpg\tred, round\n")
    assert cells(read_brought(path)) == {"name": ["a.jpg"], "title, short": ["red, round"]}


def test_the_same_table_in_every_kind_of_file(tmp_path: Path) -> None:
    frame = pl.DataFrame(WHOLE)
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ndjson(tmp_path / "t.jsonl")
    (tmp_path / "t.json").write_text(frame.write_json())
    workbook(tmp_path / "t.xlsx", [list(WHOLE), *zip(*WHOLE.values(), strict=True)])
    for name in ("t.parquet", "t.jsonl", "t.json", "t.xlsx"):
        assert cells(read_brought(tmp_path / name)) == WHOLE, name


def test_parquet_of_dates_lists_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {"path": ["a", "b"], "day": [date(2024, 5, 1), None], "tags": [["x", "y"], []],
               "stars": [4, None], "image": [b"1", b"2"]}  # fmt: skip
    pl.DataFrame(columns).write_parquet(path)
    table = read_brought(path)
    assert cells(table) == {
        "path": ["a", "b"], "day": ["2024-05-01", ""], "tags": ["x, y", ""], "stars": ["4", ""],
    }  # fmt: skip
    assert "image" in table.note


def test_json_within_json_and_lines_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"path": "a.jpg", "size": {"w": 1.0, "tags": ["x", 2]}, "new": true}\n'
        'oops\n[1]\n\n{"path": "b.jpg", "late": null}\n'
    )
    table = read_brought(path)
    assert cells(table) == {
        "path": ["a.jpg", "b.jpg"], "size.w": ["1", ""], "size.tags": ["x, 2", ""],
        "new": ["true", ""], "late": ["", ""],
    }  # fmt: skip
    assert table.lines == [1, 5]
    assert [(row.line, row.reason) for row in table.rejected] == [
        (2, "no JSON object"), (3, "no JSON object"),
    ]  # fmt: skip


def test_rows_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('path,title,\na.jpg,"two\nlines",\nb.jpg,x,,extra\n\npath,title,\nc.jpg\n')
    table = read_brought(path)
    assert cells(table) == {"path": ["a.jpg", "c.jpg"], "title": ["two\nlines", ""]}
    assert table.lines == [2, 7]
    assert [(row.line, row.reason) for row in table.rejected] == [(4, MORE_CELLS), (6, HEADER)]


def test_encodings_and_nul_bytes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for codec in ("utf-8-sig", "utf-16", "cp1252"):
        path.write_bytes("path,titel\nä.jpg,Größe\nö.jpg,Übung für Gäste\n".encode(codec))
        assert cells(read_brought(path))["titel"] == ["Größe", "Übung für Gäste"], codec
    path.write_bytes(b"path,title\na.jpg,r\0ed\n")
    table = read_brought(path)
    assert cells(table)["title"] == ["red"]
    assert "1 NUL bytes were left out" in table.note


def test_formulas_are_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('path,code,text\na.jpg,"=""001""","=HYPERLINK(""http://x"")"\n')
    assert cells(read_brought(path)) == {
        "path": ["a.jpg"], "code": ["001"], "text": ['=HYPERLINK("http://x")'],
    }  # fmt: skip


def test_only_some_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("path,title,price,brand\na.jpg,x,3,y\n")
    (tmp_path / "t.jsonl").write_text('{"path":"a.jpg","title":"x","price":3,"brand":"y"}\n')
    for name in ("t.csv", "t.jsonl"):
        table = read_brought(tmp_path / name, ["Price"])
        assert cells(table) == {"path": ["a.jpg"], "price": ["3"]}, "paths come with them"
        with pytest.raises(WinnowError, match="no column named cost: it has path, title"):
            read_brought(tmp_path / name, ["cost"])


def wide(path: Path) -> None:
    path.write_text(",".join(f"c{n}" for n in range(10_000)) + "\n" + "x," * 9_999 + "x\n")


def wide_json(path: Path) -> None:
    path.write_text(json.dumps({f"c{n}": n for n in range(10_000)}))


def long_cell(path: Path) -> None:
    path.write_text('{"path": "a.jpg", "t": "%s"}\n' % ("x" * 1_000_000))


HOSTILE = {
    "nothing.csv": (lambda path: path.write_text(""), "is empty"),
    "header.csv": (lambda path: path.write_text("path,title\n"), "no rows below its header"),
    "wide.csv": (wide, "10,000 columns, more than the 500"),
    "wide.jsonl": (wide_json, "10,000 columns, more than the 500"),
    "long.jsonl": (long_cell, "line 1 has a cell of more than 100,000 characters in the column t"),
    "long.csv": (
        lambda path: path.write_text(f"path,t\na.jpg,{'x' * 1_000_000}\n"),
        "line 2 has a cell of more than 131,072 characters",
    ),
    "twice.csv": (
        lambda path: path.write_text("path,Title,title\na,b,c\n"), "two columns named title",
    ),
    "name.csv": (
        lambda path: path.write_text(f"path,{'n' * 101}\na,b\n"), "more than 100 characters",
    ),
    "quote.csv": (lambda path: path.write_text('path,t\na,"b\nc,d\n'), "close the quote"),
    "cut.parquet": (lambda path: path.write_bytes(b"PAR1 cut"), "cannot be read as Parquet"),
    "cut.json": (lambda path: path.write_text("[{"), "cannot be read as JSON"),
    "none.jsonl": (lambda path: path.write_text("a\nb\n"), "holds no JSON object"),
    "deep.json": (lambda path: path.write_text("[" * 100_000), "cannot be read as JSON"),
    "bytes.jsonl": (lambda path: path.write_bytes(b"\xff\xfe\xfd"), "cannot be read as JSON"),
    "cut.xlsx": (lambda path: path.write_bytes(b"PK\x03\x04cut"), "cannot be read as a workbook"),
    "old.xls": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0 old"), "cannot be read as a workbook",
    ),
    "gone.csv": (lambda path: None, "does not exist"),
    "gone.jsonl": (lambda path: None, "does not exist"),
    "folder.csv": (lambda path: path.mkdir(), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str) -> None:
    write, message = HOSTILE[name]
    write(tmp_path / name)
    with pytest.raises(WinnowError, match=message) as refusal:
        read_brought(tmp_path / name)
    assert "\n" not in str(refusal.value)


def test_a_table_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    for name, start in (
        ("t.csv", b""),
        ("t.jsonl", b""),
        ("t.parquet", b"PAR1"),
        ("t.xlsx", b"PK\x03\x04"),
    ):
        path = tmp_path / name
        with path.open("wb") as file:
            file.write(start)
            file.truncate(2_000_000_000)  # takes no room on the disk
        with pytest.raises(WinnowError, match="2,000,000,000 bytes"):
            read_brought(path)


def test_more_cells_than_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought, "MOST_CELLS", 5)
    (tmp_path / "t.csv").write_text("path,t\na,b\nc,d\ne,f\n")
    with pytest.raises(WinnowError, match="more than 5 cells"):
        read_brought(tmp_path / "t.csv")


def test_a_workbook_with_two_cells_at_its_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    workbook(path, [["path", "t"], ["a", "b"]])
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(far, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if member.filename.startswith("xl/worksheets/"):
                data = data.replace(b'r="B2"', b'r="XFD1048576"')
            target.writestr(member, data)
    with pytest.raises(WinnowError, match="span 16,384 columns and 1,048,576 rows"):
        read_brought(far)


def test_a_workbook_that_unpacks_to_more_than_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.xlsx"
    workbook(path, [["path", "t"], *[["a", "b" * 100]] * 2_000])
    monkeypatch.setattr(inputs, "TABLE_BYTES", 20_000)
    with pytest.raises(WinnowError, match="unpacked it is too large"):
        read_brought(path)


def test_a_workbook_that_says_one_text_too_often_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, shared = tmp_path / "t.xlsx", tmp_path / "shared.xlsx"
    workbook(path, [["path", "t"], *[["a", "b"]] * 1_000])
    texts = f"<sst><si><t>b</t></si><si><t>{'x' * 2_000}</t></si></sst>"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(shared, "w") as target:
        for member in source.infolist():
            data = source.read(member)
            if member.filename.startswith("xl/worksheets/"):
                before, after = b't="inlineStr"><is><t>b</t></is>', b't="s"><v>1</v>'
                assert data.count(before) == 1_000
                data = data.replace(before, after)
            target.writestr(member, data)
        target.writestr("xl/sharedStrings.xml", texts)
    monkeypatch.setattr(workbooks, "_MOST_BYTES", 1_000_000)
    with pytest.raises(WinnowError, match=r"its cells say 2,\d+,\d+ bytes of text"):
        read_brought(shared)
    assert len(read_brought(path)) == 1_000


def test_one_long_cell_many_times_is_refused_before_it_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    names = pa.array([f"{n}.jpg" for n in range(3_000)])
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"path": names, "t": texts}), path)
    assert path.stat().st_size < 3_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(WinnowError, match="more than 800,000,000"):
        read_brought(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


def test_more_text_than_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought, "MOST_TEXT", 20)
    (tmp_path / "t.csv").write_text("path,t\na,bbbbbbbbbbbbbbbb\nc,dddddd\n")
    (tmp_path / "t.jsonl").write_text('{"path": "a", "t": "bbbbbbbbbbbbbbbbbbbbb"}\n')
    for name in ("t.csv", "t.jsonl"):
        with pytest.raises(WinnowError, match="more than 20 characters: choose the columns"):
            read_brought(tmp_path / name)


def test_nul_bytes_are_left_out_of_every_kind_of_table(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"path": "a", "t": "b\0c\0"}))
    pl.DataFrame({"path": ["a"], "t": ["b\0c\0"]}).write_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_bytes(b"path,t\na,b\0c\0\n")
    for name in ("t.jsonl", "t.parquet", "t.csv"):
        read = read_brought(tmp_path / name)
        assert read.cells["t"].to_list() == ["bc"], name
        assert read.note == "2 NUL bytes were left out", name


def test_without_the_package_for_workbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    workbook(path, [["path", "t"], ["a", "b"]])
    monkeypatch.setitem(__import__("sys").modules, "fastexcel", None)
    with pytest.raises(WinnowError, match=r"pip install 'winnow\[excel\]', or save the sheet"):
        read_brought(path)
