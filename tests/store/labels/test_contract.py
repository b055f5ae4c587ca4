"""What every store of labels keeps to, whatever it stores: `core.store.labels.base.EventStore`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store.labels.base import Event, TagEvent
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore


@dataclass(frozen=True)
class Case:
    """A store, and how to say something of an image in it."""

    open: Callable[[Path], Any]
    event: Callable[[str, int, int | None], Any]
    names: tuple[str, str]
    table: str


def label(image_id: str, choice: int, number: int | None = None) -> Event:
    kinds = ("label", "label", "skip", "clear")
    name = ("cat", "dog", None, None)[choice % 4]
    return Event(image_id, name, kinds[choice % 4], number)  # type: ignore[arg-type]


def tag(image_id: str, choice: int, number: int | None = None) -> TagEvent:
    return TagEvent(image_id, "cat", (True, False, None, True)[choice % 4], number)


@pytest.fixture(params=["labels", "tags"])
def case(request: pytest.FixtureRequest, openers: tuple[Any, Any]) -> Case:
    if request.param == "labels":
        return Case(openers[0], label, ("cat", "tom"), "events")
    return Case(openers[1], tag, ("cat", "moon"), "tag_events")


@pytest.fixture
def file_case(case: Case) -> Case:
    """The stores whose database is a file."""
    if case.open not in (LabelStore, TagLabelStore):
        pytest.skip("of files only")
    return case


def test_what_is_added_is_on_disk_and_undone_together(case: Case, tmp_path: Path) -> None:
    store, path = case.open(tmp_path / "labels.sqlite"), tmp_path / "labels.sqlite"
    empty, before = store.current(), store.version()
    batch = store.add([case.event("a", 0, None), case.event("b", 1, None)], "ann", "test")
    assert case.open(path).current() == store.current() != empty
    assert store.version() != before
    version = store.version()
    assert sorted(store.undo(batch, "ann")) == ["a", "b"]
    assert store.version() != version
    assert store.undo(batch, "ann") == []
    assert case.open(path).current() == store.current() == empty


def test_a_number_counts_once_for_a_client(case: Case, tmp_path: Path) -> None:
    store = case.open(tmp_path / "labels.sqlite")
    assert store.acknowledged("browser") == 0
    for _ in range(3):
        store.add([case.event("a", 0, 7)], "ann", "test", client="browser")
    assert store.version() == (1, 0)
    assert (store.acknowledged("browser"), store.acknowledged("another")) == (7, 0)


def test_renaming_is_one_batch(case: Case, tmp_path: Path) -> None:
    store = case.open(tmp_path / "labels.sqlite")
    old, new = case.names
    store.add([case.event("a", 0, None)], "ann", "test")
    before = store.current()
    batch = store.rename(old, new, "ann")
    assert store.current() != before
    assert store.undo(batch, "ann") == ["a"]
    assert store.current() == before
    assert store.rename("nobody", "x", "ann") is None


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "undo", "look"]),
        st.integers(0, 3),  # which image
        st.integers(0, 3),  # what is said of it
        st.sampled_from(["ann", "bob", "eve"]),
        st.booleans(),  # by another process
    ),
    max_size=30,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=ACTIONS)
def test_a_log_that_is_followed_says_what_one_read_anew_says(
    case: Case, actions: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "labels.sqlite"
    store, other, batches = case.open(path), case.open(path), []
    for action, image, choice, who, elsewhere in actions:
        writer = other if elsewhere else store
        if action == "add":
            batches.append(writer.add([case.event(f"image{image}", choice, None)], who, "test"))
        elif action == "undo" and batches:
            writer.undo(batches[image % len(batches)], who)
        elif action == "look":
            before = store.state()
            assert store.state() is before
        assert store.current() == case.open(path).current()
        assert list(store.state().values) == list(dict(store.state().values))


def test_only_what_is_new_is_read(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    store, other = case.open(path), case.open(path)
    batch = store.add([case.event(f"i{n}", 0, None) for n in range(500)], "ann", "test")
    store.current()
    assert store.rows_read == 500
    for n in range(20):
        other.add([case.event(f"j{n}", 0, None)], "bob", "test")
        store.current()
        store.version()
    assert store.rows_read == 520
    mine = store.add([case.event("i3", 1, None)], "ann", "test")
    store.undo(mine, "ann")
    store.current()
    assert store.rows_read <= 522  # what is said of the one image that changed
    store.undo(batch, "ann")
    assert len(list(store.state().values)) == 20


def test_changes_are_named(case: Case, tmp_path: Path) -> None:
    store = case.open(tmp_path / "labels.sqlite")
    first = store.state()
    batch = store.add([case.event("a", 0, None), case.event("b", 0, None)], "ann", "test")
    second = store.state()
    assert set(second.changed_since(first)) == {*second.values}
    store.undo(batch, "ann")
    third = store.state()
    assert set(third.changed_since(second)) == {*second.values}
    assert first.changed_since(third) is None
    assert case.open(tmp_path / "labels.sqlite").state().changed_since(third) is None


def test_a_log_of_before_gets_what_it_lacks(file_case: Case, tmp_path: Path) -> None:
    case = file_case
    path = tmp_path / "labels.sqlite"
    store = case.open(path)
    batch = store.add([case.event("a", 0, None)], "ann", "test")
    with sqlite3.connect(path) as connection:
        connection.execute(f"DROP TRIGGER {case.table}_undoing")
        connection.execute(f"DROP TABLE {case.table}_undone")
    connection.close()
    later = case.open(path)
    assert len(list(later.state().values)) == 1
    later.undo(batch, "ann")
    assert len(list(later.state().values)) == 0


def test_another_file_in_its_place_is_seen(file_case: Case, tmp_path: Path) -> None:
    case = file_case
    path, backup = tmp_path / "labels.sqlite", tmp_path / "backup.sqlite"
    store = case.open(path)
    store.add([case.event("a", 0, None)], "ann", "test")
    with sqlite3.connect(path) as source, sqlite3.connect(backup) as target:
        source.backup(target)
    source.close()
    target.close()
    store.add([case.event("b", 0, None)], "ann", "test")
    assert len(list(store.state().values)) == 2
    for name in ("labels.sqlite", "labels.sqlite-wal", "labels.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    backup.rename(path)
    assert len(list(store.state().values)) == 1
