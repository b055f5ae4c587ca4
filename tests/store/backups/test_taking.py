"""A backup: consistent, checked, atomic, bounded, and never one of a damaged file."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.store.backups import taking
from core.store.backups.listing import FOLDER, backups_of, pick, way_back
from core.store.backups.taking import LABELS, MOST, back_up
from core.store.labels.base import Event, TagEvent
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore
from core.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with three labels, one answer about a tag and classes."""
    images = tmp_path / "images"
    images.mkdir()
    made = Workspace(tmp_path / "work [2024] ü", images)
    made.save()
    LabelStore(made.labels).add([Event(f"{n}", "cat") for n in range(3)], "ann", "test")
    TagLabelStore(made.labels).add([TagEvent("1", "outdoors", True)], "ann", "test")
    made.vocabulary.write_text("classes: {cat: [a cat]}\n")
    return made


def damage(path: Path) -> None:
    """Overwrite the middle of a database, as a failing disk does."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def test_it_holds_what_people_made(workspace: Workspace) -> None:
    backup = back_up(workspace, "before 3 labels")
    assert backup is not None
    assert (backup.labels, backup.tag_labels, backup.why) == (3, 1, "before 3 labels")
    assert backups_of(workspace.root) == [backup]
    assert {path.name for path in backup.folder.iterdir()} == {
        "backup.json", LABELS, "vocabulary.yaml",
    }  # fmt: skip
    copy = sqlite3.connect(f"file:{backup.folder / LABELS}?mode=ro&immutable=1", uri=True)
    assert copy.execute("SELECT COUNT(*) FROM events").fetchone() == (3,)
    assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    copy.close()


def test_the_same_state_is_kept_once(workspace: Workspace) -> None:
    first, again = back_up(workspace, "a"), back_up(workspace, "b")
    assert first == again and len(backups_of(workspace.root)) == 1
    batch = LabelStore(workspace.labels).add([Event("9", "dog")], "ann", "test")
    back_up(workspace, "c")
    LabelStore(workspace.labels).undo(batch, "ann")
    back_up(workspace, "d")
    workspace.vocabulary.write_text("classes: {dog: [a dog]}\n")
    back_up(workspace, "e")
    assert [backup.why for backup in backups_of(workspace.root)] == ["e", "d", "c", "a"]


def test_nothing_to_lose_is_no_backup(tmp_path: Path) -> None:
    empty = Workspace(tmp_path / "ws", tmp_path)
    empty.save()
    assert back_up(empty, "x") is None
    LabelStore(empty.labels)
    TagLabelStore(empty.labels)
    assert back_up(empty, "x") is None
    assert backups_of(empty.root) == []


def test_ten_are_kept_and_the_fullest_among_them(workspace: Workspace) -> None:
    store = LabelStore(workspace.labels)
    store.add([Event(f"many{n}", "dog") for n in range(50)], "ann", "test")
    fullest = back_up(workspace, "fullest")
    workspace.labels.unlink()
    for number in range(MOST + 8):
        LabelStore(workspace.labels).add([Event(f"{number}", "cat")], "ann", "test")
        back_up(workspace, f"{number}")
    backups = backups_of(workspace.root)
    assert len(backups) == MOST
    assert fullest in backups, "labels that are gone from the file are still in a backup"
    assert backups[0].why == f"{MOST + 7}"
    assert [backup.number for backup in backups] == sorted(
        (backup.number for backup in backups), reverse=True
    )


def test_all_backups_together_are_bounded(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = back_up(workspace, "0").size  # type: ignore[union-attr]
    monkeypatch.setattr(taking, "MOST_BYTES", int(3.5 * size))
    for number in range(6):
        LabelStore(workspace.labels).add([Event(f"n{number}", "cat")], "ann", "test")
        back_up(workspace, f"{number}")
    assert len(backups_of(workspace.root)) in (2, 3)


def test_a_damaged_file_is_no_backup_and_pushes_none_out(workspace: Workspace) -> None:
    good = back_up(workspace, "good")
    LabelStore(workspace.labels).add([Event(f"x{n}", "cat") for n in range(300)], "ann", "test")
    damage(workspace.labels)
    for _ in range(12):
        with pytest.raises(WinnowError, match=r"damaged.*newest backup is of") as caught:
            back_up(workspace, "bad")
    assert backups_of(workspace.root) == [good]
    assert good is not None and good.name in str(caught.value)
    assert list((workspace.root / FOLDER).glob(".new-*")) == []


def test_a_crash_leaves_nothing_that_counts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(taking, "write_atomic", kill)
        patch.setattr(taking.shutil, "rmtree", lambda *_, **__: None)  # as kill -9 leaves it
        with pytest.raises(Killed):
            back_up(workspace, "killed")
    assert len(list((workspace.root / FOLDER).glob(".new-*"))) == 1
    assert backups_of(workspace.root) == []
    back_up(workspace, "after")
    assert list((workspace.root / FOLDER).glob(".new-*")) == []
    assert len(backups_of(workspace.root)) == 1


def test_a_full_disk_is_said_with_numbers(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(workspace.root)._replace(free=1_000_000)
    monkeypatch.setattr(taking.shutil, "disk_usage", lambda _: full)
    with pytest.raises(WinnowError, match=r"A backup needs .* MB and the disk .* 1 MB left"):
        back_up(workspace, "x")
    assert backups_of(workspace.root) == []


def test_a_file_in_the_place_of_the_folder_is_said(workspace: Workspace) -> None:
    (workspace.root / FOLDER).write_text("no folder")
    with pytest.raises(WinnowError, match="backups"):
        back_up(workspace, "x")


def test_a_backup_while_others_write_is_of_one_moment(workspace: Workspace) -> None:
    """Batches of two are whole in every backup, and no write is turned away."""
    store, ended = LabelStore(workspace.labels), threading.Event()

    def write() -> None:
        for number in range(60):
            store.add([Event(f"a{number}", "x"), Event(f"b{number}", "x")], "ann", "test")
        ended.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not ended.is_set():
        back_up(workspace, "meanwhile")
    thread.join()
    back_up(workspace, "end")
    for backup in backups_of(workspace.root):
        with sqlite3.connect(backup.folder / LABELS) as copy:
            first = "SELECT COUNT(*) FROM events WHERE class = 'x' AND image_id LIKE 'a%'"
            pairs = copy.execute(first).fetchone()[0]
            assert copy.execute("SELECT COUNT(*) FROM events").fetchone()[0] == 3 + 2 * pairs
    assert len(store.current()) == 123


@pytest.mark.parametrize(
    "about",
    ["", "{", "[]", "null", '{"format": 1}', '{"format": 99}', '{"format": "x"}', "\x00\xff",
     '{"format": 1, "time": 1e999, "why": 3, "labels": [], "tag_labels": 0}',
     '{"format": 1, "time": "nan", "why": "", "labels": -1e999, "tag_labels": 0}'],
)  # fmt: skip
def test_what_is_no_backup_is_passed_over(workspace: Workspace, about: str) -> None:
    good = back_up(workspace, "good")
    odd = workspace.root / FOLDER / "000099-20260101-000000"
    odd.mkdir()
    (odd / "backup.json").write_text(about, encoding="latin-1")
    (workspace.root / FOLDER / "notes.txt").write_text("mine")
    (workspace.root / FOLDER / "000098-20260101-000000").write_text("a file")
    assert backups_of(workspace.root) == [good]


def test_backups_are_named(workspace: Workspace) -> None:
    with pytest.raises(WinnowError, match="no backup in"):
        pick(workspace.root, "1")
    assert "There is no backup" in way_back(workspace.labels)
    first = back_up(workspace, "one")
    LabelStore(workspace.labels).add([Event("9", "dog")], "ann", "test")
    second = back_up(workspace, "two")
    assert first is not None and second is not None
    assert pick(workspace.root, "newest") == pick(workspace.root, "1") == second
    assert pick(workspace.root, "2") == pick(workspace.root, first.name) == first
    for wrong in ("0", "3", "", "../x", "999999999999999999999", "²"):
        with pytest.raises(WinnowError, match="There is no backup"):
            pick(workspace.root, wrong)
    assert second.name in way_back(workspace.labels)
    assert f"'{workspace.root}'" in way_back(workspace.labels), "quoted for a shell"


def test_a_crash_while_an_old_one_goes_leaves_no_half_of_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def half(folder: Path, **_: object) -> None:
        (folder / LABELS).unlink()
        raise Killed

    store = LabelStore(workspace.labels)
    for number in range(MOST):
        store.add([Event(f"x{number}", "cat")], "ann", "test")
        back_up(workspace, "x")
    store.add([Event("last", "cat")], "ann", "test")
    with monkeypatch.context() as patch:
        patch.setattr(taking.shutil, "rmtree", half)
        with pytest.raises(Killed):
            back_up(workspace, "x")
    backups = backups_of(workspace.root)
    assert len(backups) == MOST
    assert all((backup.folder / LABELS).is_file() for backup in backups)
    store.add([Event("more", "cat")], "ann", "test")
    back_up(workspace, "x")
    assert list((workspace.root / FOLDER).glob(".old-*")) == []
