"""Backups put back: exactly, while others look and write, and over files that are damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.backups.test_taking import damage

from core.runtime.errors import WinnowError
from core.store.backups.listing import FOLDER, backups_of
from core.store.backups.restoring import changes, restore_labels
from core.store.backups.taking import LABELS, MOST, back_up
from core.store.labels.base import Event, LogEntry, TagEvent
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore
from core.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "ws", tmp_path)
    made.save()
    made.vocabulary.write_text("classes: {cat: [a cat]}\n")
    return made


def say(store: LabelStore, **labels: str) -> str:
    return store.add([Event(i, name) for i, name in labels.items()], "ann", "test")


def test_an_open_store_sees_what_was_put_back(workspace: Workspace) -> None:
    store, tags = LabelStore(workspace.labels), TagLabelStore(workspace.labels)
    say(store, a="cat", b="cat")
    tags.add([TagEvent("a", "red", True)], "ann", "test")
    backup = back_up(workspace, "then")
    assert backup is not None
    say(store, b="dog", c="dog")
    tags.add([TagEvent("a", "red", False)], "ann", "test")
    assert store.classes() == {"a": "cat", "b": "dog", "c": "dog"}
    seen = changes(workspace, backup)
    assert (seen.now, seen.then, seen.back, seen.gone, seen.other) == (3, 2, 0, 1, 1)
    assert (seen.tag_answers, seen.vocabulary, seen.nothing) == (1, False, False)
    before, aside = restore_labels(workspace, backup)
    assert aside is None and before == backups_of(workspace.root)[0]
    assert store.classes() == {"a": "cat", "b": "cat"}
    assert tags.current() == {"red": {"a": True}}
    assert changes(workspace, backup).nothing
    say(store, d="new")
    assert store.classes() == {"a": "cat", "b": "cat", "d": "new"}
    assert before is not None
    restore_labels(workspace, before)
    assert store.classes() == {"a": "cat", "b": "dog", "c": "dog"}, "and back again"
    assert tags.current() == {"red": {"a": False}}


def test_no_version_is_ever_used_twice(workspace: Workspace) -> None:
    """What is remembered under a version must not be shown for other labels."""
    store = LabelStore(workspace.labels)
    say(store, a="cat")
    backup = back_up(workspace, "then")
    assert backup is not None
    versions = {store.version(): store.classes()}
    for turn in range(4):
        restore_labels(workspace, backup)
        for number in range(3):
            say(store, **{f"x{turn}{number}": "dog"})
            assert store.version() not in versions
            versions[store.version()] = store.classes()


def test_a_labeling_client_goes_on_after_it(workspace: Workspace) -> None:
    store = LabelStore(workspace.labels)
    log = [LogEntry(n, f"i{n}", "label", "cat") for n in range(1, 6)]
    store.record("client", log[:3], "ann", "test")
    backup = back_up(workspace, "then")
    assert backup is not None
    store.record("client", log, "ann", "test")
    restore_labels(workspace, backup)
    last = LogEntry(6, "i6", "label", "dog")
    assert store.record("client", [last], "ann", "test") == 6
    assert store.classes() == {"i1": "cat", "i2": "cat", "i3": "cat", "i6": "dog"}


def test_a_damaged_file_is_moved_aside(workspace: Workspace) -> None:
    store = LabelStore(workspace.labels)
    say(store, **{f"i{n}": "cat" for n in range(300)})
    backup = back_up(workspace, "good")
    assert backup is not None
    damage(workspace.labels)
    broken = workspace.labels.read_bytes()
    assert changes(workspace, backup).now is None
    before, aside = restore_labels(workspace, backup)
    assert before is None and aside is not None
    assert (aside / LABELS).read_bytes() == broken
    assert len(LabelStore(workspace.labels).classes()) == 300
    assert len(store.classes()) == 300, "an open store reads the new file"


@pytest.mark.parametrize(
    "content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x07" * 999]
)
def test_a_file_that_is_no_database_is_replaced(workspace: Workspace, content: bytes) -> None:
    say(LabelStore(workspace.labels), a="cat")
    backup = back_up(workspace, "good")
    assert backup is not None
    for path in workspace.root.glob("labels.sqlite*"):
        path.unlink()
    workspace.labels.write_bytes(content)
    restore_labels(workspace, backup)
    assert LabelStore(workspace.labels).classes() == {"a": "cat"}


def test_a_file_that_was_deleted_comes_back_without_its_old_journal(workspace: Workspace) -> None:
    store = LabelStore(workspace.labels)
    say(store, a="cat")
    backup = back_up(workspace, "good")
    assert backup is not None
    captions = workspace.captions
    workspace.labels.unlink()
    workspace.labels.with_name("labels.sqlite-wal").write_bytes(b"\x37\x7f\x06\x82" * 500)
    _, aside = restore_labels(workspace, backup)
    assert LabelStore(workspace.labels).classes() == {"a": "cat"}
    assert aside is not None and (aside / "labels.sqlite-wal").exists()
    assert not captions.exists()


def test_files_beside_the_labels_come_back_only_when_they_are_gone(workspace: Workspace) -> None:
    say(LabelStore(workspace.labels), a="cat")
    workspace.captions.write_bytes(b"then")
    workspace.split_keys.write_bytes(b"then")
    backup = back_up(workspace, "good")
    assert backup is not None
    workspace.captions.write_bytes(b"now")
    workspace.split_keys.unlink()
    restore_labels(workspace, backup)
    assert workspace.captions.read_bytes() == b"now"
    assert workspace.split_keys.read_bytes() == b"then"


def test_a_backup_that_is_damaged_changes_nothing(workspace: Workspace) -> None:
    store = LabelStore(workspace.labels)
    say(store, a="cat")
    backup = back_up(workspace, "good")
    assert backup is not None
    say(store, b="dog")
    (backup.folder / LABELS).write_bytes(b"rotten" * 1000)
    with pytest.raises(WinnowError):
        changes(workspace, backup)
    with pytest.raises(WinnowError):
        restore_labels(workspace, backup)
    assert store.classes() == {"a": "cat", "b": "dog"}


def test_an_older_label_file_opens_again(workspace: Workspace) -> None:
    """A backup from before there were tags and undo logs gets what it lacks."""
    import sqlite3

    old = """CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, image_id TEXT NOT NULL,
    kind TEXT NOT NULL, class TEXT, annotator TEXT NOT NULL, time REAL NOT NULL,
    source TEXT NOT NULL, batch_id TEXT NOT NULL, client TEXT NOT NULL,
    client_seq INTEGER NOT NULL, undone_by TEXT, UNIQUE (client, client_seq));
    INSERT INTO events VALUES (1, 'a', 'label', 'cat', 'ann', 1.0, 's', 'b', 'c', 1, NULL);"""
    with sqlite3.connect(workspace.labels) as connection:
        connection.executescript(old)
    backup = back_up(workspace, "old")
    assert backup is not None and backup.labels == 1
    store = LabelStore(workspace.labels)
    say(store, a="dog")
    restore_labels(workspace, backup)
    assert store.classes() == {"a": "cat"}
    assert TagLabelStore(workspace.labels).current() == {}


STEP = st.one_of(
    st.tuples(st.just("say"), st.integers(0, 5), st.sampled_from(["cat", "dog", "eel"])),
    st.tuples(st.just("undo"), st.integers(0, 9), st.just("")),
    st.tuples(st.just("back up"), st.just(0), st.just("")),
    st.tuples(st.just("restore"), st.integers(0, 9), st.just("")),
)


@given(st.lists(STEP, max_size=14))
@settings(max_examples=25)
def test_any_order_of_work_backups_and_restoring(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str]]
) -> None:
    """One store stays open throughout and always says what a fresh one reads from the file."""
    root = tmp_path_factory.mktemp("any")
    workspace = Workspace(root / "ws", root)
    workspace.save()
    store = LabelStore(workspace.labels)
    batches: list[str] = []
    expected: dict[str, dict[str, str]] = {}
    for step, number, name in steps:
        if step == "say":
            batches.append(say(store, **{f"i{number}": name}))
        elif step == "undo" and batches:
            store.undo(batches[number % len(batches)], "ann")
        elif step == "back up":
            if backup := back_up(workspace, "x"):
                expected.setdefault(backup.name, store.classes())
        elif step == "restore" and (backups := backups_of(workspace.root)):
            wanted = backups[number % len(backups)]
            restore_labels(workspace, wanted)
            if wanted.name in expected:
                assert store.classes() == expected[wanted.name]
        assert store.classes() == LabelStore(workspace.labels).classes()
    shutil.rmtree(root)


def test_the_backup_that_is_wanted_never_makes_room_for_the_state_before(
    workspace: Workspace,
) -> None:
    store = LabelStore(workspace.labels)
    for number in range(MOST):
        say(store, **{f"i{number}": "cat"})
        back_up(workspace, "x")
    for place in range(MOST):
        say(store, **{f"now{place}": "dog"})
        wanted = backups_of(workspace.root)[place]
        restore_labels(workspace, wanted)
        assert len(store.classes()) == wanted.labels
        assert len(backups_of(workspace.root)) == MOST
        assert list((workspace.root / FOLDER).glob(".[!l]*")) == []


def test_a_backup_whose_labels_were_deleted_changes_nothing(workspace: Workspace) -> None:
    store = LabelStore(workspace.labels)
    say(store, a="cat")
    backup = back_up(workspace, "good")
    assert backup is not None
    (backup.folder / LABELS).unlink()
    say(store, b="dog")
    with pytest.raises(WinnowError):
        changes(workspace, backup)
    with pytest.raises(WinnowError, match="was not put back"):
        restore_labels(workspace, backup)
    assert store.classes() == {"a": "cat", "b": "dog"}
