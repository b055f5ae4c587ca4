"""Tables of fields: read as they were meant, or their rows listed with what is wrong."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from core.runtime.errors import WinnowError
from core.services.deliveries.field_table import CONTRADICTS, MOST_FIELDS, TOO_LONG, read_fields


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "fields.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_quotes_and_encodings(tmp_path: Path, separator: str, encoding: str) -> None:
    rows = [["vendor", "File name", "sku"], ["Åsa", "a/1.jpg", '"7 ""x"""'], ["", "b.jpg", "8"]]
    text = "\r\n".join(separator.join(row) for row in rows)
    table = read_fields(written(tmp_path, text, encoding))
    assert table.columns == ["vendor", "sku"]
    assert table.rows == {"a/1.jpg": {"vendor": "Åsa", "sku": '7 "x"'}, "b.jpg": {"sku": "8"}}
    assert not table.rejected


def test_parquet_reads_as_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"sku": [7, None], "path": ["a.jpg", "b.jpg"]})
    frame.write_parquet(tmp_path / "fields.parquet")
    table = read_fields(tmp_path / "fields.parquet")
    assert table.rows == {"a.jpg": {"sku": "7"}, "b.jpg": {}}


def test_rows_that_do_not_count_are_listed_by_line(tmp_path: Path) -> None:
    lines = ["path,sku", "a.jpg,1", "a.jpg,2", "b.jpg,3", "b.jpg,3", ",4", "c.jpg,5,6",
             f"d.jpg,{'x' * 3_000}"]  # fmt: skip
    table = read_fields(written(tmp_path, "\n".join(lines)))
    assert table.rows == {"b.jpg": {"sku": "3"}} and table.lines == {"b.jpg": 4}
    assert [row.line for row in table.rejected] == [2, 3, 5, 6, 7, 8]
    assert [row.reason for row in table.rejected][:2] == [CONTRADICTS, CONTRADICTS]
    assert table.rejected[-1].reason == TOO_LONG


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sku,vendor\n1,2\n", "no column named path"),
        ("path\na.jpg\n", "no column beside"),
        ("path,sku,SKU\na.jpg,1,2\n", "two of one name"),
        ("path,sku\n", "no row that counts"),
        ("path,sku\na.jpg,\"1\n", "quote"),
        ("path," + ",".join(f"f{n}" for n in range(MOST_FIELDS + 1)) + "\n", "leave out"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_fields(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        read_fields(written(tmp_path, text))
