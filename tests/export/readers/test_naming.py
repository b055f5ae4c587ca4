"""What readers would pass over is renamed, converted or told, and nothing else is touched."""

from __future__ import annotations

import pytest
from export.export_builders import planned

from core.export.formats import FORMATS
from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.readers.known import DATASETS, TORCHVISION, ULTRALYTICS, WEBDATASET
from core.export.readers.naming import naming_of


def naming(path: str, content: str | None, readers=(TORCHVISION,), unreadable="rename"):
    return naming_of(planned(path, "cat", content=content), readers, unreadable)


@pytest.mark.parametrize(
    ("path", "content", "renamed"),
    [
        ("a/b.jfif", "JPEG", "a/b.jpg"), ("b.JPE", "JPEG", "b.jpg"), ("b", "JPEG", "b.jpg"),
        ("b.jpg?w=600", "JPEG", "b.jpg?w=600.jpg"), ("b.jpg_original", "MPO", "b.jpg_original.jpg"),
        ("b.gif", "PNG", "b.png"), ("b.heic", "JPEG", "b.jpg"), ("b.avif", "WEBP", "b.webp"),
        ("b.JPG", "JPEG", "b.JPG"), ("b.TIFF", "TIFF", "b.TIFF"), ("b.png", "JPEG", "b.png"),
        ("b.jpg", "AVIF", "b.jpg"), ("b.jpeg", None, "b.jpeg"), ("v1.2", "PNG", "v1.png"),
    ],
)  # fmt: skip
def test_a_file_gets_the_suffix_of_what_it_holds_where_that_helps(
    path: str, content: str | None, renamed: str
) -> None:
    found = naming(path, content)
    assert (found.path, found.convert, found.unseen) == (renamed, None, ())


@pytest.mark.parametrize(
    ("path", "content", "readers", "target"),
    [
        ("a.avif", "AVIF", (TORCHVISION,), "JPEG"), ("a.heic", "HEIF", (TORCHVISION,), "JPEG"),
        ("a.gif", "GIF", (TORCHVISION,), "PNG"), ("a.avif", "AVIF", (DATASETS,), "JPEG"),
        ("a.jpg", "GIF", (TORCHVISION, ULTRALYTICS), "PNG"),
        ("a.webp", "WEBP", (WEBDATASET,), "PNG"),
        ("a.jpg", "AVIF", (ULTRALYTICS,), "JPEG"), ("a.tif", "TIFF", (WEBDATASET,), "PNG"),
    ],
)  # fmt: skip
def test_what_no_suffix_helps_is_converted_on_wish_and_else_told(
    path: str, content: str, readers: tuple, target: str
) -> None:
    asked = naming(path, content, readers, "convert")
    assert asked.convert == target and not asked.unseen
    assert all(reader.sees("." + asked.path.rpartition(".")[2], target) for reader in readers)
    left = naming(path, content, readers)
    assert (left.path, left.convert) == (path, None) and left.unseen


def test_nothing_changes_without_a_reader_or_in_runs_of_before() -> None:
    assert naming("a.avif", "AVIF", ()).path == "a.avif"
    old = naming("a.jfif", "JPEG", unreadable="keep")
    assert (old.path, old.convert, old.unseen) == ("a.jfif", None, (TORCHVISION.title,))


def test_an_untouched_file_keeps_its_name_before_one_that_is_renamed() -> None:
    entries = [planned(p, "cat", content="JPEG") for p in ("a.jfif", "a.jpg", "a.jpe", "b/a.jpg")]
    plan = make_plan(entries, [], ["cat"], ExportOptions())
    targets = {item.assignment.path: item.target for item in plan.items}
    assert targets["a.jpg"] == "cat/a.jpg"
    assert len({target.lower() for target in targets.values()}) == 4
    assert all(target.endswith(".jpg") for target in targets.values())
    assert len(plan.collisions) == 3


def test_what_is_passed_over_is_told_with_numbers_and_readers() -> None:
    entries = [planned(f"{n}.avif", "cat", content="AVIF") for n in range(3)]
    entries += [planned("x.gif", "cat", content="GIF"), planned("y.jfif", "cat", content="JPEG")]
    plan = make_plan(entries, [], ["cat"], ExportOptions(formats=("folders", "huggingface")))
    assert plan.unseen == [
        "torchvision's ImageFolder will pass over 1 files because of their suffix or content: "
        "1 .gif. Convert them on the Export page or with --convert-unreadable.",
        "torchvision's ImageFolder and Hugging Face datasets will pass over 3 files because of "
        "their suffix or content: 3 .avif. Convert them on the Export page or with "
        "--convert-unreadable.",
    ]
    assert set(plan.unseen) <= set(plan.notes)
    assert any("1 .jfif as .jpg" in note for note in plan.notes)
    converted = make_plan(entries, [], ["cat"], ExportOptions(unreadable="convert"))
    assert not converted.unseen
    assert any("3 .avif to JPEG, 1 .gif to PNG" in note for note in converted.notes)
    assert converted.digest() != make_plan(entries, [], ["cat"], ExportOptions()).digest()


def test_every_format_that_has_files_with_names_knows_its_reader() -> None:
    named = {part.name for part in FORMATS.values() if part.reader is not None}
    assert named == {"folders", "yolo", "huggingface", "webdataset", "zip"}
