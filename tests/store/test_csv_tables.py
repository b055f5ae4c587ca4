"""Tables that people bring: read as they were meant, or listed, or refused with the line."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, fault
from core.store.csv_tables import (
    CONTRADICTS,
    NO_NAME,
    LabelTable,
    read_captions,
    read_labels,
    rejected_csv,
    write_labels,
    write_rejected,
)
from core.store.table_rows import AGAIN, HEADER, MORE_CELLS, NO_PATH, counts, in_words


def labels_of(folder: Path, data: str | bytes) -> LabelTable:
    path = folder / "labels.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_labels(path)


def test_label_tables_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_labels(path, [('a "b", c.jpg', "x,y", "ann", "page"), ("d/ü.jpg", "z", "", "")])
    assert dict(read_labels(path)) == {'a "b", c.jpg': "x,y", "d/ü.jpg": "z"}


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
labels = names.map(clean).filter(lambda name: not fault(name))


@given(st.dictionaries(names.filter(str.strip), labels, min_size=1, max_size=6))
def test_any_paths_and_labels_survive_the_file(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    write_labels(path, [(name, label, "me", "it") for name, label in content.items()])
    table = read_labels(path)
    kept_out = {row.path for row in table.rejected if row.reason == HEADER}
    assert dict(table) == {k: v for k, v in content.items() if k not in kept_out}
    assert table.rows == len(content)


MEANT = {"a.jpg": "Tee", "b c.jpg": "Löffel, groß"}
PLAIN = 'path,label\na.jpg,Tee\nb c.jpg,"Löffel, groß"\n'


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip("\n"),
        PLAIN.replace("a.jpg,Tee", '"a.jpg","Tee"'),
        PLAIN.replace("a.jpg,Tee", '"a.jpg", "Tee"'),
        PLAIN.replace("a.jpg,Tee", 'a.jpg,"Te\u00ade"'),
        'label;path\nTee;a.jpg\n"Löffel, groß";b c.jpg\n',
        "path\tlabel\na.jpg\tTee\nb c.jpg\tLöffel, groß\n",
        "path|label\na.jpg|Tee\nb c.jpg|Löffel, groß\n",
        "sep=;\npath;label\na.jpg;Tee\nb c.jpg;Löffel, groß\n",
        PLAIN.replace("path,label", "Path,Label "),
        PLAIN.replace("path,label", "file name,Class"),
        PLAIN.replace("path,label", "Filename,CATEGORY"),
        PLAIN.replace("path,label", '"image_path","class_name"'),
        PLAIN.replace("path,label", "#path,label"),
        "\n# made by hand\n\n" + PLAIN,
        PLAIN.replace("\n", "\n\n") + ",,,\n \n",
        'path,label,,\na.jpg,Tee,,\nb c.jpg,"Löffel, groß",,\n',
        'path,label\na.jpg,Tee,,\nb c.jpg,"Löffel, groß"\n',
        "n;path;x;label\n1;a.jpg;;Tee\n2;b c.jpg;y;Löffel, groß\n",
        '"path,label"\r\n"a.jpg,Tee"\r\n"b c.jpg,""Löffel, groß"""\r\n',
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-32"),
        PLAIN.encode("cp1252"),
        PLAIN.replace(",", ";").replace("Löffel;", "Löffel,").encode("cp1252"),
    ],
)
def test_tables_are_read_as_they_were_meant(tmp_path: Path, data: str | bytes) -> None:
    table = labels_of(tmp_path, data)
    assert dict(table) == MEANT
    assert table.rejected == () and table.rows == 2


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "Größe,Geräte\nCafé,Soße\n"),
        ("cp1251", "стол.jpg,мебель\nчашка.jpg,посуда\n"),
        ("koi8-r", "стол.jpg,мебель\nчашка.jpg,посуда\nложка.jpg,посуда\n"),
        ("cp932", "りんご.jpg,果物\nみかん.jpg,果物\n"),
        ("gb18030", "苹果.jpg,水果\n桌子.jpg,家具\n"),
        ("cp1253", "τραπέζι.jpg,έπιπλα\nκαρέκλα.jpg,έπιπλα\n"),
    ],
)
def test_encodings_of_one_language_are_told_and_remarked_on(
    tmp_path: Path, codec: str, text: str
) -> None:
    table = labels_of(tmp_path, ("path,label\n" + text).encode(codec))
    expected = dict(line.split(",") for line in text.splitlines())
    assert dict(table) == expected
    assert "not UTF-8, read as" in table.note


def test_a_file_of_two_encodings_is_read_line_by_line(tmp_path: Path) -> None:
    lines = ["path,label", "größe.jpg,café", "naïve.jpg,soße", "ähre.jpg,öl"]
    data = "\n".join(lines).encode() + b"\n" + "ümlaut.jpg,süß\n".encode("cp1252")
    table = labels_of(tmp_path, data)
    assert table["ümlaut.jpg"] == "süß" and table["größe.jpg"] == "café"
    assert table.note.startswith("1 lines are not UTF-8")


def test_rows_that_do_not_count_are_listed_with_line_and_reason(tmp_path: Path) -> None:
    text = (
        "path,label\n" + "a.jpg,x\n" + ",x\n" + "b.jpg,\n" + "c.jpg\n" + "path,label\n"
        + "d.jpg,x, y\n" + "a.jpg,x\n" + "e.jpg,x\n" + "e.jpg,y\n" + "f.jpg,\u200b\n"
        + f"g.jpg,{'n' * 300}\n" + 'h.jpg,"two\nlines"\n' + "i.jpg,z\n"
    )  # fmt: skip
    table = labels_of(tmp_path, text)
    assert dict(table) == {"a.jpg": "x", "h.jpg": "two lines", "i.jpg": "z"}
    assert table.lines == {"a.jpg": 2, "h.jpg": 13, "i.jpg": 15}
    assert [(row.line, row.reason) for row in table.rejected] == [
        (3, NO_PATH), (4, "no label"), (5, "no label"), (6, HEADER), (7, MORE_CELLS), (8, AGAIN),
        (9, CONTRADICTS), (10, CONTRADICTS), (11, NO_NAME), (12, NO_NAME),
    ]  # fmt: skip
    assert table.rows == len(table) + len(table.rejected)
    assert table.rejected[4].more == "cell 3 is ' y'"
    assert table.rejected[6].more == "line 10 says 'y'"
    assert counts(table.rejected)["no label"] == 2
    assert "2 no label (lines 4, 5)" in in_words(table.rejected)
    write_rejected(tmp_path / "r.csv", table.rejected)
    lines = (tmp_path / "r.csv").read_text().splitlines()
    assert lines[0] == "line,path,text,reason"
    assert lines[5] == "7,d.jpg,x,more cells than columns: cell 3 is ' y'"
    assert rejected_csv(table.rejected) == (tmp_path / "r.csv").read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path\na.jpg\n", "no column named label: line 1 must be path,label, it is 'path'"),
        ("a.jpg,x\nb.jpg,y\n", "no column named label and path: line 1"),
        ("path,label\na.jpg,\n", r"no row that counts \(1 no label \(line 2\)\)"),
        ("path,label\na.jpg,x\na.jpg,y\n", "2 another label in another row"),
        ("path,label\n", "no rows"),
        ("path,label\n,,\n\n", "no rows"),
        ("", "no column"),
        ("\n\n", "no column"),
        ("path,label,Label\na,b,c\n", "2 columns named label .the cells 2 and 3 of line 1."),
        ('path,label\na.jpg,x\nb.jpg,"x\nc.jpg,y\nd.jpg,z\n', "line 3 cannot be read as CSV"),
        ('path,label\na.jpg,x\n"b.jpg,x\nc.jpg,"y"\n', "line 3 cannot be read as CSV"),
        (
            'path,label\na.jpg,"x\nb.jpg,y\nc.jpg,z"\n',
            "line 2 cell 2 holds the rows down to line 4",
        ),
        ('path,label\na.jpg,"x" y\n', "line 2 cannot be read as CSV"),
        (f"path,label\na.jpg,{'x' * 200_000}\n", "line 2 has a cell of more than"),
    ],
)
def test_what_would_be_cut_short_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(WinnowError, match=message) as error:
        labels_of(tmp_path, text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04", "Excel or OpenDocument workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel workbook: save the sheet as CSV"),
        (b"PAR1", "cannot be read as Parquet"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressed: unpack it first"),
        (b"SQLite format 3\0", "SQLite"),
    ],
)
def test_files_of_other_programs_are_named(tmp_path: Path, start: bytes, what: str) -> None:
    with pytest.raises(WinnowError, match=what):
        labels_of(tmp_path, start + bytes(200))


def test_missing_and_binary_tables_are_said(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        read_labels(tmp_path / "no.csv")
    with pytest.raises(WinnowError, match="UTF-8"):
        labels_of(tmp_path, b"\xff\xfe\x00path")
    with pytest.raises(WinnowError, match="folder"):
        read_labels(tmp_path)


def test_cells_guarded_from_spreadsheets_are_bare(tmp_path: Path) -> None:
    table = labels_of(tmp_path, 'path,label\na.jpg,"=""001"""\n')
    assert dict(table) == {"a.jpg": "001"}


def test_a_zero_byte_is_no_end(tmp_path: Path) -> None:
    table = labels_of(tmp_path, "path,label\na.jpg,x\0y\nb.jpg,z\n")
    assert dict(table) == {"a.jpg": "x y", "b.jpg": "z"}


def test_captions_keep_their_order_and_come_once(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("path,caption\nb.jpg, two  words \na.jpg,x\nb.jpg,more\nb.jpg,two words\n")
    captions = read_captions(path)
    assert captions == [("b.jpg", "two words"), ("a.jpg", "x"), ("b.jpg", "more")]
    assert [(row.line, row.reason) for row in captions.rejected] == [(5, AGAIN)]


def test_captions_have_commas_and_lines_and_other_heads(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text('image,Text\na.jpg,A dog, running, fast\nb.jpg,"A cat,\nasleep, at last"\n,y\n')
    captions = read_captions(path)
    assert captions == [("a.jpg", "A dog, running, fast"), ("b.jpg", "A cat, asleep, at last")]
    assert [row.reason for row in captions.rejected] == [NO_PATH]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,words\na,b\n", "no column named caption"),
        ("path,caption\n", "no rows"),
        ("path,caption\na.jpg,\n", "line 2"),
        ('path,caption\na.jpg,"b\n', "cannot be read"),
        ('path,caption\na.jpg,"b\nc.jpg,d\n"e\n', "cannot be read"),
    ],
)
def test_bad_captions_are_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(WinnowError, match=message):
        read_captions(tmp_path / "c.csv")
