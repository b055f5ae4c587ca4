"""The yes and no of people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.store.labels.answers import Labels, TagLabels
from core.store.labels.base import TagEvent


def test_answers_count_as_labels_do(open_tags: Callable[[Path], TagLabels], tmp_path: Path) -> None:
    store = open_tags(tmp_path / "labels.sqlite")
    store.add([TagEvent("i", "cat", True), TagEvent("j", "cat", False)], "ann", "test")
    before = store.version()
    batch = store.add([TagEvent("i", "cat", False), TagEvent("i", "dog", True)], "ann", "test")
    assert store.current() == {"cat": {"i": False, "j": False}, "dog": {"i": True}}
    store.add([TagEvent("j", "cat", True)], "bob", "test")  # a tie: the later one counts
    assert store.current()["cat"]["j"] is True
    store.add([TagEvent("j", "cat", None)], "bob", "test")
    assert store.current()["cat"]["j"] is False
    assert sorted(store.undo(batch, "ann")) == ["i", "i"]
    assert store.undo(batch, "ann") == []
    assert open_tags(tmp_path / "labels.sqlite").current() == {"cat": {"i": True, "j": False}}
    assert store.version() != before


def test_sending_again_stores_once_and_classes_stay_apart(
    open_labels: Callable[[Path], Labels],
    open_tags: Callable[[Path], TagLabels],
    tmp_path: Path,
) -> None:
    classes = open_labels(tmp_path / "labels.sqlite")
    store = open_tags(tmp_path / "labels.sqlite")
    for _ in range(3):
        store.add([TagEvent("i", "cat", True, 7)], "ann", "test", client="browser")
    assert store.version() == (1, 0)
    assert classes.classes() == {}
