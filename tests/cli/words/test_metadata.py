"""``winnow metadata``: in, looked at, taken back, and what SQL, filters and exports see of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from cli.outcomes import Winnow, refused

from core.store.csv_tables import read_labels


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> tuple[str, Path]:
    return "--workspace", shutil.copytree(embedded, tmp_path / "ws")


@pytest.fixture
def products(sample: Path, tmp_path: Path) -> Path:
    """A table of all pictures but ten, and one row of none."""
    path = tmp_path / "products.csv"
    rows = [f"{p},Nice {n},{n / 4},2024-05-{1 + n % 28:02}" for n, p in enumerate(_paths(sample))]
    path.write_text("\n".join(["path,title,unit price,sold", *rows, "gone.jpg,x,1,2024-01-01"]))
    return path


def _paths(sample: Path) -> list[str]:
    return sorted(read_labels(sample / "truth.csv"))[10:]


def test_in_shown_and_taken_back(
    winnow: Winnow, sample: Path, workspace: tuple[str, Path], products: Path, tmp_path: Path
) -> None:
    command = ("metadata", "import", sample, products, *workspace, "--json")
    dry = winnow(*command, "--dry-run").json
    assert winnow("metadata", "show", sample, *workspace, "--json").json["columns"] == {}
    outcome = winnow(*command, "--rejected", tmp_path / "left.csv")
    assert outcome.json == dry
    assert outcome.json == {
        "rows": 51,
        "matched": 50,
        "unmatched": 1,
        "columns": {"title": "text", "unit price": "number", "sold": "date"},
        "key": "path",
        "replaced": [],
        "rejected": {"no embedded image": 1},
    }
    assert "products.csv: 1 of 51 rows do not count" in outcome.err
    assert "gone.jpg" in (tmp_path / "left.csv").read_text()
    shown = winnow("metadata", "show", sample, *workspace, "--json").json
    assert shown["columns"]["title"]["filled"] == 50
    assert [entry["what"] for entry in shown["imports"]] == ["products.csv"]
    assert "unit price" in winnow("metadata", "show", sample, *workspace).out
    undone = winnow("metadata", "undo", sample, *workspace, "--json").json
    assert undone == {"undone": "products.csv", "columns": {}}
    refused(winnow("metadata", "undo", sample, *workspace), "no import of columns to take back")
    assert "No columns were imported" in winnow("metadata", "show", sample, *workspace).out


def test_filters_sorting_and_sql_see_columns(
    winnow: Winnow, sample: Path, workspace: tuple[str, Path], products: Path
) -> None:
    winnow("metadata", "import", sample, products, *workspace)
    search = ("search", sample, *workspace, "--no-predictions", "--json")
    found = winnow(*search, "--where", '"unit price"<=0.5', "--sort", "-unit price").json
    assert [hit["path"] for hit in found["results"]] == _paths(sample)[:3][::-1]
    assert found["searched"] == 3
    dated = winnow(*search, "--where", "sold>=2024-05-28", "--where", "title~nice").json
    assert dated["searched"] == 1
    empty = winnow(*search, "--where", "title=").json
    assert empty["searched"] == 10
    ranked = winnow(*search, "--text", "a shirt", "--sort", "unit price", "-k", "2").json
    assert [hit["path"] for hit in ranked["results"]] == _paths(sample)[:2]
    refused(winnow(*search[:-1], "--where", "price=1"), "names no column", "unit price")
    refused(winnow(*search[:-1], "--sort", "price"), "names no column", "unit price")
    sql = 'SELECT path, "unit price" AS price, sold FROM images WHERE "unit price" = 0.25'
    rows = winnow("query", sample, sql, *workspace, "--json").json["rows"]
    assert rows == [{"path": _paths(sample)[1], "price": 0.25, "sold": "2024-05-02"}]


def test_exports_carry_columns(
    winnow: Winnow, sample: Path, workspace: tuple[str, Path], products: Path, tmp_path: Path
) -> None:
    prompts = ("--prompts", sample / "prompts.yaml", "--format", "folders,csv,parquet")
    before = tmp_path / "before"
    winnow("run", sample, before, *prompts, *workspace)
    winnow("metadata", "import", sample, products, *workspace)
    out, bare = tmp_path / "out", tmp_path / "bare"
    winnow("run", sample, out, *prompts, *workspace)
    winnow("run", sample, bare, *prompts, *workspace, "--with-columns", "none")
    for name in ("metadata.json", "labels.csv"):
        if (before / name).exists():
            assert (bare / name).read_bytes() == (before / name).read_bytes()
    options = json.loads((bare / "manifest.json").read_text())["options"]["export"]
    assert "columns" not in options
    entry = next(
        one for one in json.loads((out / "metadata.json").read_text())["images"]
        if one["path"] == _paths(sample)[1]
    )  # fmt: skip
    assert entry["columns"] == {"title": "Nice 1", "unit price": 0.25, "sold": "2024-05-02"}
    table = pl.read_parquet(next(out.glob("*.parquet")))
    assert table.schema["column_unit price"] == pl.Float64
    assert table["column_title"].null_count() == 10
    again = winnow("replay", out / "manifest.json", *workspace, "--json")
    assert again.code == 0, again.err
    one = tmp_path / "one"
    winnow("run", sample, one, *prompts, *workspace, "--with-columns", "Title")
    assert list(json.loads((one / "metadata.json").read_text())["images"][0]["columns"]) == [
        "title"
    ]
    refused(
        winnow("run", sample, tmp_path / "no", *prompts, *workspace, "--with-columns", "cost"),
        "no column named cost", "title",
    )  # fmt: skip


def test_what_makes_no_sense_is_refused(
    winnow: Winnow, sample: Path, workspace: tuple[str, Path], products: Path, tmp_path: Path
) -> None:
    command = ("metadata", "import", sample)
    refused(winnow(*command, *workspace), "Name one source")
    refused(winnow(*command, products, "--exif", *workspace), "Name one source")
    refused(winnow(*command, products, "--gps", *workspace), "--gps goes with --exif")
    refused(winnow(*command, "--sidecars", "--key", "x", *workspace), "--key names a column")
    refused(winnow(*command, "--sidecars", *workspace), "No file NAME.json or NAME.txt")
    refused(winnow(*command, tmp_path / "gone.csv", *workspace), "does not exist")
    empty = ("--workspace", tmp_path / "new")
    refused(winnow(*command, products, *empty), "embedded yet: run winnow embed")
