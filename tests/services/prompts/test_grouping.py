"""Classes in groups: put in, taken out, renamed, dissolved; labels follow, Undo brings all back."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.prompts.grouping import dissolve_group, put_in_group, rename_group
from core.services.prompts.restructuring import merge_classes, rename_class
from core.services.prompts.splitting import split_class
from core.services.prompts.undoing import undo_change
from core.store.labels.base import Event

WORDS = Vocabulary.of(
    {"apple": ["an apple"], "milk": ["milk"], "pear": ["a pear"], "leek": ["a leek"]}
)


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project without images, with two classes in a group and a label of that group."""
    (tmp_path / "images").mkdir()
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    project.vocabulary_file.save_classes(WORDS)
    put_in_group(project.vocabulary_file, ["apple", "pear"], "fruit")
    project.labels.add([Event("1" * 32, "fruit"), Event("2" * 32, "milk")], "ann", "test")
    return project


def test_classes_of_a_group_stand_together_and_undo_takes_the_group_back(shop: Project) -> None:
    file = shop.vocabulary_file
    assert file.classes().names == ["apple", "pear", "milk", "leek"]
    assert file.classes().above == {"apple": "fruit", "pear": "fruit"}
    undo_change(file, shop.labels, "ann")
    assert file.classes() == WORDS


def test_groups_stand_in_groups_and_a_class_is_taken_out(shop: Project) -> None:
    file = shop.vocabulary_file
    put_in_group(file, ["fruit", "leek"], "fresh")
    assert file.classes().above == {
        "apple": "fruit", "pear": "fruit", "fruit": "fresh", "leek": "fresh",
    }  # fmt: skip
    after = put_in_group(file, ["leek"], "")
    assert "leek" not in after.above and after.names == ["apple", "pear", "leek", "milk"]


def test_a_group_that_is_spelled_otherwise_is_the_same(shop: Project) -> None:
    after = put_in_group(shop.vocabulary_file, ["leek"], " Fruit ")
    assert after.above["leek"] == "fruit"


def test_a_group_renamed_takes_its_labels_along(shop: Project) -> None:
    rename_group(shop.vocabulary_file, shop.labels, "fruit", "sweet things", "ann")
    assert shop.labels.classes() == {"1" * 32: "sweet things", "2" * 32: "milk"}
    undo_change(shop.vocabulary_file, shop.labels, "ann")
    assert shop.labels.classes()["1" * 32] == "fruit"


def test_a_group_dissolved_leaves_its_classes_where_it_stood(shop: Project) -> None:
    put_in_group(shop.vocabulary_file, ["fruit", "leek"], "fresh")
    after = dissolve_group(shop.vocabulary_file, "fruit")
    assert after.above == {"apple": "fresh", "pear": "fresh", "leek": "fresh"}
    assert not dissolve_group(shop.vocabulary_file, "fresh").groups


def test_edits_of_classes_leave_them_in_their_group(shop: Project) -> None:
    file, labels = shop.vocabulary_file, shop.labels
    assert rename_class(file, labels, "pear", "quince", "ann").above["quince"] == "fruit"
    parts = (("boskoop", ("a boskoop",)), ("gala", ("a gala",)))
    after = split_class(file, labels, "apple", parts, "ann")
    assert after.above["gala"] == after.above["boskoop"] == "fruit"
    assert (
        merge_classes(file, labels, ["gala", "boskoop"], "apple", "ann").above["apple"] == "fruit"
    )


@pytest.mark.parametrize(
    ("names", "group", "words"),
    [
        (["apple"], "Milk", "reads the same"),
        (["fruit"], "fruit", "in itself"),
    ],
)
def test_groups_that_cannot_be_are_refused(shop, names, group, words) -> None:
    before = shop.vocabulary_file.text()
    with pytest.raises(WinnowError, match=words):
        put_in_group(shop.vocabulary_file, names, group)
    assert shop.vocabulary_file.text() == before
