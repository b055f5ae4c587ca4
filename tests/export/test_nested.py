"""Classes in groups: folders in folders, what is only known to be in a group, splits without it."""

import zipfile
from pathlib import Path

from export.export_builders import assign, make_jpegs, run_record

from core.export.options import ExportOptions
from core.export.plan import Plan
from core.export.planning import make_plan
from core.export.write import write

ABOVE = {"apple": "fruit", "lemon": "citrus", "citrus": "fruit", "unsure": "fruit"}
CLASSES = ["apple", "lemon", "unsure", "milk"]
LABELS = {
    "a.jpg": "apple", "b.jpg": "lemon", "c.jpg": "milk", "d.jpg": "fruit", "e/a.jpg": "apple",
    "f.jpg": "citrus",
}  # fmt: skip


def plan_of(root: Path, **options) -> Plan:
    make_jpegs(root, list(LABELS))
    items = [assign(root, path, label) for path, label in LABELS.items()]
    return make_plan(items, [], CLASSES, ExportOptions(**options), ABOVE)


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*.jpg")}


def test_folders_are_nested_and_half_answers_lie_in_unsure(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "in", formats=("folders", "zip"))
    write(plan, tmp_path / "in", tmp_path / "out", run_record())
    expected = {
        "fruit/apple/a.jpg", "fruit/apple/a (e).jpg", "fruit/citrus/lemon/b.jpg", "milk/c.jpg",
        "fruit/unsure/d.jpg", "fruit/citrus/unsure/f.jpg",
    }  # fmt: skip
    assert files(tmp_path / "out") == expected
    with zipfile.ZipFile(tmp_path / "out" / "images.zip") as archive:
        assert {name for name in archive.namelist() if name.endswith(".jpg")} == expected
    assert plan.folders["unsure"] == "unsure (class)"
    assert plan.counts == {"apple": 2, "lemon": 1, "unsure": 0, "milk": 1, "fruit": 1, "citrus": 1}


def test_splits_are_flat_and_hold_whole_answers_alone(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "in", splits=(1.0, 0.0, 0.0))
    write(plan, tmp_path / "in", tmp_path / "out", run_record())
    assert files(tmp_path / "out" / "splits") == {
        "train/apple/a.jpg", "train/apple/a (e).jpg", "train/lemon/b.jpg", "train/milk/c.jpg",
    }  # fmt: skip
    assert any("folders of folders" in note for note in plan.notes)


def test_formats_that_know_no_folders_in_folders_stay_flat(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "in", formats=("yolo",), splits=(0.5, 0.5, 0.0))
    write(plan, tmp_path / "in", tmp_path / "out", run_record())
    assert all(len(path.split("/")) <= 4 for path in files(tmp_path / "out"))
    assert not any("fruit" in path for path in files(tmp_path / "out"))


def test_without_groups_a_plan_is_what_it_was(tmp_path: Path) -> None:
    make_jpegs(tmp_path, ["a.jpg"])
    items = [assign(tmp_path, "a.jpg", "apple")]
    flat = make_plan(items, [], ["apple", "milk"], ExportOptions())
    assert (
        flat.nested == {}
        and flat.digest() == make_plan(items, [], ["apple", "milk"], ExportOptions(), {}).digest()
    )
    assert flat.items[0].target == "apple/a.jpg"
