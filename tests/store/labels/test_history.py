"""What changed since a moment, from either database."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from core.store.labels.answers import Labels
from core.store.labels.base import Event, LogEntry
from core.store.labels.history import since


def test_what_was_given_changed_and_taken_back(
    open_labels: Callable[[Path], Labels], tmp_path: Path
) -> None:
    store = open_labels(tmp_path / "labels.sqlite")
    store.add([Event(i, "cat") for i in "abc"], "ann", "test")
    early = store.add([Event("d", "dog")], "ann", "test")
    store.undo(store.add([Event("e", "dog")], "ann", "test"), "ann")
    time.sleep(0.01)
    moment = time.time()
    time.sleep(0.01)
    store.add([Event("a", "dog"), Event("f", "cat"), Event("b", "cat")], "ann", "test")
    store.record("c", [LogEntry(1, "g", "label", "cat"), LogEntry(2, "g", "undo", target=1)],
                 "bob", "test")  # fmt: skip
    store.undo(early, "bob")
    changed = since(store, moment)
    assert {i: label and label.label for i, label in changed.before.items()} == {
        "a": "cat", "d": "dog", "f": None,
    }  # fmt: skip
    assert {i: label and label.label for i, label in changed.after.items()} == {
        "a": "dog", "d": None, "f": "cat",
    }  # fmt: skip
    assert (changed.answers, changed.taken_back) == ({"ann": 3}, {"bob": 2})
    assert since(store, time.time()).before == {}
