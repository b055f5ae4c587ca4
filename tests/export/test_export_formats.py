"""Every format, read back by the library it is meant for."""

import csv
import json
import os
import zipfile
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from export.export_builders import assign, content_id, make_jpegs, planned, run_record, tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.encoders import torchvision_compat
from core.export.layout import Layout
from core.export.names import fold
from core.export.options import FORMATS, ExportOptions, check_formats
from core.export.plan import Plan, Rejected, make_plan
from core.export.write import WriteResult, write
from core.runtime.errors import WinnowError

SHARES = (0.5, 0.25, 0.25)
CLASSES = ["cat", "n/a", "test", "__x", "none"]
NAMES = [f"{folder}/{n} é.jpg" for folder in ("in", "train", "dev") for n in range(24)]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("formats") / "images"
    make_jpegs(root, NAMES)
    return root


def plan_of(root: Path, **chosen: object) -> Plan:
    entries = [
        assign(
            root,
            name,
            CLASSES[index % 4],
            probability=0.1 if index % 9 == 0 else 0.75,
            scores=dict.fromkeys(CLASSES, 0.2),
            flags=("one", "two") if index == 1 else (),
            width=24 + index % 5,
            height=16,
        )
        for index, name in enumerate(NAMES)
    ]
    options = ExportOptions(review_below=0.5, **chosen)  # type: ignore[arg-type]
    return make_plan(entries, [Rejected("bad, file.jpg", "no image")], CLASSES, options)


@pytest.fixture(scope="module")
def everything(images: Path) -> tuple[Plan, WriteResult]:
    plan = plan_of(images, splits=SHARES, formats=FORMATS)
    return plan, write(plan, images, images.parent / "all", run_record())


def in_split(plan: Plan, split: str) -> list[tuple[str, str]]:
    """(class, content id) of the images of a split, in the order of the plan."""
    return [(i.assignment.label, i.assignment.id) for i in plan.items if i.split == split]


def folder_of(plan: Plan) -> dict[str, str]:
    return {folder: name for name, folder in plan.folders.items()}


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_torchvision_reads_the_class_folders(everything, split: str) -> None:
    torchvision_compat.prepare()
    from torchvision.datasets import ImageFolder

    plan, result = everything
    loaded = ImageFolder(str(result.out / "splits" / split))
    named = folder_of(plan)
    found = [
        (named[loaded.classes[label]], content_id(Path(path).read_bytes()))
        for path, label in loaded.samples
    ]
    assert sorted(found) == sorted(in_split(plan, split))
    assert loaded[0][0].size[1] == 16


def test_torchvision_reads_the_export_itself_when_nothing_lies_beside_the_classes(
    images: Path, tmp_path: Path
) -> None:
    torchvision_compat.prepare()
    from torchvision.datasets import ImageFolder

    entries = [item.assignment for item in plan_of(images).items]
    plan = make_plan(entries, [Rejected("x.jpg", "no image")], CLASSES, ExportOptions())
    out = write(plan, images, tmp_path / "out", run_record()).out
    assert not [note for note in plan.notes if "ImageFolder" in note]
    loaded = ImageFolder(str(out))
    assert {folder_of(plan)[name] for name in loaded.classes} == set(CLASSES) - {"none"}
    assert len(loaded) == len(NAMES)


def test_yolo_finds_its_folders(everything) -> None:
    # Ultralytics' rules: train/, val/ and test/ with a folder for every class; the number of a
    # class is its place among the sorted folders of train, so all three must have the same.
    plan, result = everything
    root = result.out / "yolo"
    assert sorted(path.name for path in root.iterdir()) == ["test", "train", "val"]
    classes = sorted(path.name for path in (root / "train").iterdir())
    named = folder_of(plan)
    assert {named[name] for name in classes} == {label for label, _ in in_split(plan, "train")}
    for split in ("train", "val", "test"):
        assert sorted(path.name for path in (root / split).iterdir()) == classes
        found = [
            (named[path.parent.name], content_id(path.read_bytes()))
            for path in (root / split).rglob("*.jpg")
        ]
        assert sorted(found) == sorted(in_split(plan, split))


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


def load_dataset(monkeypatch: pytest.MonkeyPatch, cache: Path, path: Path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(cache))
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    return datasets.load_dataset(str(path), cache_dir=str(cache))


@pytest.mark.parametrize("form", ["huggingface", "hf-parquet"])
def test_datasets_reads_both_of_its_forms(everything, tmp_path, monkeypatch, form: str) -> None:
    plan, result = everything
    loaded = load_dataset(monkeypatch, tmp_path, result.out / form)
    assert sorted(loaded) == ["test", "train", "validation"]
    for name, split in (("train", "train"), ("validation", "val"), ("test", "test")):
        part = loaded[name]
        labels = part["label"]
        if form == "hf-parquet":
            assert part.features["label"].names == CLASSES
            labels = part.features["label"].int2str(list(labels))
        assert sorted(zip(labels, part["id"], strict=True)) == sorted(in_split(plan, split))
        assert part[0]["image"].size[1] == 16
        by_id = {item.assignment.id: item for item in plan.items}
        assert [by_id[i].assignment.path for i in part["id"]] == list(part["path"])


def test_names_that_csv_cannot_tell_from_numbers_stay_text(images, tmp_path, monkeypatch) -> None:
    for classes, name in ((["007", "8"], "metadata.jsonl"), (["cat", "dog"], "metadata.csv")):
        entries = [assign(images, path, classes[n % 2]) for n, path in enumerate(NAMES)]
        plan = make_plan(entries, [], classes, ExportOptions(formats=("huggingface",)))
        out = write(plan, images, tmp_path / name, run_record()).out
        assert (out / "huggingface/train" / name).is_file()
        loaded = load_dataset(monkeypatch, tmp_path / f"cache-{name}", out / "huggingface")["train"]
        found = dict(zip(loaded["id"], loaded["label"], strict=True))
        assert found == {entry.id: entry.label for entry in entries}


def test_datasets_reads_an_export_without_splits(images, tmp_path, monkeypatch) -> None:
    plan = plan_of(images, formats=("huggingface", "hf-parquet"))
    out = write(plan, images, tmp_path / "out", run_record()).out
    for form in ("huggingface", "hf-parquet"):
        loaded = load_dataset(monkeypatch, tmp_path / form, out / form)
        assert list(loaded) == ["train"]
        assert len(loaded["train"]) == len(plan.items) - plan.review


def test_pandas_and_polars_read_the_tables(everything) -> None:
    plan, result = everything
    for table in (
        pl.read_parquet(result.out / "images.parquet"),
        pl.read_csv(result.out / "images.csv"),
        # Left to itself, pandas takes the class "n/a" for a missing value.
        pl.from_pandas(pd.read_csv(result.out / "images.csv", keep_default_na=False)),
        pl.from_pandas(pd.read_parquet(result.out / "images.parquet")),
    ):
        assert table["path"].to_list() == [item.assignment.path for item in plan.items]
        assert table["class"].to_list() == [item.assignment.label for item in plan.items]
        assert table["review"].to_list() == [item.review for item in plan.items]
        assert table["score_n/a"].to_list() == [0.2] * len(plan.items)
        marked = [item.assignment.flags == ("one", "two") for item in plan.items]
        assert (table["flags"] == "one two").to_list() == marked
        assert table["probability"].to_list() == [i.assignment.probability for i in plan.items]
        for file, image_id in zip(table["file"], table["id"], strict=True):
            assert content_id((result.out / file).read_bytes()) == image_id
    rejected = pd.read_csv(result.out / "rejected.csv")
    assert rejected.to_dict("records") == [{"path": "bad, file.jpg", "reason": "no image"}]
    splits = pl.read_csv(result.out / "splits.csv")
    assert dict(zip(splits["path"], splits["split"], strict=True)) == {
        item.assignment.path: item.split for item in plan.items if item.split
    }


def test_coco_json_holds_together(everything) -> None:
    plan, result = everything
    coco = json.loads((result.out / "coco.json").read_bytes())
    names = {category["id"]: category["name"] for category in coco["categories"]}
    images = {image["id"]: image for image in coco["images"]}
    assert list(names.values()) == CLASSES and len(images) == len(plan.items)
    label_of = {i.assignment.path: i.assignment.label for i in plan.items if not i.review}
    assert len(coco["annotations"]) == len(label_of)
    for annotation in coco["annotations"]:
        image = images[annotation["image_id"]]
        assert names[annotation["category_id"]] == label_of[image["path"]]
        assert annotation["bbox"] == [0, 0, image["width"], image["height"]]
        assert annotation["area"] == image["width"] * image["height"] > 0
        assert (result.out / image["file_name"]).is_file()


def test_the_zip_holds_the_whole_export(everything) -> None:
    plan, result = everything
    with zipfile.ZipFile(result.out / "images.zip") as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert {item.target for item in plan.items} < names
        assert {"manifest.json", "metadata.json", "report.html", "splits.csv"} < names
        for item in plan.items:
            assert content_id(archive.read(item.target)) == item.assignment.id


def test_only_what_was_chosen_is_written(images: Path, tmp_path: Path) -> None:
    records = {"manifest.json", "metadata.json", "rejected.csv", "report.html", "report.txt"}
    for form, files in (("csv", {"images.csv"}), ("zip", {"images.zip"}), ("coco", {"coco.json"})):
        out = write(plan_of(images, formats=(form,)), images, tmp_path / form, run_record()).out
        assert set(tree(out)) == records | files
    entry = json.loads((tmp_path / "csv/metadata.json").read_bytes())["images"][0]
    assert entry["file"] is None and entry["split_file"] is None
    assert plan_of(images, formats=("csv",)).bytes_needed == 0
    both = plan_of(images, formats=("folders", "zip"))
    assert both.bytes_needed == 2 * both.bytes_total


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
    from core.export import transfer

    def lying(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:-1] + b"?")

    plan = plan_of(images, verify=True)
    assert write(plan, images, tmp_path / "good", run_record()).written == len(NAMES)
    monkeypatch.setattr(transfer, "write_all", lying)
    with pytest.raises(WinnowError, match=r"72 copies differ .* disk may be failing"):
        write(plan, images, tmp_path / "out", run_record())
    assert not (tmp_path / "out").exists()


def test_clones_are_checked_like_copies(images: Path, tmp_path: Path, monkeypatch) -> None:
    from core.export import transfer

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


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"formats": ("yolo",)}, "yolo needs images in train and val"),
        ({"formats": ("yolo",), "splits": (1, 0, 0)}, "yolo needs images in train and val"),
        ({"formats": ("tar",)}, "Unknown format 'tar'"),
        ({"formats": ()}, "No format is chosen"),
        ({"review_margin": -0.1}, "review margin .* from 0 to 1, not -0.1"),
        ({"review_margin": float("nan")}, "review margin .* not nan"),
    ],
)
def test_options_that_make_no_sense_are_refused(chosen, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        make_plan([planned("1.jpg", "cat")], [], ["cat"], ExportOptions(**chosen))


def test_formats_come_once_and_in_order() -> None:
    assert check_formats(["zip", "folders", "zip"]) == ("folders", "zip")


HOSTILE = st.one_of(
    st.sampled_from(
        ["review", "splits", "yolo", "images.csv", "CON", "..", "../x", "__x", "class x 1", "test",
         "train", "Ä", "ä", "A\u0308", "a/b", "a\\b", "<b>", "'\"&", "\u202e",
         "\udce9", "\U0010fffe"]
    ),
    st.text(st.characters(codec=None, exclude_characters="\0"), max_size=6),
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(HOSTILE, min_size=1, max_size=5, unique=True),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 11), st.booleans()), max_size=12),
    st.sampled_from([None, SHARES]),
)
def test_any_classes_and_labels_give_every_image_exactly_once(
    images: Path, tmp_path_factory, classes, rows, shares
) -> None:
    entries = [
        assign(
            images,
            name,
            classes[label % len(classes)],
            probability=0.1 if unsure else 0.9,
            scores=dict.fromkeys(classes, 1.0),
        )
        for name, (label, _, unsure) in zip(NAMES, rows, strict=False)
    ]
    formats = tuple(name for name in FORMATS if shares or name != "yolo")
    options = ExportOptions(review_below=0.5, splits=shares, formats=formats)
    plan = make_plan(entries, [Rejected("\udce9.jpg", "bad")], classes, options)
    out = write(plan, images, tmp_path_factory.mktemp("any") / "out", run_record()).out

    document = json.loads((out / "metadata.json").read_bytes())
    listed = [entry["path"] for entry in document["images"] + document["rejected"]]
    assert sorted(listed) == sorted([*(e.path for e in entries), "\udce9.jpg"])
    labels = {entry["path"]: entry["class"] for entry in document["images"]}
    assert labels == {entry.path: entry.label for entry in entries}
    own = [p.relative_to(out).as_posix() for p in out.rglob("*.jpg")]
    own = [p for p in own if p.split("/")[0] not in ("splits", "yolo", "huggingface")]
    assert sorted(own) == sorted(entry["file"] for entry in document["images"])
    layout = Layout(plan)
    places = [fold(place) for item in plan.items for place in layout.places(item)]
    assert len(places) == len(set(places))
    for place in (place for item in plan.items for place in layout.places(item)):
        assert (out / place).resolve().is_relative_to(out.resolve()) and (out / place).is_file()
    with (out / "rejected.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 2
