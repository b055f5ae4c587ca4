"""Labels that people bring: into the store, for one call only, or as the names of folders."""

from __future__ import annotations

from collections import Counter

import pytest

from core.project.pool import Pool
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.folders import counted
from core.services.data.label_import import (
    MOST_CLASSES,
    folder_labels,
    folder_names,
    import_labels,
    with_labels_of,
)
from core.store.catalog import ImageRow
from core.store.labels.base import Event


def pool_of(*paths: str) -> Pool:
    return Pool([], [[ImageRow(path, 1, 0)] for path in paths], "v", "e")


def test_labels_are_stored_and_what_they_lack_is_counted(project: Project) -> None:
    snapshot, name = project.snapshot(), project.classes().names[0]
    first, second, third = snapshot.pool.paths[:3]
    labels = {first: name, "nowhere.jpg": name, second: "new", third: "new"}
    done = import_labels(project, labels, "ann")
    assert (done.labels, done.missing, done.unknown) == (3, 1, {"new": 2})
    ids = snapshot.pool.ids
    assert project.labels.classes() == {ids[0]: name, ids[1]: "new", ids[2]: "new"}
    assert {label.source for label in project.labels.current().values()} == {"import"}
    project.labels.undo(done.batch, "ann")
    assert project.labels.classes() == {}
    with pytest.raises(WinnowError, match="None of the 1 paths is an embedded image of"):
        import_labels(project, {"nowhere.jpg": name}, "ann")


def test_labels_of_one_call_are_in_its_snapshot_alone(project: Project) -> None:
    snapshot, notes = project.snapshot(), []
    path, name = snapshot.pool.paths[4], snapshot.names[1]
    labeled = with_labels_of(snapshot, {path: name, "a.jpg": name, "b.jpg": "?"}, notes.append)
    assert labeled.labels.texts()[4] == name
    assert notes == ["The labels: 2 of 3 rows do not count: 2 no embedded image (a.jpg, b.jpg)."]
    assert project.labels.classes() == {} and snapshot.labels.texts()[4] is None
    assert with_labels_of(snapshot, {}, notes.append) is snapshot
    assert len(notes) == 1


def test_labels_of_one_call_that_cannot_be_used_are_refused(project: Project) -> None:
    snapshot, notes = project.snapshot(), []
    path = snapshot.pool.paths[0]
    with pytest.raises(WinnowError, match="None of the 1 paths of the labels is an image of"):
        with_labels_of(snapshot, {"a.jpg": "x"}, notes.append)
    assert notes == []
    with pytest.raises(WinnowError, match=f"call {path} 'x', which is not among the classes"):
        with_labels_of(snapshot, {path: "x", "a.jpg": "x"}, notes.append)
    assert len(notes) == 1, "what is missing is noted first"


def test_labels_that_no_vocabulary_could_hold_are_not_stored(project: Project) -> None:
    paths = project.pool().paths
    with pytest.raises(WinnowError, match="has 300 characters, at most 200 fit"):
        import_labels(project, {paths[0]: "n" * 300}, "ann")
    with pytest.raises(WinnowError, match="shows nothing"):
        project.labels.add([Event(project.pool().ids[0], "\u200b")], "ann", "test")
    assert project.labels.classes() == {}


def test_names_of_folders_are_labels_unless_they_are_one_or_too_many() -> None:
    names = folder_names(pool_of("a/cats/1.jpg", "b/cats/2.jpg", "dogs/3.jpg", "4.jpg"))
    assert names == {"a/cats/1.jpg": "cats", "b/cats/2.jpg": "cats", "dogs/3.jpg": "dogs"}
    assert folder_names(pool_of("cats/1.jpg", "2.jpg")) == {}
    many = [f"{number}/a.jpg" for number in range(MOST_CLASSES + 1)]
    assert len(folder_names(pool_of(*many[:-1]))) == MOST_CLASSES
    assert folder_names(pool_of(*many)) == {}


@pytest.mark.parametrize("level", [None, 1, 2, 3])
def test_names_of_folders_are_counted_as_they_would_be_given(level: int | None) -> None:
    paths = ["a/cats/1.jpg", "b/cats/2.jpg", "a/dogs/3.jpg", "b/x/ cats /4.jpg", "5.jpg"]
    for some in (paths, paths[:1], paths[:3], [f"{n}/1.jpg" for n in range(MOST_CLASSES + 1)]):
        pool = pool_of(*some)
        names = folder_names(pool, level)
        assert folder_labels(counted(pool.rows_by_path), level) == Counter(names.values())
