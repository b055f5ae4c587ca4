"""The catalog on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.store.catalog import ImageRow, read_catalog, to_frame, to_rows, write_catalog


def test_the_catalog_survives_a_round_trip(tmp_path: Path) -> None:
    rows = [
        ImageRow("b/ü 😀.jpg", 3, 1 << 60, "ab" * 16, 10, 20, "JPEG", "first frame", None),
        ImageRow("a.jpg", 0, 5, None, problem="the file is empty"),
    ]
    path = tmp_path / "catalog.parquet"
    assert read_catalog(path).height == 0
    write_catalog(path, to_frame(rows))
    assert to_rows(read_catalog(path)) == sorted(rows, key=lambda row: row.path)
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(WinnowError, match="cannot be read"):
        read_catalog(path)
