"""A label file that refuses: one sentence with the way out, nothing half stored, all readable."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.errors import StorageError, WinnowError
from core.store.labels import faults, opening
from core.store.labels.base import Event, LogEntry, TagEvent
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
LINUX = sys.platform.startswith("linux")


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    """A store with one label."""
    store = LabelStore(tmp_path / "labels.sqlite")
    store.add([Event("a", "cat")], "ann", "test")
    return store


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, 1 MB in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    if not (ROOT and LINUX):
        pytest.skip("only root can mount a small disk, and only on Linux here")
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 14, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    try:
        yield
    finally:
        filler.unlink()


def refused(store: LabelStore, *words: str) -> None:
    """Every way of writing says the same sentence."""
    entry = [LogEntry(1, "z", "label", "dog")]
    for write in (
        lambda: store.add([Event("z", "dog")], "ann", "test"),
        lambda: store.record("browser", entry, "ann", "test"),
        lambda: store.claim(["z"], "browser"),
        lambda: store.rename("cat", "dog", "ann"),
    ):
        with pytest.raises(StorageError) as error:
            write()
        text = str(error.value)
        assert "labels.sqlite" in text or "folder" in text
        assert "\n" not in text
        for word in words:
            assert word in text, text


def test_a_full_disk(disk: Path) -> None:
    store = LabelStore(disk / "workspace/labels.sqlite")
    tags = TagLabelStore(disk / "workspace/labels.sqlite")
    store.add([Event("a", "cat")], "ann", "test")
    tags.add([TagEvent("a", "cat", True)], "ann", "test")
    with full(disk):
        refused(store, "full", "free some space")
        with pytest.raises(StorageError, match="full"):
            tags.record("browser", [TagEvent("b", "cat", True, 1)], "ann", "test")
        # What is there can be read all the same, by those who open it now as well.
        assert store.classes() == LabelStore(store.path).classes() == {"a": "cat"}
        assert tags.current() == TagLabelStore(store.path).current() == {"cat": {"a": True}}
        assert store.acknowledged("browser") == 0
        assert store.claimed_by_others("me") == set()
    assert store.record("browser", [LogEntry(1, "z", "label", "dog")], "ann", "test") == 1
    assert LabelStore(store.path).classes() == {"a": "cat", "z": "dog"}


def test_a_disk_that_fills_up_keeps_whole_transactions(disk: Path) -> None:
    store = LabelStore(disk / "labels.sqlite")
    whole = 0
    with pytest.raises(StorageError, match="full"):
        for number in range(2_000):
            events = [Event(f"{number}-{n}", "cat") for n in range(50)]
            store.add(events, "ann", "test")
            whole += 50
    assert len(store.classes()) == len(LabelStore(store.path).classes()) == whole > 0
    (disk / "labels.sqlite").stat()


def test_a_disk_that_was_made_read_only(disk: Path) -> None:
    store = LabelStore(disk / "labels.sqlite")
    store.add([Event("a", "cat")], "ann", "test")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    refused(store, "cannot be written", "allow writing")
    assert store.classes() == LabelStore(store.path).classes() == {"a": "cat"}
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    store.add([Event("b", "dog")], "ann", "test")
    assert store.classes() == {"a": "cat", "b": "dog"}


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_written(store: LabelStore, what: str) -> None:
    target = store.path if what == "file" else store.path.parent
    before = target.stat().st_mode
    target.chmod(0o444 if what == "file" else 0o555)
    try:
        refused(store, "cannot be written")
        assert store.classes() == {"a": "cat"}
    finally:
        target.chmod(before)


@pytest.mark.skipif(not LINUX, reason="limits of this kind are Linux's")
def test_a_limit_on_the_size_of_files(store: LabelStore) -> None:
    size, before = store.path.stat().st_size, resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        with pytest.raises(StorageError, match=r"labels\.sqlite cannot be"):
            store.add([Event(f"image {n}", "dog") for n in range(5_000)], "ann", "test")
        assert store.classes() == {"a": "cat"}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    store.add([Event("b", "dog")], "ann", "test")
    assert store.classes() == {"a": "cat", "b": "dog"}


def test_a_file_that_another_program_holds(
    store: LabelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused(store, "locked by another program", "close")
    assert store.classes() == {"a": "cat"}  # readers and a writer at once
    other.execute("ROLLBACK")
    other.close()
    store.add([Event("b", "dog")], "ann", "test")


def test_a_file_that_another_program_holds_alone(
    store: LabelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    for look in (store.version, store.current, lambda: LabelStore(store.path)):
        with pytest.raises(StorageError, match="locked by another program"):
            look()
    other.close()
    assert store.classes() == {"a": "cat"}


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_gone_is_not_begun_anew_empty(tmp_path: Path, what: str) -> None:
    store = LabelStore(tmp_path / "workspace/labels.sqlite")
    store.add([Event("a", "cat")], "ann", "test")
    shutil.copytree(tmp_path / "workspace", tmp_path / "safe")
    if what == "file":
        store.path.unlink()
    else:
        shutil.rmtree(store.path.parent)
    refused(store, "gone")
    with pytest.raises(StorageError, match="gone"):
        store.current()
    assert not store.path.exists()
    store.path.parent.mkdir(exist_ok=True)
    shutil.copy(tmp_path / "safe/labels.sqlite", store.path)
    assert store.classes() == {"a": "cat"}  # without starting anew


def test_an_older_file_put_in_its_place_gets_what_it_lacks(store: LabelStore) -> None:
    old = store.path.with_name("old.sqlite")
    with contextlib.closing(sqlite3.connect(old)) as connection:
        connection.executescript(
            """CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, image_id TEXT NOT NULL,
            kind TEXT NOT NULL, class TEXT, annotator TEXT NOT NULL, time REAL NOT NULL,
            source TEXT NOT NULL, batch_id TEXT NOT NULL, client TEXT NOT NULL,
            client_seq INTEGER NOT NULL, undone_by TEXT, UNIQUE (client, client_seq));
            CREATE TABLE claims (image_id TEXT PRIMARY KEY, client TEXT, until REAL);
            INSERT INTO events VALUES (1, 'o', 'label', 'owl', 'ann', 1.5, 's', 'b', 'c', 1, NULL);
            INSERT INTO claims VALUES ('x', 'them', 4e9);"""
        )
    for end in ("-wal", "-shm"):
        store.path.with_name(store.path.name + end).unlink(missing_ok=True)
    old.rename(store.path)
    assert store.classes() == {"o": "owl"}
    assert store.claim(["x", "o"], "me") == ["x"]  # claims of before hold nothing up
    store.add([Event("b", "dog")], "ann", "test")


def test_a_damaged_file_says_so_and_names_the_way_back(store: LabelStore) -> None:
    store.add([Event(f"image {n}", "dog") for n in range(500)], "ann", "test")
    damaged = bytearray(store.path.read_bytes())
    damaged[100:400] = bytes(300)
    store.path.write_bytes(bytes(damaged))
    with pytest.raises(StorageError, match=r"damaged or no label file.*backup"):
        LabelStore(store.path).classes()
    refused(store, "damaged")


def test_whatever_is_damaged_there_is_a_sentence(tmp_path: Path) -> None:
    """Every page of the file and of the log beside it, bytes changed, cut off, doubled."""
    whole = tmp_path / "whole"
    store, tags = LabelStore(whole / "labels.sqlite"), TagLabelStore(whole / "labels.sqlite")
    hold = sqlite3.connect(store.path)  # so that the log beside it is not folded in
    hold.execute("SELECT * FROM events").fetchall()
    store.add([Event(f"image {n}", f"class {n % 7}") for n in range(300)], "ann", "test")
    tags.add([TagEvent(f"image {n}", "tag", bool(n % 2)) for n in range(300)], "ann", "test")
    log = [LogEntry(1, "a", "label", "x"), LogEntry(2, "a", "undo", target=1)]
    store.record("c", log, "ann", "test")
    store.claim(["k", "l"], "c")
    names = ["labels.sqlite", "labels.sqlite-wal", "labels.sqlite-shm"]
    contents = {name: (whole / name).read_bytes() for name in names}
    hold.close()
    dice, sentences = random.Random(5), 0
    for number in range(150):
        folder = tmp_path / str(number)
        folder.mkdir()
        broken = dict(contents)
        name = dice.choice(names)
        data = bytearray(broken[name])
        match dice.randrange(4):
            case 0:
                data = data[: dice.randrange(len(data))]
            case 1:
                for _ in range(dice.randrange(1, 200)):
                    data[dice.randrange(len(data))] = dice.randrange(256)
            case 2:
                start = dice.randrange(len(data))
                data[start : start + 4096] = bytes(dice.randrange(1, 4096))
            case 3:
                data = bytearray(dice.randbytes(dice.randrange(10_000)))
        broken[name] = bytes(data)
        for other, content in broken.items():
            (folder / other).write_bytes(content)
        try:
            one = LabelStore(folder / "labels.sqlite")
            one.classes()
            one.add([Event("new", "cat")], "ann", "test")
            one.record("c", [LogEntry(3, "a", "label", "x")], "a", "p")
            one.claim(["q"], "me")
            assert one.classes()["new"] == "cat"
            TagLabelStore(folder / "labels.sqlite").current()
        except WinnowError as error:
            sentences += 1
            assert "labels.sqlite" in str(error)
        shutil.rmtree(folder)
    assert sentences > 20


def test_text_that_is_none_is_refused_in_a_sentence(store: LabelStore) -> None:
    for events, who in (([Event("b", "half \ud800")], "ann"), ([Event("b", "dog")], "\udcff")):
        with pytest.raises(WinnowError, match="half a character"):
            store.add(events, who, "test")
    assert store.classes() == {"a": "cat"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_IOERR, "check its disk"),
        (sqlite3.SQLITE_IOERR | (22 << 8), "check its disk"),
        (sqlite3.SQLITE_CORRUPT, "damaged"),
        (sqlite3.SQLITE_NOTADB, "damaged"),
        (sqlite3.SQLITE_BUSY | (2 << 8), "locked"),
        (sqlite3.SQLITE_NOMEM, "memory"),
        (sqlite3.SQLITE_READONLY | (4 << 8), "cannot be written"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be"),
        (None, "damaged"),
    ],
)
def test_every_code_has_a_sentence(store: LabelStore, code: int | None, words: str) -> None:
    error = sqlite3.OperationalError("what SQLite says")
    if code is not None:
        error.sqlite_errorcode = code
    with pytest.raises(StorageError, match=words) as raised, faults.label_file_errors(store.path):
        raise error
    assert str(store.path) in str(raised.value)
