"""``winnow tag`` and ``winnow query`` as scripts use them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from conftest import SAMPLE

from core import cli


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(embedded, tmp_path / "workspace"))


@pytest.fixture
def winnow(capsys: pytest.CaptureFixture[str], starter, monkeypatch: pytest.MonkeyPatch):
    from core.encoders import registry

    monkeypatch.setattr(registry, "load_encoder", lambda *a, **k: starter)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_tag_writes_a_table_and_is_incremental(
    winnow, sample: Path, workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "tags.parquet"
    vocabulary = SAMPLE / "tags.yaml"
    where = ("--workspace", workspace, "--json")
    code, said, _ = winnow("tag", sample, "--vocabulary", vocabulary, "--out", out, *where)
    assert code == 0
    first = json.loads(said)
    assert (first["images"], first["tags"]) == (60, 14)
    assert (first["computed"], first["reused"], first["out"]) == (11, 0, str(out))
    assert sum(first["per_tag"]["animal"][b] for b in ("accepted", "tentative", "rejected")) == 60
    assert pl.read_parquet(out).height == 60 * 14
    # The workspace keeps the tags: neither the file nor the encoder is needed again.
    code, said, _ = winnow("tag", sample, "--out", tmp_path / "w.parquet", "--wide", *where)
    again = json.loads(said)
    assert (again["computed"], again["reused"]) == (0, 11)
    assert again["per_tag"] == first["per_tag"]
    assert pl.read_parquet(tmp_path / "w.parquet").height == 60
    sql = "SELECT path FROM images WHERE animal_band = 'accepted' ORDER BY animal DESC"
    code, said, _ = winnow("query", sample, sql, *where)
    found = json.loads(said)
    assert code == 0
    assert found["count"] == len(found["ids"]) == first["per_tag"]["animal"]["accepted"]


def test_what_cannot_be_done_is_one_sentence(
    winnow, sample: Path, workspace: Path, tmp_path: Path
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
        code, out, err = winnow(*arguments, *where)
        assert (code, out) == (2, "")
        assert err.strip().count("\n") == 0
        assert part in err
    assert not (tmp_path / "out.csv").exists()
