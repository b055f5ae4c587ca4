"""`winnow deliver`: the next delivery, from the command line."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest
from cli.outcomes import Winnow, refused

from core.project.project import Project
from core.services.sorter.making import make_sorter
from core.sorter.model_file import write
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.places import deliveries_root


@pytest.fixture
def model_file(project: Project, sample: Path, tmp_path: Path) -> Path:
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    pool = snapshot.pool
    project.labels.add(
        [Event(pool.ids[row], truth[pool.paths[row]]) for row in snapshot.audit_order[:40]],
        "ann",
        "test",
    )
    write(make_sorter(project.snapshot(), "sample"), tmp_path / "sample.winnow")
    return tmp_path / "sample.winnow"


def test_the_contract_for_scripts(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    archive, out = tmp_path / "delivery.zip", tmp_path / "out.csv"
    images = sorted(path for path in sample.rglob("*.*") if path.suffix in (".jpg", ".png"))[:20]
    with zipfile.ZipFile(archive, "w") as target:
        for path in images:
            target.write(path, f"in/{path.name}")
        target.writestr("in/broken.jpg", b"nothing")
    lines = [f"in/{path.name},{number}" for number, path in enumerate(images[1:])]
    (tmp_path / "f.csv").write_text("\n".join(["path;sku", *lines]).replace(",", ";"))
    words = ["deliver", archive, "--with", model_file, "--deliveries", tmp_path / "deliveries"]
    fields = ["--required", "vendor,sku", "--fields", tmp_path / "f.csv", "--field", "vendor=ACME"]
    done = winnow(*words, *fields, "--out", out, "--json")
    assert done.code == 0, done.err
    content = done.json
    keys = {"images", "verdict", "shares", "unlike", "duplicates", "ask"}
    assert keys <= content.keys() and content["images"] == 20 and content["rejected"] == 1
    assert {"class", "share", "low", "high", "before"} <= content["shares"][0].keys()
    assert len(content["ask_paths"]) == content["ask"] <= 20
    assert content["missing"] == [{"path": f"in/{images[0].name}", "fields": ["sku"]}]
    assert f"in/{images[0].name} lacks sku" in done.err
    assert pl.read_csv(out)["vendor"].to_list() == ["ACME"] * 20
    again = winnow(*words, *fields, "--strict")
    assert again.code == 1 and "already" in again.err and "95 % interval" in again.out


def test_records_lie_in_the_user_data_folder(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample, tmp_path / "second")
    first = winnow("deliver", sample, "--with", model_file, "--json")
    second = winnow("deliver", tmp_path / "second", "--with", model_file, "--json")
    assert first.code == second.code == 0
    assert Path(first.json["deliveries"]) == deliveries_root("sample")
    assert second.json["exact_duplicates"] + second.json["copies"] == second.json["images"]


def test_what_cannot_be_done_is_one_sentence(
    winnow: Winnow, model_file: Path, sample: Path, tmp_path: Path
) -> None:
    words = ["deliver", sample, "--with", model_file]
    refused(winnow(*words, "--required", "vendor,sku"), "lacks vendor, sku")
    refused(winnow(*words, "--field", "vendor"), "name=value")
    refused(winnow(*words, "--fields", tmp_path / "none.csv"), "none.csv")
    refused(winnow(*words, "--out", sample / "a.csv"), "outside of it")
    refused(winnow(*words, "--deliveries", sample / "records"), "outside of it")
    refused(winnow("deliver", tmp_path / "none.zip", "--with", model_file), "none.zip")
