"""What both stores say of who answered when, and whose answer settles a disagreement."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.store.labels.answers import Labels, TagLabels
from core.store.labels.base import REMOVED, SETTLED, Event, LogEntry, TagEvent, is_settled

Opener = Callable[[Path], Labels]


def test_every_event_is_logged_with_its_time_and_who_took_it_back(
    open_labels: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_labels(tmp_path / "labels.sqlite")
    now = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    store.record("c1", [LogEntry(1, "a", "label", "cat")], "ann", "label page, one")
    now[0] = 2_000.0
    batch = store.add([Event("b", "dog"), Event("c", "dog")], "bob", "import")
    now[0] = 3_000.0
    store.undo(batch, "eve")
    store.record("c1", [LogEntry(2, "a", "undo", target=1)], "ann", "label page, one")
    logged = store.logged(0.0, float("inf"))
    assert [(e.image_id, e.person, e.time, e.undone_by) for e in logged] == [
        ("a", "ann", 1_000.0, "ann"), ("b", "bob", 2_000.0, "eve"), ("c", "bob", 2_000.0, "eve"),
    ]  # fmt: skip
    assert [e.image_id for e in store.logged(1_000.0, 2_000.0)] == ["a"]
    undos = {(u.person, u.time, u.batch) for u in store.undos(0.0, float("inf"))}
    assert undos == {("eve", 3_000.0, batch), ("ann", 3_000.0, "c1:1")}
    assert store.undos(0.0, 3_000.0) == []


def test_tags_are_logged_too(open_tags: Callable[[Path], TagLabels], tmp_path: Path) -> None:
    store = open_tags(tmp_path / "labels.sqlite")
    batch = store.add([TagEvent("a", "red", True)], "ann", "tags page")
    store.undo(batch, "bob")
    (event,) = store.logged(0.0, float("inf"))
    assert (event.image_id, event.person, event.source, event.undone_by) == (
        "a", "ann", "tags page", "bob",
    )  # fmt: skip


def test_answers_to_some_images_are_those_of_all(open_labels: Opener, tmp_path: Path) -> None:
    store = open_labels(tmp_path / "labels.sqlite")
    store.add([Event("a", "cat"), Event("b", "dog")], "ann", "test")
    store.add([Event("a", "dog")], "bob", "test")
    everything = store.answers()
    assert store.answers_to(["a", "z"]) == {"a": everything["a"]}


def test_a_reviewers_answer_outranks_any_majority(open_labels: Opener, tmp_path: Path) -> None:
    store = open_labels(tmp_path / "labels.sqlite")
    store.add([Event("a", "cat")], "ann", "test")
    store.add([Event("a", "dog")], "bob", "test")
    assert store.current()["a"].conflict
    batch = store.add([Event("a", "fox")], "rea", f"{SETTLED}, label page")
    store.add([Event("a", "cat")], "eve", "test")
    store.add([Event("a", "cat")], "bob", "test")
    label = store.current()["a"]
    assert (label.label, label.conflict, label.annotator) == ("fox", False, "rea")
    # It goes along with its class, and yields when that class is gone.
    store.relabel({"fox": "wolf"}, "rename")
    assert store.current()["a"].label == "wolf" and is_settled(store.current()["a"].source)
    gone = store.relabel({"wolf": "wolf"}, REMOVED, anew=True)
    assert store.current()["a"].label == "cat"
    assert gone is not None
    store.undo(gone, "bo")
    assert store.current()["a"].label == "wolf"
    assert batch


def test_who_may_not_label_stores_nothing(
    open_labels: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_labels(tmp_path / "labels.sqlite")
    store.add([Event("a", "cat")], "ann", "test")

    class Closed:
        def permit(self) -> None:
            raise WinnowError("eve is not on the list")

    monkeypatch.setattr(store, "guard", Closed())
    entry = LogEntry(1, "b", "label", "cat")
    for refused in (
        lambda: store.add([Event("b", "cat")], "eve", "test"),
        lambda: store.record("c1", [entry], "eve", "test"),
        lambda: store.claim(["b"], "c1"),
    ):
        with pytest.raises(WinnowError, match="not on the list"):
            refused()
    assert list(store.current()) == ["a"]
