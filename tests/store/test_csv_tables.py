"""Tables that people bring: read whole, or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.store.csv_tables import read_captions, read_labels, write_labels


def test_label_tables_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_labels(path, [('a "b", c.jpg', "x,y", "ann", "page"), ("d/ü.jpg", "z", "", "")])
    assert read_labels(path) == {'a "b", c.jpg': "x,y", "d/ü.jpg": "z"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path\na.jpg\n", "no column named label"),
        ("path,label\na.jpg,\n", "line 2 lacks"),
        ("path,label\na.jpg,x\na.jpg,y\n", "line 3 says"),
        ("path,label\n", "no rows"),
        ("", "no column"),
    ],
)
def test_bad_label_tables_are_said(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(WinnowError, match=message):
        read_labels(path)


def test_missing_and_binary_label_tables_are_said(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        read_labels(tmp_path / "no.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00path")
    with pytest.raises(WinnowError, match="UTF-8"):
        read_labels(tmp_path / "binary.csv")


def test_captions_keep_their_order_and_come_once(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "path,caption\nb.jpg, two  words \n./a.jpg,x\nb.jpg,more\nb.jpg,two words\n.\\d\\c.jpg,y\n"
    )
    expected = [("b.jpg", "two words"), ("a.jpg", "x"), ("b.jpg", "more"), ("d/c.jpg", "y")]
    assert read_captions(path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,text\na,b\n", "no column named caption"),
        ("path,caption\n", "no rows"),
        ("path,caption\na.jpg,\n", "line 2"),
        ('path,caption\na.jpg,"b\n', "cannot be read"),
    ],
)
def test_bad_captions_are_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(WinnowError, match=message):
        read_captions(tmp_path / "c.csv")
