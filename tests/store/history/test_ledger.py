"""The ledger: what was made comes back, the latest note and pin count, a crash loses a line."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.runtime.errors import WinnowError
from core.store.history import ledger
from core.store.history.ledger import MOST_NOTE, Entry, Ledger
from core.store.history.predictions import UNJUDGED, Past

IDS = [f"{n:032x}" for n in range(7)]


def past() -> Past:
    codes = np.array([0, 1, 1, 0, 2, 2, 0], dtype=np.uint16)
    judged = np.array([0, 1, UNJUDGED, 1, 2, 2, UNJUDGED], dtype=np.uint16)
    return Past(5.0, ["a", "b", "ünï <c>"], IDS, codes, {"accuracy": 0.5}, judged)


def entry(name: str, time: float = 1.0) -> Entry:
    return Entry(f"id-{name}", time, "moment", name, "ann", {"accuracy": 0.5, "labels": 3})


def test_entries_come_back_with_their_predictions(tmp_path: Path) -> None:
    assert ledger.read(tmp_path) == Ledger()
    ledger.add(tmp_path, entry("first"), past())
    ledger.add(tmp_path, entry("../<b>/ünï\n" * 40, 2.0), past())
    first, second = ledger.read(tmp_path).entries
    assert (first, second.name) == (entry("first"), "../<b>/ünï\n" * 40)
    for each in (first, second):
        back = ledger.past_of(tmp_path, each.id)
        assert back is not None and back.judged is not None
        np.testing.assert_array_equal(back.codes, past().codes)
        np.testing.assert_array_equal(back.judged, past().judged)
    assert ledger.past_of(tmp_path, "another") is None


def test_the_latest_note_and_pin_count(tmp_path: Path) -> None:
    ledger.write_note(tmp_path, "a", " first ", "ann")
    ledger.write_note(tmp_path, "b", "of b", "ann")
    ledger.write_note(tmp_path, "a", "second\nline", "bob")
    notes = ledger.read(tmp_path).notes
    assert (notes["a"].text, notes["a"].person, notes["b"].text) == ("second\nline", "bob", "of b")
    ledger.write_note(tmp_path, "b", "  ", "ann")
    assert list(ledger.read(tmp_path).notes) == ["a"]
    assert ledger.read(tmp_path).pinned is None
    ledger.pin(tmp_path, "a", "ann")
    ledger.pin(tmp_path, "b", "ann")
    assert ledger.read(tmp_path).pinned == "b"
    ledger.pin(tmp_path, None, "ann")
    assert ledger.read(tmp_path).pinned is None


def test_a_long_note_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="2,001 characters: shorten it"):
        ledger.write_note(tmp_path, "a", "x" * (MOST_NOTE + 1), "ann")
    assert ledger.read(tmp_path) == Ledger()


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    ledger.add(tmp_path, entry("first"), past())
    file = tmp_path / "ledger.jsonl"
    bad = [
        b"\xff\xfe", b"null", b"[]", b"{}", b'{"event": "run"}', b'{"event": "pin"}',
        b'{"event": "run", "id": 1, "time": "x"}', b'{"event": "note", "run": "a", "text": "t"}',
        b'{"event":"run","id":"n","time":NaN,"kind":"","name":"","person":"","figures":{}}',
        b'{"event": "of a later version", "run": "a"}', b'{"event": "pin", "run": "cut o',
    ]  # fmt: skip
    file.write_bytes(file.read_bytes() + b"\n".join(bad))
    ledger.pin(tmp_path, "id-first", "ann")  # not appended to the line that was cut off
    read = ledger.read(tmp_path)
    assert (read.entries, read.notes, read.pinned) == ([entry("first")], {}, "id-first")


def test_ids_are_of_their_own(tmp_path: Path) -> None:
    wanted = ledger.new_id(tmp_path, "20260101-120000", "my <run>/x")
    assert wanted == "20260101-120000-my-run-x"
    ledger.add(tmp_path, Entry(wanted, 1.0, "moment", "x", ""), past())
    assert ledger.new_id(tmp_path, "20260101-120000", "my <run>/x") == f"{wanted}-2"
    assert ledger.new_id(tmp_path, "s", "…/") == "s-run"


def test_several_may_write(tmp_path: Path) -> None:
    def work(who: int) -> None:
        for n in range(10):
            ledger.write_note(tmp_path, f"{who}-{n}", "x" * 500, "ann")

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.read(tmp_path).notes) == 40
