"""Folders of images: counted, as a tree, and what their names say of classes at each level."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.project.project import Project
from core.runtime.spelling import Matcher
from core.services.data.folders import (
    best_level,
    counted,
    depth,
    inside,
    name_of,
    naming,
    of_pool,
    part,
    tree,
)

PARTS = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=4)
PATHS = st.lists(
    st.lists(PARTS, min_size=1, max_size=4).map("/".join), min_size=1, max_size=30, unique=True
)

GROCERY = [
    "train/Packages/Milk/Oat-Milk/1.jpg",
    "train/Packages/Milk/Oat-Milk/2.jpg",
    "train/Packages/Juice/orange_juice/1.jpg",
    "train/Fruit/Apple/Golden-Delicious/1.jpg",
    "val/Fruit/Apple/golden delicious/1.jpg",
    "val/Fruit/Kiwi/1.jpg",
    "loose.jpg",
]


@given(paths=PATHS)
def test_a_tree_counts_every_image_below_each_folder(paths: list[str]) -> None:
    paths.sort()
    nodes, count = tree(counted(paths), 1_000)
    assert count == len(nodes)
    for node in nodes:
        below = [path for path in paths if path.startswith(f"{node.path}/")]
        assert node.images == len(below) > 0
        place = inside(paths, node.path)
        assert [paths[row] for row in place] == below
    assert [paths[row] for row in inside(paths, "")] == paths
    order = [node.path.split("/") for node in nodes]
    assert order == sorted(order)


def test_a_wide_tree_shows_its_upper_levels() -> None:
    folders = {f"a/{n}": 1 for n in range(50)} | {"b": 2}
    nodes, count = tree(folders, 5)
    assert count == 52
    assert [node.path for node in nodes] == ["a", "a/0", "a/1", "a/10", "b"]
    assert nodes[0].images == 50


@given(paths=PATHS, classes=st.lists(PARTS, min_size=1, max_size=4), level=st.integers(-3, 6))
def test_every_image_is_of_a_class_or_outside(
    paths: list[str], classes: Sequence[str], level: int
) -> None:
    folders = counted(paths)
    for one in (None, level or None):
        seen = naming(folders, classes, one)
        assert seen.images + seen.missed == len(paths)
        class_of = Matcher.of(classes)
        for folder in folders:
            name = name_of(folder, one, class_of)
            assert name is None or seen.classes[name] > 0


def test_names_match_over_case_and_signs_at_any_level() -> None:
    folders = counted(GROCERY)
    kinds = naming(folders, ["Oat Milk", "Orange Juice", "Golden Delicious", "Kiwi"], 4)
    assert kinds.classes == {
        "Oat Milk": 2, "Golden Delicious": 2, "Orange Juice": 1, "Kiwi": 0,
    }  # fmt: skip
    assert kinds.outside == {"": 2}  # Kiwi has no fourth level, and one lies in no folder
    assert kinds.respelled == {
        "Oat-Milk": "Oat Milk",
        "orange_juice": "Orange Juice",
        "Golden-Delicious": "Golden Delicious",
        "golden delicious": "Golden Delicious",
    }
    groups = naming(folders, ["fruit", "packages"], 2)
    assert groups.classes == {"fruit": 3, "packages": 3} and groups.outside == {"": 1}
    assert naming(folders, ["train", "test"], 1).outside == {"val": 2, "": 1}


def test_without_a_level_the_innermost_folder_that_is_a_class_counts() -> None:
    folders = counted(GROCERY)
    seen = naming(folders, ["Apple", "Fruit", "oat milk"], None)
    assert seen.classes == {"Apple": 2, "oat milk": 2, "Fruit": 1}
    assert seen.outside == {"orange_juice": 1, "": 1}
    assert seen.respelled == {"Oat-Milk": "oat milk"}


def test_the_best_level_is_the_one_that_says_as_much_as_all_together() -> None:
    folders = counted(GROCERY)
    assert best_level(folders, ["Fruit", "Packages"]) == 2
    assert best_level(folders, ["Kiwi", "Golden Delicious"]) is None  # at two levels
    assert best_level(folders, ["nothing"]) is None


@pytest.mark.parametrize(
    ("folder", "level", "name"),
    [("a/b/c", 1, "a"), ("a/b/c", 3, "c"), ("a/b/c", 4, ""), ("a/b/c", -1, "c"), ("a/b/c", -4, ""),
     ("", 1, ""), ("", -1, ""), ("a\u200b b", 1, "a b")],
)  # fmt: skip
def test_parts_of_a_path(folder: str, level: int, name: str) -> None:
    assert part(folder, level) == name


def test_depth_counts_folders_and_has_an_end() -> None:
    assert depth({"": 3}) == 0
    assert depth({"a": 1, "a/b/c": 1}) == 3
    assert depth({"/".join("a" * 500): 1}) == 50


def test_a_pool_knows_its_folders(project: Project) -> None:
    assert of_pool(project.snapshot()) == {"images": 60}
