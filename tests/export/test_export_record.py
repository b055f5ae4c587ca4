"""The record: metadata, manifest and report say what was done, the same way every time."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from export.export_builders import assign, content_id, make_jpegs, run_record, tree
from hypothesis import given
from hypothesis import strategies as st

from core.export.options import ExportOptions
from core.export.plan import Plan, Rejected, make_plan
from core.export.record.jsonfile import write_json
from core.export.record.run import LABEL_RULE, RunRecord, load_manifest
from core.export.write import write
from core.runtime.errors import WinnowError

OPTIONS = ExportOptions(splits=(0.5, 0.25, 0.25), review_below=0.4, seed=7)
RECORD = run_record(
    labels_digest="feed",
    label_count=3,
    labels={"00ff": "cat"},
    labels_from_file=("00ff",),
    seed=7,
    options={"refine": True},
    metrics={
        "accuracy": 0.81234567,
        "n": 40,
        "per_class": {"cat": {"precision": 0.5, "f1": np.float64(0.66666666)}},
    },
    caveats=["The starter model is a rough one."],
    command=["winnow", "run", "my pictures", "out"],
)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    make_jpegs(root, ["a/1.jpg", "b/1.jpg", "b/2.jpg", "ünï/<b>.jpg"])
    return root


def plan_of(root: Path) -> Plan:
    scores = {"n/a": np.float32(0.1), "cat": 1 / 3}
    entries = [
        assign(root, "b/2.jpg", "cat", probability=1 / 3, margin=float("nan"), source="model"),
        assign(root, "b/1.jpg", "n/a", scores=scores, source="human", flags=("duplicate",)),
        assign(root, "a/1.jpg", "n/a"),
        assign(root, "ünï/<b>.jpg", "cat"),
    ]
    rejected = [Rejected("evil\x1b[2J\nname.jpg", "it is no image")]
    return make_plan(entries, rejected, ["n/a", "cat"], OPTIONS)


def exported(root: Path, out: Path, record: RunRecord = RECORD) -> Path:
    return write(plan_of(root), root, out, record).out


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


def test_report_reads_like_a_report(images: Path) -> None:
    text = (exported(images, images.parent / "out") / "report.txt").read_text(encoding="utf-8")
    for line in (
        "Model     Starter (starter) on cpu",
        "Command   winnow run 'my pictures' out",
        "Splits    train, val, test: 0.5, 0.25, 0.25; seed 7",
        "      1   25.0 %  labeled by a person",
        "accuracy: 0.8123",
        "  cat: precision 0.5, f1 0.667",
        "- The starter model is a rough one.",
        "Not written: 1",
        "- evil\\x1b[2J\\nname.jpg: it is no image",
    ):
        assert line in text.splitlines()
    (row,) = [line for line in text.splitlines() if line.startswith("n/a ")]
    assert "2   66.7 %" in row and row.endswith("folder: n_a")
    (review,) = [line for line in text.splitlines() if line.startswith("in review/")]
    assert review.split()[2] == "1" and "below 0.4" in review


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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.lists(JSON, max_size=3))
def test_any_document_comes_back_as_it_was(tmp_path_factory, document, stream) -> None:
    path = tmp_path_factory.getbasetemp() / "document.json"
    write_json(path, {**document, "stream": iter(stream)})
    assert json.loads(path.read_bytes()) == {**document, "stream": stream}


def test_numbers_without_a_json_form_become_null(tmp_path: Path) -> None:
    write_json(tmp_path / "n.json", {"n": [float("nan"), float("inf"), np.nan, 0.12345678]})
    assert json.loads((tmp_path / "n.json").read_text())["n"] == [None, None, None, 0.123457]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no manifest at"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a manifest of Winnow"),
        (b'{"format": "other"}', "not a manifest of Winnow"),
        (b'{"format": "winnow-manifest"}', "has no format version"),
        (b'{"format": "winnow-manifest", "version": true}', "has no format version"),
        (b'{"format": "winnow-manifest", "version": 99}', "format version 99 .* newer Winnow"),
        (b'{"format": "winnow-manifest", "version": 1}', "lacks a proper entry 'winnow'"),
    ],
)
def test_a_bad_manifest_is_refused_in_one_sentence(tmp_path: Path, content, words) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WinnowError, match=words):
        load_manifest(path)
