"""Commands on a bucket: the same as on a folder, and exports that go back to one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from buckets import BUCKET, S3, s3
from cli.outcomes import Winnow, refused
from colours import write_pictures

from core.images.sources import places
from core.images.sources.objects import Bucket
from core.runtime.errors import WinnowError
from core.services.try_one.adding import copy_in
from core.store.workspace import open_workspace

THERE = f"s3://{BUCKET}/photos"
COUNT = 12


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    write_pictures(tmp_path / "there" / "photos", COUNT)
    with s3(tmp_path / "there", monkeypatch) as running:
        yield running


def exported(server: S3, prefix: str) -> dict[str, bytes]:
    names = [name for name in server.names() if name.startswith(prefix + "/")]
    return {name.removeprefix(prefix + "/"): server.get(name) for name in names}


def test_from_a_bucket_to_a_bucket(server: S3, winnow: Winnow, tmp_path: Path) -> None:
    assert winnow("embed", THERE, "--json").json["embedded"] == COUNT
    made = winnow("run", THERE, f"s3://{BUCKET}/sorted/one", "red", "green", "blue", "--json")
    assert made.code == 0, made.err
    assert made.json["out"] == f"s3://{BUCKET}/sorted/one"
    here = winnow("run", THERE, tmp_path / "out", "red", "green", "blue", "--json")
    assert (here.code, here.json["written"]) == (0, made.json["written"]), here.err
    there = exported(server, "sorted/one")
    disk = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert there.keys() == disk.keys() and "manifest.json" in there
    assert all(there[name] == data for name, data in disk.items() if name.endswith(".jpg"))
    assert sum(name.endswith(".jpg") for name in there) == COUNT
    again = winnow("run", THERE, f"s3://{BUCKET}/sorted/one", "red", "green", "blue")
    refused(again, "holds an export already")
    # What is kept here are the records alone.
    kept = [path for path in places.home().with_name("sent").rglob("*") if path.is_file()]
    assert {path.name for path in kept if path.suffix != ".lock"} <= {
        "manifest.json", "report.html", "report.txt",
    }  # fmt: skip


def test_an_export_that_was_cut_goes_on_and_is_whole_only_with_its_manifest(
    server: S3, winnow: Winnow, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    write = Bucket.write

    def failing(self: Bucket, path: str, data: bytes) -> None:
        if len(sent) == 5:
            raise KeyboardInterrupt
        sent.append(path)
        write(self, path, data)

    monkeypatch.setattr(Bucket, "write", failing)
    out = f"s3://{BUCKET}/sorted/two"
    assert winnow("run", THERE, out, "red", "green", "blue").code == 130
    assert "manifest.json" not in exported(server, "sorted/two")

    def counting(self: Bucket, path: str, data: bytes) -> None:
        sent.append(path)
        write(self, path, data)

    monkeypatch.setattr(Bucket, "write", counting)
    assert winnow("run", THERE, out, "red", "green", "blue").code == 0
    pictures = [name for name in sent if name.endswith(".jpg")]
    assert len(pictures) == len(set(pictures)) == COUNT
    assert sent[-1] == "manifest.json"
    manifest = json.loads(exported(server, "sorted/two")["manifest.json"])
    assert manifest["images_root"]


def test_other_files_are_never_mixed_with_an_export(server: S3, winnow: Winnow) -> None:
    server.put("sorted/three/mine.txt", b"mine")
    out = f"s3://{BUCKET}/sorted/three"
    refused(winnow("run", THERE, out, "red", "green", "blue", "-q"), "files of something else")
    assert exported(server, "sorted/three") == {"mine.txt": b"mine"}


def test_what_cannot_be_done_with_an_address_is_said(
    server: S3, winnow: Winnow, tmp_path: Path
) -> None:
    linked = winnow("run", THERE, tmp_path / "out", "red", "green", "--mode", "symlink", "-q")
    refused(linked, "Links cannot lead to", "--mode copy")
    refused(winnow("run", THERE, "https://example.org/x", "red", "green", "-q"), "takes no export")
    refused(winnow("evaluate", THERE, "--truth", f"s3://{BUCKET}/truth.csv"), "is an address")
    assert not (tmp_path / "out").exists() and not Path("s3:").exists()


def test_a_model_file_classifies_a_bucket(server: S3, winnow: Winnow, tmp_path: Path) -> None:
    local = tmp_path / "there" / "photos"
    model = tmp_path / "colours.winnow"
    assert winnow("embed", local).code == 0
    root = open_workspace(local).root
    (root / "vocabulary.yaml").write_text(
        "classes:\n  red: [a red picture]\n  blue: [a blue one]\n"
    )
    made = winnow("model", "export", local, model)
    assert made.code == 0, made.err
    tables = []
    for number, images in enumerate((local, THERE)):
        out = tmp_path / f"{number}.csv"
        done = winnow("classify", images, "--with", model, "--out", out, "--json")
        assert (done.code, done.json["classified"]) == (0, COUNT), done.err
        tables.append(pl.read_csv(out))
    assert tables[0].equals(tables[1])


def test_nothing_is_put_into_a_bucket_that_holds_the_collection(server: S3) -> None:
    folder = places.folder_for(THERE)
    with pytest.raises(WinnowError, match=f"{THERE} is only read here"):
        copy_in(folder, (server.folder / "photos" / "p0000.jpg").read_bytes(), "new.jpg")
    assert [path.name for path in folder.iterdir()] == ["address.json"]
