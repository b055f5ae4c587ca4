"""The command line over folders, images and workspaces of any name, from end to end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from cli.outcomes import Winnow
from conftest import SAMPLE

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="the file system refuses these names"
)


@pytest.mark.parametrize("name", [b"Gr\xf6\xdfe [1]", b"new\nline\x7f*"], ids=repr)
def test_from_a_folder_to_an_export_and_back(winnow: Winnow, tmp_path: Path, name: bytes) -> None:
    images = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    images.mkdir()
    pictures = sorted((SAMPLE / "images").iterdir())[:4]
    files = [b"caf\xe9.jpg", b"x[1].jpg", b"n\nl\x7f.jpg", b"plain"]
    for file, picture in zip(files, pictures, strict=True):
        Path(os.fsdecode(os.fsencode(images) + b"/" + file)).write_bytes(picture.read_bytes())
    (images / "notes.txt").write_text("x")
    (images / "#recycle").mkdir()
    workspace, out = images.with_name(f"{images.name} ws"), images.with_name(f"{images.name} out")
    made = winnow(
        "run", images, out, "space", "food", "--workspace", workspace, "--verify", "--json",
        "--format", "folders,csv,parquet,hf-parquet,coco,zip,webdataset",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert (made.json["images"], made.json["rejected"]) == (4, 0)
    reasons = {entry["reason"]: entry["count"] for entry in made.json["left_out"]["reasons"]}
    assert reasons == {"no image by name or content": 1, "a recycle bin": 1}
    contents = {path.read_bytes() for path in pictures}
    assert {p.read_bytes() for c in ("space", "food") for p in (out / c).glob("*")} == contents
    assert "notes.txt" in (out / "report.txt").read_text("utf-8")
    again = winnow("replay", out / "manifest.json", "--workspace", workspace)
    assert again.code == 0, again.err
    labels = images.with_name(f"{images.name}.csv")
    assert winnow("labels", "export", images, labels, "--workspace", workspace).code == 0
    assert winnow("embed", images, "--workspace", workspace, "--json").json["embedded"] == 0


def test_a_file_address_names_a_folder(winnow: Winnow, sample: Path, tmp_path: Path) -> None:
    link = tmp_path / "my photos"
    link.symlink_to(sample, target_is_directory=True)
    address = f"file://{quote(str(link))}"
    outcome = winnow("embed", address, "--dry-run", "--json", "--workspace", tmp_path / "ws")
    assert outcome.code == 0, outcome.err
    assert outcome.json["to_read"] == 60


def test_what_was_passed_over_is_told(winnow: Winnow, tmp_path: Path) -> None:
    images = tmp_path / "images"
    (images / "@eaDir").mkdir(parents=True)
    picture = next((SAMPLE / "images").iterdir()).read_bytes()
    for name in ("a.jpg", "noext", "b.jpg?w=1", "@eaDir/t.jpg", ".hidden.jpg", "raw.cr2"):
        (images / name).write_bytes(picture)
    (tmp_path / "far.jpg").write_bytes(picture)
    (images / "far.jpg").symlink_to(tmp_path / "far.jpg")
    outcome = winnow("embed", images, "--workspace", tmp_path / "ws")
    assert outcome.code == 0, outcome.err
    for part in (
        "4 images",
        "3 files or folders were passed over",
        "raw.cr2",
        "@eaDir",
        "1 link leads",
    ):
        assert part in outcome.out
    outcome = winnow("embed", images, "--workspace", tmp_path / "ws", "--json")
    assert outcome.json["left_out"]["count"] == 3
    assert outcome.json["left_out"]["links_out"] == {"count": 1, "examples": ["far.jpg"]}
    assert outcome.json["ignored"] == 1
