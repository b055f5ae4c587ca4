"""Classes renamed, merged, split, removed and ordered: labels follow, and Undo brings all back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import StorageError, WinnowError
from core.services.export.promises import signing
from core.services.label.queue import Asking, next_images, of_split_classes
from core.services.predict.predicting import predict
from core.services.prompts.restructuring import (
    labeled_of,
    merge_classes,
    move_class,
    order_classes,
    remove_class,
    rename_class,
    replace_classes,
)
from core.services.prompts.splitting import preview_split, split_class
from core.services.prompts.undoing import can_undo, restore_version, undo_change
from core.store.backups.listing import backups_of
from core.store.labels.base import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue", "a sky"]})
IMAGES = {"1" * 32: "red", "2" * 32: "green", "3" * 32: "blue", "4" * 32: "red"}


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """A project without images, but with labels of some."""
    (tmp_path / "images").mkdir()
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    project.vocabulary_file.save_classes(WORDS)
    project.labels.add([Event(i, name) for i, name in IMAGES.items()], "ann", "test")
    return project


def test_merged_classes_are_one_with_all_prompts_and_labels(small: Project) -> None:
    file, labels = small.vocabulary_file, small.labels
    before = len(backups_of(small.workspace.home))
    after = merge_classes(file, labels, ["blue", "red"], " warm  or cold ", "ann")
    assert after == file.classes()
    assert after.prompts() == {
        "warm or cold": ["a red thing", "blue", "a sky"],
        "green": ["green"],
    }
    assert sorted(labels.classes().values()) == ["green", *["warm or cold"] * 3]
    assert len(backups_of(small.workspace.home)) == before + 1
    undo_change(file, labels, "ann")
    assert file.classes() == WORDS and labels.classes() == IMAGES


def test_a_merged_class_that_keeps_a_name_keeps_its_place(small: Project) -> None:
    after = merge_classes(small.vocabulary_file, small.labels, ["red", "blue"], "blue", "ann")
    assert after.prompts() == {"green": ["green"], "blue": ["blue", "a sky", "a red thing"]}


def test_the_class_for_none_of_the_others_lends_no_prompts(small: Project) -> None:
    file, labels = small.vocabulary_file, small.labels
    file.update_classes(lambda classes: classes.with_none("other"))
    after = merge_classes(file, labels, ["blue", "other"], "other", "ann")
    assert after == WORDS.with_classes(
        [one for one in WORDS.classes if one[0] != "blue"]
    ).with_none("other")
    after = merge_classes(file, labels, ["green", "other"], "green", "ann")
    assert after.none is None and after.prompts()["green"] == ["green"]


@pytest.mark.parametrize(
    ("names", "into", "reason"),
    [
        (["red"], "x", "at least two"),
        (["red", "gone"], "x", "at least two"),
        (["red", "blue"], "Green", "reads the same as the class 'green'"),
        (["red", "blue"], "  ", "shows nothing"),
        (["red", "blue"], "n" * 300, "300 characters"),
    ],
)
def test_what_cannot_be_merged_changes_nothing(
    small: Project, names: list[str], into: str, reason: str
) -> None:
    with pytest.raises(WinnowError, match=reason):
        merge_classes(small.vocabulary_file, small.labels, names, into, "ann")
    assert small.classes() == WORDS and small.labels.classes() == IMAGES


PARTS = [("crimson", ("crimson",)), ("scarlet", ("scarlet", "a fire engine"))]


def test_a_split_class_has_no_labels_until_they_are_given_again(small: Project) -> None:
    file, labels = small.vocabulary_file, small.labels
    after = split_class(file, labels, "red", PARTS, "ann", {"4" * 32: "scarlet"})
    assert after.names == ["crimson", "scarlet", "green", "blue"]
    current = labels.current()
    assert {i: label.label for i, label in current.items()} == IMAGES | {"4" * 32: "scarlet"}
    assert current["1" * 32].source == "split"
    # Whoever answers now outranks all that was said of the class that is gone.
    labels.add([Event("1" * 32, "crimson")], "bob", "test")
    assert (labels.current()["1" * 32].label, labels.current()["1" * 32].conflict) == (
        "crimson",
        False,
    )
    undo_change(file, labels, "ann")
    assert file.classes() == WORDS
    assert labels.classes() == IMAGES | {"1" * 32: "crimson"}  # what was said since stays


def test_a_part_may_keep_the_name_without_its_labels(small: Project) -> None:
    parts = [("red", ("red",)), ("pink", ("pink",))]
    split_class(small.vocabulary_file, small.labels, "red", parts, "ann")
    assert small.labels.classes()["1" * 32] == "red before its split"
    undo_change(small.vocabulary_file, small.labels, "ann")
    assert small.labels.classes() == IMAGES


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (PARTS[:1], "at least two"),
        ([*PARTS, ("GREEN", ("x",))], "reads the same"),
        ([PARTS[0], PARTS[0]], "reads the same"),
        ([PARTS[0], ("", ("x",))], "shows nothing"),
        ([PARTS[0], ("x", ())], "no prompts"),
    ],
)
def test_what_cannot_be_split_changes_nothing(small: Project, parts, reason: str) -> None:
    with pytest.raises(WinnowError, match=reason):
        split_class(small.vocabulary_file, small.labels, "red", parts, "ann")
    assert small.classes() == WORDS and small.labels.classes() == IMAGES
    with pytest.raises(WinnowError, match="no class 'gone'"):
        split_class(small.vocabulary_file, small.labels, "gone", PARTS, "ann")


def test_a_removed_class_comes_back_with_its_labels(small: Project) -> None:
    file, labels = small.vocabulary_file, small.labels
    labels.add([Event("1" * 32, "red")], "bob", "test")
    remove_class(file, labels, "red", "ann")
    assert file.classes().names == ["green", "blue"]
    # Two people called it red: one answer of today counts all the same.
    labels.add([Event("1" * 32, "blue")], "eve", "test")
    assert labels.classes()["1" * 32] == "blue"
    undo_change(file, labels, "ann")
    assert file.classes() == WORDS
    assert labels.classes() == IMAGES


def test_a_file_that_drops_classes_can_be_taken_back_at_once(small: Project) -> None:
    other = Vocabulary.of({"Green": ["green"], "new": ["new"]})
    replace_classes(small.vocabulary_file, small.labels, lambda before: other, "ann")
    assert small.classes() == other
    sources = {i: label.source for i, label in small.labels.current().items()}
    assert sources == {i: "test" if n == "green" else "removed" for i, n in IMAGES.items()}
    undo_change(small.vocabulary_file, small.labels, "ann")
    assert small.classes() == WORDS and small.labels.classes() == IMAGES


def test_classes_are_put_into_order(small: Project) -> None:
    file = small.vocabulary_file
    assert move_class(file, "blue", 0).names == ["blue", "red", "green"]
    assert move_class(file, "blue", 99).names == ["red", "green", "blue"]
    assert move_class(file, "blue", -3).names == ["blue", "red", "green"]
    assert order_classes(file, len).names == ["red", "blue", "green"]
    for _ in range(4):
        undo_change(file, small.labels, "ann")
    assert file.classes() == WORDS and not can_undo(file)
    undo_change(file, small.labels, "ann")  # there is nothing left to take back
    assert file.classes() == WORDS


def test_what_the_disk_refuses_leaves_labels_as_they_were(
    small: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("core.project.vocabulary_file.write_atomic", full)
        for change in (
            lambda: merge_classes(small.vocabulary_file, small.labels, ["red", "blue"], "x", "a"),
            lambda: split_class(small.vocabulary_file, small.labels, "red", PARTS, "ann"),
            lambda: remove_class(small.vocabulary_file, small.labels, "red", "ann"),
            lambda: rename_class(small.vocabulary_file, small.labels, "red", "x", "ann"),
        ):
            with pytest.raises(StorageError):
                change()
            assert small.classes() == WORDS and small.labels.classes() == IMAGES
            assert {label.source for label in small.labels.current().values()} == {"test"}


def test_going_back_several_versions_takes_their_labels_along(small: Project) -> None:
    file, labels = small.vocabulary_file, small.labels
    rename_class(file, labels, "red", "scarlet", "ann")
    merge_classes(file, labels, ["scarlet", "blue"], "both", "ann")
    merged = file.classes()
    restore_version(file, labels, WORDS, "ann")
    assert file.classes() == WORDS and labels.classes() == IMAGES
    restore_version(file, labels, merged, "ann")  # was taken back: a new change, labels stay
    assert file.classes() == merged and labels.classes() == IMAGES
    undo_change(file, labels, "ann")
    assert file.classes() == WORDS


STEP = st.tuples(st.sampled_from(["rename", "merge", "split", "remove", "move"]), st.integers(0, 9))


@settings(max_examples=25)
@given(steps=st.lists(STEP, max_size=6))
def test_undo_goes_all_the_way_back_over_anything(tmp_path_factory, steps) -> None:
    folder = tmp_path_factory.mktemp("undo")
    (folder / "images").mkdir()
    project = Project.open(folder / "images", folder / "workspace")
    file, labels = project.vocabulary_file, project.labels
    file.save_classes(WORDS)
    labels.add([Event(i, name) for i, name in IMAGES.items()], "ann", "test")
    done = 0
    for number, (kind, pick) in enumerate(steps):
        before, names = file.classes(), file.classes().names
        if not names:
            break
        name, other = names[pick % len(names)], names[(pick + 1) % len(names)]
        if kind == "rename":
            rename_class(file, labels, name, f"n{number}", "ann")
        elif kind == "merge" and name != other:
            merge_classes(file, labels, [name, other], f"m{number}", "ann")
        elif kind == "split":
            parts = [(f"p{number}", ("p",)), (f"q{number}", ("q",))]
            split_class(file, labels, name, parts, "ann")
        elif kind == "remove":
            remove_class(file, labels, name, "ann")
        elif kind == "move":
            move_class(file, name, pick)
        done += file.classes() != before
    for _ in range(done):
        undo_change(file, labels, "bob")
    assert file.classes() == WORDS
    assert labels.classes() == IMAGES
    assert not can_undo(file)


# -- on real images ------------------------------------------------------------------------------


def test_images_of_a_split_class_are_asked_first_and_random_ones_never_guessed(
    project: Project,
) -> None:
    snapshot = project.snapshot()
    name = snapshot.names[0]
    audit, rest = snapshot.audit_order[:3], snapshot.audit_order[10:16]
    rows = [*audit.tolist(), *rest.tolist()]
    project.labels.add([Event(snapshot.pool.ids[row], name) for row in rows], "ann", "test")
    snapshot = project.snapshot()
    assert labeled_of(snapshot, [name, snapshot.names[1]]) == {name: 9}
    seen = preview_split(snapshot, name, PARTS)
    assert (seen.labeled, seen.random) == (9, 3)
    shown = sorted(row for part in seen.rows.values() for row in part.tolist())
    assert shown == sorted(rest.tolist())
    for part in seen.rows.values():
        assert (seen.probabilities[part] >= 0.5).all()
    split_class(project.vocabulary_file, project.labels, name, PARTS, "ann")
    after = project.snapshot()
    assert sorted(of_split_classes(after).tolist()) == sorted(rows)
    assert not after.is_answered[rows].any() and not len(after.audited)
    batch = next_images(after, predict(after), [], Asking("uherding", 5, 0))
    assert set(batch.rows[~batch.audit].tolist()) <= set(rows)
    remove_class(project.vocabulary_file, project.labels, "crimson", "ann")
    assert sorted(of_split_classes(project.snapshot()).tolist()) == sorted(rows)


def signed(project: Project, name: str) -> None:
    """A folder, signed as a whole."""
    snapshot = project.snapshot()
    signing.begin(snapshot, predict(snapshot), name, 0.5)
    while not (folder := standing(project)[name]).is_signed:
        project.labels.add([Event(i, name) for i in folder.next_ids(3)], "ann", signing.SOURCE)


def standing(project: Project) -> dict[str, signing.Folder]:
    return {folder.name: folder for folder in signing.folders(project.snapshot())}


def two_of(project: Project) -> tuple[str, str]:
    """The two classes that most images are predicted to be."""
    predictions = predict(project.snapshot())
    counts = np.bincount(predictions.assigned, minlength=len(predictions.names))
    first, second = np.argsort(-counts)[:2].tolist()
    return predictions.names[first], predictions.names[second]


def test_a_renamed_class_keeps_its_signature_and_so_does_one_that_is_merged(
    project: Project,
) -> None:
    file, (name, other) = project.vocabulary_file, two_of(project)
    signed(project, name)
    before = standing(project)[name]
    rename_class(file, project.labels, name, "new", "ann")
    now = standing(project)
    assert set(now) == {"new"} and now["new"].is_signed
    assert (now["new"].ids, now["new"].state.looks) == (before.ids, before.state.looks)
    # What is said of it afterwards goes to the same list.
    unseen = now["new"].next_ids(1)  # of others the label counts
    signing.call_wrong(project.workspace, "new", unseen)
    assert standing(project)["new"].sorted_images == before.sorted_images - 1
    signing.take_back(project.workspace, "new", unseen)
    merge_classes(file, project.labels, ["new", other], "both", "ann")
    assert standing(project)["both"].is_signed
    undo_change(file, project.labels, "ann")
    assert set(standing(project)) == {"new"} and standing(project)["new"].is_signed
    undo_change(file, project.labels, "ann")
    assert set(standing(project)) == {name} and standing(project)[name].is_signed
    signing.drop(project.workspace, name)
    assert standing(project) == {}


def test_of_two_signed_classes_that_are_merged_the_larger_folder_counts(project: Project) -> None:
    file, (name, other) = project.vocabulary_file, two_of(project)
    signed(project, name)
    signed(project, other)
    both = standing(project)
    merge_classes(file, project.labels, [name, other], other, "ann")
    (folder,) = standing(project).values()
    larger = max(both[name], both[other], key=lambda one: len(one.ids))
    assert (folder.name, folder.ids) == (other, larger.ids)
    undo_change(file, project.labels, "ann")
    assert {n: f.ids for n, f in standing(project).items()} == {n: f.ids for n, f in both.items()}


@pytest.mark.parametrize("part", [0, 1])
def test_a_split_class_is_signed_no_more_and_undoing_the_split_brings_it_back(
    project: Project, part: int
) -> None:
    file, (name, _) = project.vocabulary_file, two_of(project)
    signed(project, name)
    parts = [([name, "left"][part], ("a left one",)), ("right", ("a right one",))]
    split_class(file, project.labels, name, parts, "ann")
    assert not any(folder.is_signed for folder in signing.folders(project.snapshot()))
    undo_change(file, project.labels, "ann")
    assert standing(project)[name].is_signed


def test_a_removed_class_is_signed_no_more(project: Project) -> None:
    file, (name, _) = project.vocabulary_file, two_of(project)
    signed(project, name)
    remove_class(file, project.labels, name, "ann")
    assert standing(project) == {}
    undo_change(file, project.labels, "ann")
    assert standing(project)[name].is_signed
