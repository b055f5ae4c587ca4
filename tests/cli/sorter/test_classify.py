"""`winnow classify`: any folder or archive with a model file, without a workspace."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from cli.outcomes import Winnow, refused

from core.project.project import Project
from core.services.sorter.making import make_sorter
from core.sorter.model_file import read, write
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.places import data_folder

LABELS = 30


@pytest.fixture
def model_file(project: Project, sample: Path, tmp_path: Path) -> Path:
    """What was learned of the sample's pictures."""
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    rows, pool = snapshot.audit_order[:LABELS], snapshot.pool
    project.labels.add(
        [Event(pool.ids[row], truth[pool.paths[row]]) for row in rows], "ann", "test"
    )
    write(make_sorter(project.snapshot(), "sample"), tmp_path / "sample.winnow")
    return tmp_path / "sample.winnow"


def entries(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")} if folder.exists() else set()


def test_the_contract_for_scripts(
    winnow: Winnow, model_file: Path, project: Project, sample: Path, tmp_path: Path
) -> None:
    images, out = tmp_path / "images", tmp_path / "all.parquet"
    shutil.copytree(sample, images)
    (images / "broken.jpg").write_bytes(b"no picture")
    beside, own = entries(images), entries(data_folder())
    done = winnow("classify", images, "--with", model_file, "--out", out, "--json")
    assert done.code == 0
    content = done.json
    keys = {"images", "classified", "rejected", "review", "classes", "seconds"}
    assert keys | {"images_per_second", "out", "rejections"} <= content.keys()
    assert content["images"] == content["classified"] + 1 and content["rejected"] == 1
    assert content["rejections"][0]["path"] == "broken.jpg"
    assert sum(content["classes"].values()) == content["classified"] and content["review"] == 0
    assert "rejected broken.jpg" in done.err and content["out"] == str(out)
    assert entries(images) == beside and entries(data_folder()) == own  # no workspace either
    rows, sorter, pool = pl.read_parquet(out), read(model_file), project.pool()
    assert len(rows) == content["classified"]
    expected = dict(zip(pool.ids, sorter.head.probabilities(pool.vectors), strict=True))
    made = rows.select(sorter.names).to_numpy()
    assert np.abs(made - np.stack([expected[i] for i in rows["id"]])).max() <= 1e-6
    assert (tmp_path / "all.parquet.rejected.csv").read_text().startswith("path,reason\nbroken.jpg")


def test_without_a_table_it_counts(winnow: Winnow, model_file: Path, sample: Path) -> None:
    done = winnow("classify", sample, "--with", model_file, "--review-below", "0.9")
    assert done.code == 0 and "images classified, 0 rejected" in done.out
    assert "for review:" in done.out


def test_an_archive_is_taken_and_makes_no_workspace(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    archive, out = tmp_path / "delivery.zip", tmp_path / "all.csv"
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted(sample.rglob("*.*"))[:12]:
            target.write(path, path.name)
    own = entries(data_folder())
    done = winnow("classify", archive, "--with", model_file, "--out", out, "--json")
    assert done.code == 0 and "is unpacked in" in done.err
    assert len(pl.read_csv(out)) == done.json["classified"] > 0
    assert entries(data_folder()) == own


def test_class_folders_with_review(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sorted"
    words = ["--folders", out, "--mode", "hardlink", "--review-below", "0.8", "--json"]
    done = winnow("classify", sample, "--with", model_file, *words)
    assert done.code == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["classes"] == done.json["classes"]
    assert manifest["counts"]["review"] == done.json["review"]
    assert "hard links" in done.err
    again = winnow("classify", sample, "--with", model_file, "--folders", out)
    refused(again, "is not empty")


def test_rejected_files_fail_only_a_strict_run(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample, tmp_path / "images")
    for number in range(12):
        (tmp_path / f"images/bad{number:02}.jpg").write_bytes(b"no picture")
    words = ["classify", tmp_path / "images", "--with", model_file]
    done = winnow(*words)
    assert done.code == 0
    assert done.err.count("rejected bad") == 10 and "rejected in all 12:" in done.err
    assert winnow(*words, "--strict").code == 1


def test_what_cannot_be_done_is_one_sentence(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    words = ["classify", sample, "--with", model_file]
    refused(winnow(*words, "--out", tmp_path / "a.txt"), ".parquet")
    refused(winnow(*words, "--out", sample / "a.csv"), "outside of it")
    refused(winnow(*words, "--review-below", "7"), "probability")
    refused(winnow(*words, "--batch-size", "many"), "batch size")
    refused(winnow("classify", sample, "--with", tmp_path / "none.winnow"), "none.winnow")
    refused(winnow("classify", tmp_path / "nowhere", "--with", model_file), "does not exist")
    refused(winnow(*words, "--model", f"local:{tmp_path}"), "open_clip_config.json")
