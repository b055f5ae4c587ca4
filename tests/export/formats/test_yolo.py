"""YOLO's folders, by Ultralytics' rules."""

from pathlib import Path

from export.export_builders import assign, content_id, run_record
from export.format_builders import NAMES, folder_of, in_split

from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.write import write


def test_yolo_finds_its_folders(everything) -> None:
    # Ultralytics' rules: train/, val/ and test/ with a folder for every class; the number of a
    # class is its place among the sorted folders of train, so all three must have the same.
    plan, result = everything
    root = result.out / "yolo"
    assert sorted(path.name for path in root.iterdir()) == ["test", "train", "val"]
    classes = sorted(path.name for path in (root / "train").iterdir())
    named = folder_of(plan)
    assert {named[name] for name in classes} == set(plan.folders)  # also those without an image
    for split in ("train", "val", "test"):
        assert sorted(path.name for path in (root / split).iterdir()) == classes
        on_disk = [
            (named[path.parent.name], content_id(path.read_bytes()))
            for path in (root / split).rglob("*.jpg")
        ]
        assert sorted(on_disk) == sorted(in_split(plan, split))


def test_a_class_without_an_image_in_a_split_keeps_its_yolo_folder(images: Path) -> None:
    plan = make_plan(
        [assign(images, NAMES[n], "rare" if n == 0 else "often") for n in range(24)],
        [],
        ["rare", "often"],
        ExportOptions(splits=(0.6, 0.4, 0), formats=("yolo",)),
    )
    out = write(plan, images, images.parent / "rare", run_record()).out
    assert sorted(p.name for p in (out / "yolo").iterdir()) == ["train", "val"]
    for split in ("train", "val"):
        assert sorted(p.name for p in (out / "yolo" / split).iterdir()) == ["often", "rare"]
    assert not (out / "often").exists() and not (out / "splits").exists()
