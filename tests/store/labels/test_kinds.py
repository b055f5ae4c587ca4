"""Label files of before "none of these" and "not usable": opened, followed, made to take them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime.errors import StorageError
from core.store.labels.base import Event, LogEntry
from core.store.labels.sqlite import LabelStore

OLD = """
CREATE TABLE events (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id   TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('label', 'skip', 'unsure', 'clear')),
    class      TEXT CHECK ((kind = 'label') = (class IS NOT NULL)),
    annotator  TEXT NOT NULL,
    time       REAL NOT NULL,
    source     TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    client     TEXT NOT NULL,
    client_seq INTEGER NOT NULL,
    undone_by  TEXT,
    UNIQUE (client, client_seq)
);
CREATE INDEX events_batch ON events (batch_id);
CREATE INDEX events_image ON events (image_id);
"""


def old_file(path: Path, answers: list[tuple[str, str, str | None]]) -> LabelStore:
    """A label file as the Winnow before this one left it, with some answers, the last undone."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD)
    store = LabelStore(path)
    for number, (image_id, kind, label) in enumerate(answers, 1):
        batch = store.add([Event(image_id, label, kind, number)], "ann", "test", "old")  # type: ignore[arg-type]
    if answers:
        store.undo(batch, "ann")
    return store


def schema(path: Path) -> set[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    return {(kind, name, " ".join((sql or "").split())) for kind, name, sql in rows}


def events(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM events ORDER BY seq").fetchall()


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from([("label", "cat"), ("label", "dog"), ("skip", None), ("unsure", None)]),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(answers=ANSWERS, kind=st.sampled_from(["none", "unusable"]))
def test_an_old_file_keeps_all_and_takes_the_new_kinds(
    answers: list[tuple[str, tuple[str, str | None]]], kind: str, tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("old") / "labels.sqlite"
    store = old_file(path, [(image, *what) for image, what in answers])
    before, counted = events(path), dict(store.current())
    follower = LabelStore(path)
    assert dict(follower.current()) == counted
    batch = store.add([Event("z", None, kind, 99)], "ann", "test", "new")  # type: ignore[arg-type]
    assert events(path)[:-1] == before
    for reader in (store, follower, LabelStore(path)):
        assert {i: label.kind for i, label in reader.current().items()} == {
            **{i: label.kind for i, label in counted.items()}, "z": kind,
        }  # fmt: skip
    assert store.undo(batch, "ann") == ["z"]
    assert dict(store.current()) == dict(follower.current()) == counted
    assert store.acknowledged("new") == 99


def test_the_table_becomes_what_a_new_file_has(tmp_path: Path) -> None:
    store = old_file(tmp_path / "old.sqlite", [("a", "label", "cat"), ("b", "skip", None)])
    LabelStore(tmp_path / "new.sqlite")
    assert schema(store.path) != schema(tmp_path / "new.sqlite")
    assert store.record("tab", [LogEntry(1, "c", "unusable")], "ann", "page") == 1
    assert schema(store.path) == schema(tmp_path / "new.sqlite")
    assert store.ever() == 3


def test_a_file_without_such_answers_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    store = old_file(path, [("a", "label", "cat")])
    before = schema(path)
    store.record("tab", [LogEntry(1, "b", "label", "dog"), LogEntry(2, "c", "skip")], "ann", "page")
    assert schema(path) == before


def test_a_failure_in_the_middle_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.sqlite"
    store = old_file(path, [("a", "label", "cat"), ("b", "label", "dog")])
    before, content = schema(path), events(path)

    def fails(*_: object) -> set[int]:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(store, "numbers", fails)  # after the table was written anew
    with pytest.raises(StorageError):
        store.record("tab", [LogEntry(1, "c", "none")], "ann", "page")
    assert (schema(path), events(path)) == (before, content)


def test_what_settles_an_image_is_a_vote_and_a_skip_is_none(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.add([Event("a", "cat"), Event("b", "cat"), Event("c", "cat")], "ann", "test")
    store.add([Event("a", None, "none"), Event("b", None, "skip")], "bob", "test")
    store.add([Event("a", None, "none"), Event("c", None, "unusable")], "eve", "test")
    current = store.current()
    assert (current["a"].kind, current["a"].label, current["a"].conflict) == ("none", None, True)
    assert (current["b"].label, current["b"].conflict) == ("cat", False)
    assert (current["c"].kind, current["c"].conflict) == ("unusable", True)  # a tie: the latest
    assert store.classes() == {"b": "cat"}


def test_an_answer_that_does_not_count_any_more_does_not_keep_an_image_from_being_claimed(
    tmp_path: Path,
) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.add([Event("a", "removed class")], "ann", "test")
    since = store.version()[0]
    assert store.claim(["a", "b"], "me") == ["b"]
    assert store.claim(["a", "b"], "me", since=since) == ["a", "b"]
    store.add([Event("a", "cat")], "bob", "test")  # in the meantime
    assert store.claim(["a", "b"], "me", since=since) == ["b"]
