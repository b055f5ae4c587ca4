"""The sample collection as it is in the repository."""

import csv
import re
from collections import Counter
from pathlib import Path

from ruamel.yaml import YAML

from core.images.decode import decode
from core.images.hash import content_id
from core.images.scan import scan

SAMPLE = Path(__file__).parents[2] / "sample_data"
CLASSES = {
    "animal",
    "building",
    "clothing",
    "food",
    "household",
    "musical instrument",
    "plant",
    "space",
    "sports",
    "vehicle",
}


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_truth_and_captions_name_every_image_once() -> None:
    found = [file.path for file in scan(SAMPLE).files]
    assert 380 <= len(found) <= 500
    for name, column in (("truth.csv", "label"), ("captions.csv", "caption")):
        table = rows(name)
        assert list(table[0]) == ["path", column]
        assert sorted(row["path"] for row in table) == found
        assert all(row[column].strip() for row in table)


def test_ten_classes_with_prompts() -> None:
    counts = Counter(row["label"] for row in rows("truth.csv"))
    assert set(counts) == CLASSES
    assert min(counts.values()) >= 10
    prompts = YAML(typ="safe").load(SAMPLE / "prompts.yaml")["classes"]
    assert set(prompts) == CLASSES
    assert all(p.strip() for texts in prompts.values() for p in texts)
    assert all(len(texts) == len(set(texts)) >= 1 for texts in prompts.values())


def test_images_are_small_upright_whole_and_different() -> None:
    total, ids = 0, set()
    for file in scan(SAMPLE).files:
        data = (SAMPLE / file.path).read_bytes()
        found = decode(data, file.path)
        assert max(found.width, found.height) <= 256
        assert found.notes == ()
        total += len(data)
        ids.add(content_id(data))
    assert total < 6_000_000
    assert len(ids) == len(rows("truth.csv"))


def test_one_flat_folder_so_that_no_path_gives_the_class_away() -> None:
    assert all(re.fullmatch(r"images/[\w-]+\.jpg", row["path"]) for row in rows("truth.csv"))


def test_readme_states_licence_origin_and_the_true_counts() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    counts = Counter(row["label"] for row in rows("truth.csv"))
    stated = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", readme, re.M))
    assert {label: int(number) for label, number in stated.items()} == counts
    assert f"{counts.total()} small pictures" in readme
    for part in ("tuxpaint-stamps-default", "2022.06.04-1", "either version 2", "Bill Kendrick"):
        assert part in readme
    assert "GNU GENERAL PUBLIC LICENSE" in (SAMPLE / "COPYING").read_text(encoding="utf-8")
