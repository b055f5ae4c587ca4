"""The archive, read back by `zipfile`."""

import zipfile
from pathlib import Path

from export.export_builders import content_id, make_jpegs, run_record
from export.format_builders import NAMES, plan_of

from core.export.write import write


def test_the_zip_holds_the_whole_export(everything) -> None:
    plan, result = everything
    with zipfile.ZipFile(result.out / "images.zip") as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert {item.target for item in plan.items} < names
        assert {"manifest.json", "metadata.json", "report.html", "splits.csv"} < names
        for item in plan.items:
            assert content_id(archive.read(item.target)) == item.assignment.id


def test_an_original_changed_before_the_archive_is_rejected(tmp_path: Path) -> None:
    make_jpegs(tmp_path / "images", NAMES)
    plan = plan_of(tmp_path / "images", formats=("zip",))
    path = tmp_path / "images" / NAMES[3]
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    result = write(plan, tmp_path / "images", tmp_path / "out", run_record())
    assert [name for name, _ in result.failed] == [NAMES[3]]
    with zipfile.ZipFile(result.out / "images.zip") as archive:
        assert len([name for name in archive.namelist() if "/" in name]) == len(NAMES) - 1


def test_no_entry_tells_the_time_of_writing(everything) -> None:
    _, result = everything
    with zipfile.ZipFile(result.out / "images.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        records = [entry for entry in archive.infolist() if "/" not in entry.filename]
        assert {entry.compress_type for entry in records} == {zipfile.ZIP_DEFLATED}
        assert archive.read("manifest.json") == (result.out / "manifest.json").read_bytes()
