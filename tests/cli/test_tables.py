"""Labels, truth and captions come from Parquet as they come from CSV, on every command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from cli.outcomes import Winnow, refused


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(embedded, tmp_path / "workspace"))


@pytest.fixture
def truth(sample: Path) -> pl.DataFrame:
    return pl.read_csv(sample / "truth.csv")


KINDS: list[Callable[[pl.DataFrame], pl.DataFrame]] = [
    lambda frame: frame,
    lambda frame: frame.with_columns(pl.col("label").cast(pl.Categorical)),
    lambda frame: frame.rename({"path": "Filename", "label": "class"}),
    lambda frame: frame.with_columns(pl.col("path").cast(pl.Binary)).with_columns(
        pl.col("path").cast(pl.String), number=pl.lit(1.5), more=pl.lit([1, 2])
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=["plain", "categorical", "other names", "more columns"])
def test_truth_and_labels_are_those_of_the_csv(
    winnow: Winnow,
    sample: Path,
    workspace: Path,
    truth: pl.DataFrame,
    tmp_path: Path,
    kind: Callable[[pl.DataFrame], pl.DataFrame],
) -> None:
    table = tmp_path / "truth.parquet"
    kind(truth).write_parquet(table)
    common = ("--prompts", sample / "prompts.yaml", "--workspace", workspace, "--json")
    figures = [
        winnow("evaluate", sample, "--truth", file, *common).json
        for file in (sample / "truth.csv", table)
    ]
    assert figures[0] == figures[1] and figures[0]["n"] == len(truth)
    runs = [
        winnow("run", sample, tmp_path / "o", "--labels", file, "--dry-run", *common).json
        for file in (sample / "truth.csv", table)
    ]
    assert runs[0] == runs[1]
    assert {file["source"] for file in runs[1]["files"]} == {"human"}
    imported = winnow("labels", "import", sample, table, "--workspace", workspace, "--json")
    assert imported.json["imported"] == len(truth)


def test_a_parquet_file_that_cannot_be_used_is_said(
    winnow: Winnow, sample: Path, workspace: Path, truth: pl.DataFrame, tmp_path: Path
) -> None:
    table = tmp_path / "truth.parquet"
    common = ("--prompts", sample / "prompts.yaml", "--workspace", workspace)
    truth.rename({"label": "kind of thing"}).write_parquet(table)
    refused(winnow("evaluate", sample, "--truth", table, *common), str(table), "label")
    truth.write_parquet(table)
    content = table.read_bytes()
    for damaged in (content[: len(content) // 2], content[:4], b"PAR1" + b"\0" * 200 + b"PAR1"):
        table.write_bytes(damaged)
        for arguments in (
            ("evaluate", sample, "--truth", table, *common),
            ("run", sample, tmp_path / "o", "--labels", table, *common),
            ("labels", "import", sample, table, "--workspace", workspace),
        ):
            refused(winnow(*arguments), str(table))
    assert not (tmp_path / "o").exists()
