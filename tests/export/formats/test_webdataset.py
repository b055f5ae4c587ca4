"""WebDataset's shards, read back by its convention with `tarfile`, and by `datasets`."""

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from export.export_builders import assign, content_id, make_jpegs, run_record
from export.format_builders import CLASSES, NAMES, SHARES, load_dataset, plan_of

from core.export.formats import webdataset
from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.write import write


def samples(shard: Path) -> Iterator[dict[str, bytes | str]]:
    """The samples of a shard, grouped as `webdataset` does: by the name up to its first dot."""
    sample: dict[str, bytes | str] = {}
    with tarfile.open(shard) as archive:
        for member in archive:
            match = re.fullmatch(r"((?:.*/|)[^.]+)[.]([^/]*)", member.name)
            content = archive.extractfile(member)
            assert match is not None and content is not None
            assert (member.mtime, member.uid, member.gid, member.uname) == (0, 0, 0, "")
            if sample and sample["__key__"] != match[1]:
                yield sample
                sample = {}
            assert match[2].lower() not in sample
            sample |= {"__key__": match[1], match[2].lower(): content.read()}
    if sample:
        yield sample


def test_every_sample_is_an_image_its_class_and_what_is_known_of_it(everything) -> None:
    plan, result = everything
    root = result.out / "webdataset"
    classes = (root / "classes.txt").read_text("utf-8").splitlines()
    assert classes == CLASSES == json.loads((root / "dataset.json").read_bytes())["classes"]
    by_id = {item.assignment.id: item for item in plan.items}
    keys, ids = [], []
    for shard in sorted(root.glob("*.tar")):
        for sample in samples(shard):
            assert set(sample) == {"__key__", "jpg", "cls", "json"}
            metadata = json.loads(sample["json"])
            item = by_id[metadata["id"]]
            assert content_id(sample["jpg"]) == metadata["id"]
            assert classes[int(sample["cls"])] == metadata["class"] == item.assignment.label
            assert metadata["path"] == item.assignment.path
            assert shard.name.startswith(f"{item.split}-") and metadata["split"] == item.split
            assert metadata["probability"] == item.assignment.probability
            assert (metadata["width"], metadata["height"]) == (item.assignment.width, 16)
            keys.append(sample["__key__"])
            ids.append(metadata["id"])
    assert len(set(keys)) == len(keys)
    assert sorted(ids) == sorted(i.assignment.id for i in plan.items if not i.review)


def test_shards_are_bounded_by_images_and_by_bytes(images, tmp_path, monkeypatch) -> None:
    plan = plan_of(images, formats=("webdataset",))
    count = len(plan.items) - plan.review
    largest = max(item.assignment.size for item in plan.items)
    for limit, value, full in (("_SHARD_IMAGES", 10, 10), ("_SHARD_BYTES", 3 * largest, 3)):
        with monkeypatch.context() as patch:
            patch.setattr(webdataset, limit, value)
            root = write(plan, images, tmp_path / limit, run_record()).out / "webdataset"
        shards = sorted(root.glob("*.tar"))
        assert [shard.name for shard in shards] == [f"{n:06d}.tar" for n in range(len(shards))]
        sizes = [len(list(samples(shard))) for shard in shards]
        assert sum(sizes) == count and len(sizes) > 1 and min(sizes[:-1]) >= full
        listed = json.loads((root / "dataset.json").read_bytes())["shards"]
        assert [(entry["file"], entry["samples"]) for entry in listed] == [
            (shard.name, size) for shard, size in zip(shards, sizes, strict=True)
        ]


def test_names_with_dots_and_slashes_do_not_break_samples(tmp_path: Path) -> None:
    names = ["a.b/c.d.JPEG", "a.b/.hidden.jpg", "x/1.jpg", "y/1.jpg", "plain", "odd.json", "q.cls"]
    make_jpegs(tmp_path / "images", names)
    classes = ["two\nlines", "b/c.d"]
    entries = [assign(tmp_path / "images", n, classes[i % 2]) for i, n in enumerate(names)]
    plan = make_plan(entries, [], classes, ExportOptions(formats=("webdataset",)))
    root = write(plan, tmp_path / "images", tmp_path / "out", run_record()).out / "webdataset"
    read = list(samples(root / "000000.tar"))
    assert [json.loads(sample["json"])["path"] for sample in read] == sorted(names)
    suffixes = [(set(sample) - {"__key__", "cls", "json"}).pop() for sample in read]
    assert sorted(suffixes) == ["image"] * 3 + ["jpeg"] + ["jpg"] * 3
    assert (root / "classes.txt").read_text("utf-8").splitlines() == ["two\\nlines", "b/c.d"]


@pytest.mark.parametrize("splits", [None, SHARES])
def test_datasets_reads_it(images, tmp_path, monkeypatch, splits) -> None:
    plan = plan_of(images, formats=("webdataset",), splits=splits)
    out = write(plan, images, tmp_path / "out", run_record()).out
    loaded = load_dataset(monkeypatch, tmp_path / "cache", out / "webdataset")
    assert sorted(loaded) == (["test", "train", "validation"] if splits else ["train"])
    rows = [row for part in loaded.values() for row in part]
    assert len(rows) == len(plan.items) - plan.review < len(NAMES)
    assert all(CLASSES[row["cls"]] == row["json"]["class"] for row in rows)
    assert rows[0]["jpg"].size[1] == 16
