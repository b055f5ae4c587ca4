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


def test_statistics_of_the_similarities(
    winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path
) -> None:
    where = ("--vocabulary", SAMPLE / "tags.yaml", "--workspace", workspace)
    out = tmp_path / "figures.csv"
    outcome = winnow("tag", sample, *where, "--json", "--statistics-out", out)
    assert outcome.code == 0, outcome.err
    per_tag, frame = outcome.json["per_tag"], pl.read_csv(out)
    assert frame["code"].to_list() == list(per_tag)
    assert outcome.json["statistics_out"] == str(out)
    for row in frame.iter_rows(named=True):
        figures = per_tag[row["code"]]
        assert figures["shares"]["accepted"] == row["accepted"] == figures["accepted"] / 60 or (
            abs(row["accepted"] - figures["accepted"] / 60) < 1e-6
        )
        assert abs(row["accepted"] + row["tentative"] + row["rejected"] - 1) < 1e-5
        if row["type"] == "rule":
            assert figures["similarity"] is row["mean"] is None
        else:
            assert figures["similarity"]["mean"] == row["mean"]
            assert row["least"] < row["mean"] < row["most"] and row["spread"] > 0
    text = winnow("tag", sample, *where, "--statistics").out.splitlines()
    assert text[2].split() == [
        "tag", "least", "mean", "most", "spread", "accepted", "tentative", "rejected"
    ]  # fmt: skip
    (line,) = [line.split() for line in text if line.startswith("animal ")]
    assert line[2] == f"{per_tag['animal']['similarity']['mean']:.4f}"


def test_a_file_of_attributes_is_read_as_it_is(
    winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path
) -> None:
    file = tmp_path / "attributes.yaml"
    file.write_text(
        "thresholds: {accepted: 0.8, tentative: 0.4}\n"
        "base_attributes:\n"
        "  - {code: animal, label: Animal, description: an animal, type: content}\n"
        "  - {code: drawing, label: Drawing, description: a drawing, type: media}\n"
        "derived_attributes:\n"
        "  - {code: real, label: Real, rule: {all_of: [animal], none_of: [drawing]}}\n"
    )
    where = ("--workspace", workspace, "--json")
    outcome = winnow("tag", sample, "--vocabulary", file, *where)
    assert outcome.code == 0, outcome.err
    assert list(outcome.json["per_tag"]) == ["animal", "drawing", "real"]
    assert "kept in it" in outcome.err
    again = winnow("tag", sample, *where)
    assert again.json["per_tag"] == outcome.json["per_tag"]
    sql = "SELECT path FROM images WHERE animal_band = 'accepted' AND drawing_band = 'rejected'"
    answer = winnow("query", sample, sql, *where)
    assert answer.json["count"] == outcome.json["per_tag"]["real"]["accepted"]


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
