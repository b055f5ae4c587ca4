"""Exports that people corrected: what lies there now is read by content, whatever it is called."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from export.export_builders import assign, make_jpegs, run_record
from PIL import Image

from core.export.corrected.comparing import Changes, compare
from core.export.corrected.looking import look
from core.export.corrected.places import Places
from core.export.options import MODES, ExportOptions, Mode
from core.export.planning import make_plan
from core.export.record.run import load_manifest
from core.export.write import write
from core.runtime.errors import WinnowError

CLASSES = ["cat", "dog", "n/a", "CON", "empty"]
UNKNOWN = ["bird", "bird/small"]
SHARES = (0.5, 0.25, 0.25)
OPERATIONS = 1_000


def export(tmp_path: Path, count: int = 40, mode: Mode = "copy", **options: Any) -> Path:
    """An export of small images of four classes, every ninth of them in review/."""
    images = tmp_path / "images"
    names = [f"{'ab'[n % 2]}/{n:03}.jpg" for n in range(count)]
    make_jpegs(images, names)
    entries = [
        assign(images, name, CLASSES[n % 4], probability=0.2 if n % 9 == 8 else 0.9)
        for n, name in enumerate(names)
    ]
    chosen = ExportOptions(mode=mode, review_below=0.5, **options)
    plan = make_plan(entries, [], CLASSES, chosen)
    write(plan, images, tmp_path / "out", run_record(images_root=str(images)))
    return tmp_path / "out"


def read(out: Path, classes: dict[str, str] | None = None) -> Changes:
    manifest = load_manifest(out)
    places = Places(manifest, classes or {})
    return compare(manifest, places, look(out, manifest, places))


def entry_of(out: Path, label: str, number: int = 0) -> dict[str, Any]:
    files = load_manifest(out)["files"]
    return [entry for entry in files if entry["class"] == label and not entry["review"]][number]


def test_an_export_as_it_was_written_has_no_changes(tmp_path: Path) -> None:
    for number, mode in enumerate(MODES):
        out = export(tmp_path / str(number), mode=mode, splits=SHARES)
        changes = read(out)
        assert (changes.moved, changes.deleted, changes.renamed, changes.unknown) == (0, [], 0, 0)
        assert (changes.conflicts, changes.to_review, changes.strangers) == ({}, 0, [])
        placed = {e["id"]: e["class"] for e in load_manifest(out)["files"] if not e["review"]}
        assert changes.placed == placed


class Oracle:
    """A corrected export as a person would tell it: which image lies in which folders."""

    def __init__(self, out: Path, seed: int) -> None:
        self.out, self.random = out, random.Random(seed)
        manifest = load_manifest(out)
        self.folders = manifest["folders"]
        self.was = {e["id"]: (e["class"], e["review"]) for e in manifest["files"]}
        self.files = {e["file"]: e["id"] for e in manifest["files"]}
        self.targets = [*self.folders.values(), *UNKNOWN, "review/dog", "cat/deeper"]
        self.made = 0

    def step(self) -> None:
        """One random correction."""
        file = self.random.choice(sorted(self.files))
        kind = self.random.choice(["move", "move", "rename", "copy", "delete"])
        if kind == "delete":
            if self.random.random() < 0.3:  # or nothing would be left after a thousand
                (self.out / file).unlink()
                del self.files[file]
            return
        folder = file.rpartition("/")[0] if kind == "rename" else self.random.choice(self.targets)
        self.made += 1
        target = f"{folder}/{self.made} neu é.jpg"
        (self.out / folder).mkdir(parents=True, exist_ok=True)
        if kind == "copy":
            shutil.copy2(self.out / file, self.out / target, follow_symlinks=False)
            self.files[target] = self.files[file]
        else:
            (self.out / file).rename(self.out / target)
            self.files[target] = self.files.pop(file)

    def truth(self) -> tuple[dict[str, str], set[str], set[str]]:
        """Labels, images in folders of several classes, images that are gone."""
        of_folder = {name: label for label, name in self.folders.items()}
        classes: dict[str, set[str]] = defaultdict(set)
        for file, image in self.files.items():
            top = file.partition("/")[0]
            if top in of_folder:
                classes[image].add(of_folder[top])
        labels = {
            image: next(iter(names))
            for image, names in classes.items()
            if len(names) == 1 and (self.was[image][1] or names != {self.was[image][0]})
        }
        conflicts = {image for image, names in classes.items() if len(names) > 1}
        return labels, conflicts, set(self.was) - set(self.files.values())


@pytest.mark.parametrize("mode", MODES)
def test_a_thousand_random_corrections_give_exactly_the_right_labels(
    tmp_path: Path, mode: Mode
) -> None:
    out = export(tmp_path, 400, mode, splits=SHARES)
    oracle = Oracle(out, seed=MODES.index(mode))
    for _ in range(OPERATIONS):
        oracle.step()
    changes = read(out)
    labels, conflicts, deleted = oracle.truth()
    assert labels and conflicts and deleted
    assert changes.labels == labels
    assert set(changes.conflicts) == conflicts
    assert set(changes.deleted) == deleted
    unknown = [f for f in oracle.files if f.partition("/")[0] == "bird"]
    assert changes.unknown == len(unknown) and set(changes.folders) <= set(UNKNOWN)


def test_what_comes_out_of_review_is_a_label_and_what_goes_in_is_none(tmp_path: Path) -> None:
    out = export(tmp_path)
    files = [entry for entry in load_manifest(out)["files"] if entry["review"]]
    first, second = files[:2]
    (out / first["file"]).rename(out / "dog" / "x.jpg")
    (out / second["file"]).rename(out / second["class"].replace("/", "_") / "y.jpg")
    into = entry_of(out, "cat")
    (out / into["file"]).rename(out / "review" / "doubt.jpg")
    changes = read(out)
    assert changes.labels == {first["id"]: "dog", second["id"]: second["class"]}
    assert changes.to_review == 1 and into["id"] not in changes.placed


def test_a_folder_within_a_class_folder_is_of_that_class_and_case_does_not_matter(
    tmp_path: Path,
) -> None:
    out = export(tmp_path)
    one, two = entry_of(out, "cat", 0), entry_of(out, "cat", 1)
    for folder, entry in (("dog/night/blurred", one), ("DOG", two)):
        (out / folder).mkdir(parents=True, exist_ok=True)
        (out / entry["file"]).rename(out / folder / "a.jpg")
    assert read(out).labels == {one["id"]: "dog", two["id"]: "dog"}


def test_a_new_folder_is_no_class_until_the_question_has_one(tmp_path: Path) -> None:
    out = export(tmp_path)
    entry = entry_of(out, "cat")
    (out / "bird").mkdir()
    (out / entry["file"]).rename(out / "bird/a.jpg")
    changes = read(out)
    assert (changes.labels, changes.folders, changes.deleted) == ({}, {"bird": 1}, [])
    assert read(out, {"bird": "Bird"}).labels == {entry["id"]: "Bird"}


def test_other_files_are_told_and_give_nothing(tmp_path: Path) -> None:
    out = export(tmp_path)
    Image.new("RGB", (5, 5)).save(out / "dog" / "mine.png")
    (out / "dog" / "Thumbs.db").write_bytes(b"x")
    (out / "dog" / "notes.txt").write_text("hello")
    os.mkfifo(out / "dog" / "pipe.jpg")
    (out / "dog" / "loop").symlink_to(out)
    edited = entry_of(out, "cat")
    Image.new("RGB", (9, 9)).save(out / edited["file"])
    changes = read(out)
    assert sorted(changes.strangers) == ["cat/000.jpg", "dog/mine.png", "dog/pipe.jpg"]
    assert changes.deleted == [edited["id"]] and not changes.labels


def test_links_whose_originals_are_gone_are_found_by_the_record(tmp_path: Path) -> None:
    out = export(tmp_path, mode="symlink")
    entry = entry_of(out, "cat")
    (out / entry["file"]).rename(out / "dog/x.jpg")
    for file in (tmp_path / "images").rglob("*.jpg"):
        file.unlink()
    changes = read(out)
    assert changes.labels == {entry["id"]: "dog"} and not changes.deleted


def test_converted_images_are_found_wherever_they_were_moved(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        Image.new("RGB", (20, 20 + number)).save(images / f"{number}.gif")
    entries = [assign(images, f"{n}.gif", CLASSES[n % 2], content="GIF") for n in range(3)]
    options = ExportOptions(formats=("yolo",), splits=(0.5, 0.5, 0), unreadable="convert")
    plan = make_plan(entries, [], CLASSES, options)
    assert all(item.convert for item in plan.items)
    out = write(plan, images, tmp_path / "out", run_record(images_root=str(images))).out
    entry = entry_of(out, "cat")
    split = entry["file"].split("/")[1]
    (out / entry["file"]).rename(out / f"yolo/{split}/dog/moved and renamed.png")
    changes = read(out)
    assert changes.labels == {entry["id"]: "dog"} and not changes.strangers


@pytest.mark.parametrize("form", ["huggingface", "yolo"])
def test_trees_of_other_programs_are_read_too(tmp_path: Path, form: str) -> None:
    out = export(tmp_path, formats=(form,), splits=SHARES, unreadable="keep")
    entry = entry_of(out, "cat")
    base = "/".join(entry["file"].split("/")[:2])
    (out / f"{base}/dog").mkdir(exist_ok=True)
    (out / entry["file"]).rename(out / f"{base}/dog/x.jpg")
    changes = read(out)
    assert changes.labels == {entry["id"]: "dog"} and changes.unknown == 0 == len(changes.deleted)


@pytest.mark.parametrize("form", ["csv", "fiftyone"])
def test_an_export_without_class_folders_is_refused_in_a_sentence(
    tmp_path: Path, form: str
) -> None:
    out = export(tmp_path, formats=(form,))
    with pytest.raises(WinnowError, match="holds no image files in class folders"):
        read(out)


def test_a_hostile_record_reads_nothing_outside(tmp_path: Path) -> None:
    out = export(tmp_path)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["folders"] = {"../../x": "../..", "y": 3}
    manifest["images_root"] = "\0"
    manifest["files"][0]["file"] = "../../../etc/passwd"
    (out / "manifest.json").write_text(json.dumps(manifest))
    changes = read(out)
    assert "../../x" not in changes.labels.values()
