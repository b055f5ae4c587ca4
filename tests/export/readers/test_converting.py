"""Exports of pictures in all formats, read back by the programs that they are made for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest
from export.export_builders import content_id, planned, run_record, tree
from export.format_builders import load_dataset
from hostile import encoded, photo
from PIL import Image

from core.encoders import torchvision_compat
from core.export.files import SourceProblem
from core.export.options import ExportOptions
from core.export.plan import Plan
from core.export.planning import make_plan
from core.export.readers.converting import converted
from core.export.readers.known import DATASETS, TORCHVISION
from core.export.write import write

KINDS = [
    ("jpg", "JPEG"), ("jfif", "JPEG"), ("JPE", "JPEG"), ("jpeg", "JPEG"), ("gif", "GIF"),
    ("avif", "AVIF"), ("TIFF", "TIFF"), ("tif", "TIFF"), ("webp", "WEBP"), ("bmp", "BMP"),
    ("PNG", "PNG"), ("", "PNG"), ("jpg_original", "JPEG"), ("png", "GIF"), ("gif", "JPEG"),
]  # fmt: skip
CLASSES = ["animal", "empty", "food", "zebra"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pictures")
    for number in range(2 * len(KINDS)):
        suffix, kind = KINDS[number % len(KINDS)]
        name = f"{number:03d}{'.' if suffix else ''}{suffix}"
        (root / name).write_bytes(encoded(photo(number, (40, 30)), kind))
    return root


def plan_of(root: Path, **options: object) -> Plan:
    entries = []
    for number, path in enumerate(sorted(root.iterdir())):
        data = path.read_bytes()
        content = KINDS[number % len(KINDS)][1]
        entries.append(
            planned(path.name, CLASSES[(0, 2, 3)[number % 3]], id=content_id(data), size=len(data),
                    content=content, width=40, height=30)
        )  # fmt: skip
    return make_plan(entries, [], CLASSES, ExportOptions(**options))  # type: ignore[arg-type]


def image_folder(folder: Path):
    torchvision_compat.prepare()
    from torchvision.datasets import ImageFolder

    return ImageFolder(str(folder), allow_empty=True)


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_torchvision_sees_every_converted_file_and_the_same_classes_everywhere(
    pictures: Path, tmp_path: Path, mode: str
) -> None:
    before = tree(pictures)
    plan = plan_of(
        pictures, mode=mode, splits=(0.5, 0.3, 0.2), formats=("folders", "yolo"),
        unreadable="convert", verify=mode == "copy",
    )  # fmt: skip
    assert not plan.unseen
    out = write(plan, pictures, tmp_path / "out", run_record()).out
    for form in ("splits", "yolo"):
        read = 0
        for split in ("train", "val", "test"):
            loaded = image_folder(out / form / split)
            assert loaded.classes == CLASSES
            assert len(loaded) == sum(p.is_file() for p in (out / form / split).rglob("*"))
            assert all(loaded[n][0].size == (40, 30) for n in range(len(loaded)))
            read += len(loaded)
        assert read == len(plan.items)
    assert tree(pictures) == before  # originals are as they were
    images = json.loads((out / "metadata.json").read_bytes())["images"]
    marked = {entry["path"] for entry in images if "converted" in entry["flags"]}
    assert marked == {item.assignment.path for item in plan.items if item.convert}
    assert all((out / entry["file"]).is_file() for entry in images)


def test_without_conversion_exactly_the_counted_files_are_passed_over(
    pictures: Path, tmp_path: Path
) -> None:
    plan = plan_of(pictures)
    out = write(plan, pictures, tmp_path / "out", run_record()).out
    unseen = [i for i in plan.items if not TORCHVISION.sees(Path(i.target).suffix.lower(), None)]
    assert Counter(Path(i.target).suffix for i in unseen) == {".gif": 2, ".avif": 2}
    assert len(image_folder(out)) == len(plan.items) - 4
    assert any("pass over 4 files" in note and "2 .avif, 2 .gif" in note for note in plan.notes)


def test_hugging_face_reads_every_converted_file(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(pictures, formats=("huggingface", "hf-parquet"), unreadable="convert")
    out = write(plan, pictures, tmp_path / "out", run_record()).out
    assert {item.convert for item in plan.items} == {None, "JPEG"}  # AVIF alone
    for form in ("huggingface", "hf-parquet"):
        rows = load_dataset(monkeypatch, tmp_path / "cache", out / form)["train"]
        assert sorted(row["path"] for row in rows) == sorted(p.name for p in pictures.iterdir())
        assert all(row["image"].convert("RGB").size == (40, 30) for row in rows)
    assert DATASETS.sees(".gif", "GIF")


def test_formats_without_image_files_hold_converted_ones_too(
    pictures: Path, tmp_path: Path
) -> None:
    plan = plan_of(pictures, formats=("zip", "webdataset"), unreadable="convert")
    out = write(plan, pictures, tmp_path / "out", run_record()).out
    with ZipFile(out / "images.zip") as archive:
        pictures_in = [name for name in archive.namelist() if "/" in name]
        kinds = set()
        for name in pictures_in:
            with archive.open(name) as file, Image.open(file) as image:
                kinds.add((Path(name).suffix.lower(), image.format))
    assert len(pictures_in) == len(plan.items)
    assert {suffix for suffix, _ in kinds} <= {".jpg", ".jpeg", ".png"}


def test_an_interrupted_conversion_goes_on(pictures: Path, tmp_path: Path) -> None:
    from export.export_builders import stopping_after

    from core.export.partial import partial_folders
    from core.runtime.progress import Cancelled

    plan = plan_of(pictures, unreadable="convert")
    out = tmp_path / "out"
    with pytest.raises(Cancelled):
        write(plan, pictures, out, run_record(), stopping_after(2))
    assert not partial_folders(out) and not out.exists()
    left = tmp_path / f".out.partial-{plan.digest()}"  # as a killed run leaves it
    for item in plan.items[:9]:
        (left / item.target).parent.mkdir(parents=True, exist_ok=True)
        (left / item.target).write_bytes(b"half")
    result = write(plan, pictures, out, run_record())
    assert result.resumed and not result.failed
    assert len(image_folder(out)) == len(plan.items)


def test_what_cannot_be_converted_is_named(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    bad, good = b"GIF89a no picture", encoded(photo(1), "GIF")
    (root / "bad.gif").write_bytes(bad)
    (root / "good.gif").write_bytes(good)
    entries = [
        planned(name, "cat", id=content_id(data), size=len(data), content="GIF")
        for name, data in (("bad.gif", bad), ("good.gif", good))
    ]
    plan = make_plan(entries, [], ["cat"], ExportOptions(unreadable="convert"))
    result = write(plan, root, tmp_path / "out", run_record())
    assert [path for path, _ in result.failed] == ["bad.gif"]
    assert "cannot be converted to PNG" in result.failed[0][1]
    with pytest.raises(SourceProblem, match="cannot be converted"):
        converted(bad, "bad.gif", "PNG")


def test_a_converted_file_shows_what_the_original_shows() -> None:
    picture = photo(5, (64, 48)).convert("RGB")
    lossless = Image.open(__import__("io").BytesIO(converted(encoded(picture, "BMP"), "x", "PNG")))
    assert lossless.tobytes() == picture.tobytes()
