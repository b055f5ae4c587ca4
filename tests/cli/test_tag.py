"""``winnow tag`` and ``winnow query`` as scripts use them."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from cli.outcomes import Winnow, refused
from conftest import SAMPLE


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(embedded, tmp_path / "workspace"))


def test_tag_writes_a_table_and_is_incremental(
    winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "tags.parquet"
    vocabulary = SAMPLE / "tags.yaml"
    where = ("--workspace", workspace, "--json")
    outcome = winnow("tag", sample, "--vocabulary", vocabulary, "--out", out, *where)
    assert outcome.code == 0
    first = outcome.json
    assert (first["images"], first["tags"]) == (60, 14)
    assert (first["computed"], first["reused"], first["out"]) == (11, 0, str(out))
    assert sum(first["per_tag"]["animal"][b] for b in ("accepted", "tentative", "rejected")) == 60
    assert pl.read_parquet(out).height == 60 * 14
    # The workspace keeps the tags: neither the file nor the encoder is needed again.
    again = winnow("tag", sample, "--out", tmp_path / "w.parquet", "--wide", *where).json
    assert (again["computed"], again["reused"]) == (0, 11)
    assert again["per_tag"] == first["per_tag"]
    assert pl.read_parquet(tmp_path / "w.parquet").height == 60
    sql = "SELECT path FROM images WHERE animal_band = 'accepted' ORDER BY animal DESC"
    answer = winnow("query", sample, sql, *where)
    assert answer.code == 0
    assert answer.json["count"] == len(answer.json["ids"]) == first["per_tag"]["animal"]["accepted"]


def test_what_cannot_be_done_is_one_sentence(
    winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("tags: {a: x}\nderived:\n  b: a & os.system('true')\n")
    where = ("--workspace", workspace)
    for arguments, part in (
        (("tag", sample), "There are no tags"),
        (("tag", sample, "--vocabulary", bad), "bad.yaml line 3: derived.b"),
        (("tag", sample, "--vocabulary", tmp_path / "no.yaml"), "does not exist"),
        (("tag", sample, "--vocabulary", SAMPLE / "tags.yaml", "--out", tmp_path / "x.xls"), "xls"),
        (("query", sample, f"COPY images TO '{tmp_path}/out.csv'"), "Only SELECT"),
        (("query", sample, "SELECT * FROM read_csv('/etc/hosts')"), "no files"),
    ):
        refused(winnow(*arguments, *where), part)
    assert not (tmp_path / "out.csv").exists()
