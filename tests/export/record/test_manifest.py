"""The record: metadata and manifest say what was done, the same way every time."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from export.export_builders import assign, content_id, make_jpegs, tree
from export.record_builders import NAMES, RECORD, exported

from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.record.run import LABEL_RULE, load_manifest
from core.export.write import write


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    make_jpegs(root, NAMES)
    return root


def test_metadata_tells_each_image_in_full(images: Path) -> None:
    out = exported(images, images.parent / "out")
    document = json.loads((out / "metadata.json").read_bytes())
    assert document["classes"] == ["n/a", "cat"]
    assert document["rejected"] == [{"path": "evil\x1b[2J\nname.jpg", "reason": "it is no image"}]
    by_path = {entry["path"]: entry for entry in document["images"]}
    assert list(by_path) == ["a/1.jpg", "b/1.jpg", "b/2.jpg", "ünï/<b>.jpg"]
    entry = by_path["b/1.jpg"]
    split = entry.pop("split")
    assert entry == {
        "path": "b/1.jpg",
        "file": "n_a/1 (b).jpg",
        "split_file": f"splits/{split}/n_a/1 (b).jpg",
        "id": content_id((images / "b/1.jpg").read_bytes()),
        "class": "n/a",
        "probability": 0.9,
        "margin": 0.8,
        "scores": {"n/a": 0.1, "cat": 0.333333},
        "source": "human",
        "group": None,
        "review": False,
        "review_reason": None,
        "flags": ["duplicate"],
    }
    reviewed = by_path["b/2.jpg"]
    assert (reviewed["review"], reviewed["split"], reviewed["split_file"]) == (True, None, None)
    assert (reviewed["probability"], reviewed["margin"]) == (0.333333, None)
    for entry in document["images"]:
        assert (out / entry["file"]).read_bytes() == (images / entry["path"]).read_bytes()


def test_manifest_holds_what_a_repeat_needs(images: Path) -> None:
    out = exported(images, images.parent / "out")
    manifest = load_manifest(out)
    assert manifest == load_manifest(out / "manifest.json")
    assert manifest["encoder"] == {
        "spec": "starter",
        "title": "Starter",
        "identity": "arch-0123-4567",
        "device": "cpu",
    }
    assert manifest["prompts"] == {"cat": ["a photo of a cat"]}
    assert manifest["labels"] == {
        "digest": "feed",
        "count": 3,
        "rule": LABEL_RULE,
        "classes": {"00ff": "cat"},
        "from_file": ["00ff"],
        "conflicts": [],
    }
    assert manifest["options"] == {
        "refine": True,
        "export": {
            "mode": "copy",
            "splits": [0.5, 0.25, 0.25],
            "review_below": 0.4,
            "review_margin": None,
            "seed": 7,
            "formats": ["folders"],
            "verify": False,
            "unreadable": "rename",
            "csv_safe": False,
            "review_ratio": None,
            "questions": [],
        },
    }
    assert manifest["counts"] == {
        "written": 4,
        "classes": {"n/a": 2, "cat": 1},
        "review": 1,
        "rejected": 1,
    }
    assert manifest["command"] == RECORD.command
    assert manifest["packages"]["numpy"] == np.__version__
    for entry in manifest["files"]:
        content = (out / entry["file"]).read_bytes()
        assert (entry["id"], entry["size"]) == (content_id(content), len(content))


def test_equal_runs_give_equal_bytes(images: Path) -> None:
    one = exported(images, images.parent / "one")
    two = exported(images, images.parent / "two")
    assert {name: entry[0] for name, entry in tree(one).items()} == {
        name: entry[0] for name, entry in tree(two).items()
    }
    text = (one / "metadata.json").read_text(encoding="utf-8")
    assert "ünï/<b>.jpg" in text and "\r" not in text
    # One image a line, so that the file can be read and compared piece by piece.
    assert sum(line.startswith('{"class"') for line in text.splitlines()) == 4


def test_names_that_are_not_unicode_survive_in_the_record(images: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.jpg")
    try:
        (images / odd).write_bytes((images / "a/1.jpg").read_bytes())
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    plan = make_plan([assign(images, odd, "cat")], [], ["cat"], ExportOptions())
    out = write(plan, images, images.parent / "out", RECORD).out
    (entry,) = json.loads((out / "metadata.json").read_bytes())["images"]
    assert (entry["path"], entry["file"]) == (odd, "cat/caf_.jpg")
    assert (out / "cat/caf_.jpg").is_file()
