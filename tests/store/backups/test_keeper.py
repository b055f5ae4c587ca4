"""Who keeps the backups: before bulk changes, on a schedule, and never in the way of the work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.store.backups import keeper, taking
from core.store.backups.guard import MANY
from core.store.backups.keeper import DUE, EVERY, SETTLE, Keeper
from core.store.backups.listing import FOLDER, backups_of
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore
from core.store.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace = Workspace(tmp_path / "ws", tmp_path)
    workspace.save()
    return workspace.root


@pytest.fixture
def store(root: Path) -> LabelStore:
    return LabelStore(root / "labels.sqlite", Keeper(root))


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Callable[[], None], float]]:
    """What would be done later, and after how many seconds."""
    listed: list[tuple[Callable[[], None], float]] = []
    monkeypatch.setattr(
        keeper._SCHEDULE, "plan", lambda work, delay: listed.append((work, delay()))
    )
    return listed


def many(label: str, count: int = MANY) -> list[Event]:
    return [Event(f"i{number}", label) for number in range(count)]


def test_every_bulk_change_has_a_backup_of_the_state_before(
    root: Path, store: LabelStore, plans: list
) -> None:
    store.add([Event("i0", "cat")], "ann", "test")
    assert backups_of(root) == [], "one label is no bulk change"
    batch = store.add(many("dog"), "ann", "import")
    assert [(b.why, b.labels) for b in backups_of(root)] == [("before 20 labels (import)", 1)]
    store.rename("dog", "wolf", "ann")
    store.undo(batch, "ann")
    whys = [backup.why for backup in backups_of(root)]
    assert whys[:2] == ["before 20 labels were taken back", "before 20 labels (rename)"]
    store.add(many("eel", MANY - 1), "ann", "test")
    assert len(backups_of(root)) == 3


def test_one_change_of_several_parts_has_one_backup(
    root: Path, store: LabelStore, plans: list
) -> None:
    store.add([Event("i0", "cat")], "ann", "test")
    with store.guard.one("everything changed"):
        store.add(many("dog"), "ann", "a")
        with store.guard.one("a part"):
            store.add(many("eel"), "ann", "b")
        store.add(many("fox"), "ann", "c")
    assert [backup.why for backup in backups_of(root)] == ["before everything changed"]
    store.add(many("gnu"), "ann", "d")
    assert len(backups_of(root)) == 2


def test_labeling_asks_for_one_backup_within_the_hour(
    root: Path, store: LabelStore, plans: list
) -> None:
    for number in range(5):
        store.add([Event(f"i{number}", "cat")], "ann", "test")
    assert [delay for _, delay in plans] == [SETTLE], "the first labels soon, and once"
    plans.pop()[0]()
    assert [(b.why, b.labels) for b in backups_of(root)] == [(DUE, 5)]
    store.add([Event("i9", "cat")], "ann", "test")
    store.add([Event("i8", "cat")], "ann", "test")
    assert len(plans) == 1 and EVERY - 60 < plans[0][1] <= EVERY
    plans.pop()[0]()
    assert backups_of(root)[0].labels == 7
    store.current(), store.version()
    assert plans == [], "looking is no change"


def test_a_clock_that_was_set_back_delays_nothing(
    root: Path, store: LabelStore, plans: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add([Event("i0", "cat")], "ann", "test")
    plans.pop()[0]()
    now = keeper.time.time()
    monkeypatch.setattr(keeper.time, "time", lambda: now - 86_400)
    assert Keeper(root).due_in() == SETTLE
    store.add([Event("i1", "cat")], "ann", "test")
    plans.pop()[0]()
    assert [backup.labels for backup in backups_of(root)] == [2, 1], "ordered as they were taken"


def test_what_goes_wrong_is_a_sentence_and_the_work_goes_on(
    root: Path, store: LabelStore, plans: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(5, "I/O")

    guard = store.guard
    assert isinstance(guard, Keeper)
    store.add([Event("i0", "cat")], "ann", "test")
    (root / FOLDER).write_text("in the way")
    store.add(many("dog"), "ann", "import")
    assert len(store.current()) == MANY
    assert guard.problem is not None
    assert guard.problem.startswith("There is no new backup of the labels: ")
    assert str(root / FOLDER) in guard.problem
    (root / FOLDER).unlink()
    monkeypatch.setattr(taking, "_fill", failing)
    guard.take("x")
    assert "I/O" in guard.problem
    monkeypatch.undo()
    guard.take("x")
    assert guard.problem is None
    assert backups_of(root)[0].labels == MANY


def test_the_schedule_does_what_is_due_and_survives_a_failure() -> None:
    schedule, done = keeper._Schedule(), threading.Event()

    def fail() -> None:
        raise RuntimeError("not the end")

    schedule.plan(lambda: pytest.fail("not due"), lambda: 3600.0)
    schedule.plan(fail, lambda: 0.0)
    schedule.plan(done.set, lambda: 0.05)
    assert done.wait(20)


def test_a_workspace_that_was_moved_away_is_not_made_anew(
    root: Path, store: LabelStore, plans: list
) -> None:
    store.add([Event("i0", "cat")], "ann", "test")
    root.rename(root.with_name("elsewhere"))
    plans.pop()[0]()
    assert not root.exists()
