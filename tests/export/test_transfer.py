"""Images that come over wrongly are found, however they come."""

import json
import os
from pathlib import Path

import pytest
from export.export_builders import content_id, make_jpegs, run_record
from export.format_builders import NAMES, plan_of

from core.export import transfer
from core.export.write import write
from core.runtime.errors import WinnowError


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_verifying_finds_what_the_size_does_not_tell(tmp_path: Path, mode: str) -> None:
    make_jpegs(tmp_path / "images", NAMES)
    plan = plan_of(tmp_path / "images", mode=mode, verify=True)
    path = tmp_path / "images" / NAMES[3]
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    result = write(plan, tmp_path / "images", tmp_path / "out", run_record())
    assert [name for name, _ in result.failed] == [NAMES[3]]


def test_a_copy_that_went_wrong_on_the_disk_is_found(images: Path, tmp_path, monkeypatch) -> None:

    def lying(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:-1] + b"?")

    plan = plan_of(images, verify=True)
    assert write(plan, images, tmp_path / "good", run_record()).written == len(NAMES)
    monkeypatch.setattr(transfer, "write_all", lying)
    with pytest.raises(WinnowError, match=r"72 copies differ .* disk may be failing"):
        write(plan, images, tmp_path / "out", run_record())
    assert not (tmp_path / "out").exists()


def test_clones_are_checked_like_copies(images: Path, tmp_path: Path, monkeypatch) -> None:

    cloned: list[int] = []

    def sharing(source: int, target: int) -> bool:
        cloned.append(source)
        os.write(target, os.pread(source, 1 << 20, 0))
        return True

    monkeypatch.setattr(transfer, "can_clone", lambda folder: True)
    monkeypatch.setattr(transfer, "clone", sharing)
    result = write(plan_of(images), images, tmp_path / "out", run_record())
    assert len(cloned) == result.written == len(NAMES)
    for entry in json.loads((result.out / "manifest.json").read_bytes())["files"]:
        assert content_id((result.out / entry["file"]).read_bytes()) == entry["id"]
