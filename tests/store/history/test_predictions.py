"""Records of what was predicted: they come back, thin out with age, and damaged ones are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store.history.predictions import (
    MOST,
    SLOT,
    UNJUDGED,
    Past,
    keep,
    last_before,
    moments,
    read,
    write,
)

IDS = [f"{n:032x}" for n in range(40)]
DAY = 86_400.0


def record(time: float, count: int = 40, seed: int = 0) -> Past:
    codes = np.random.default_rng(seed).integers(0, 3, count).astype(np.uint16)
    return Past(time, ["a", "b", "ünï <c>"], IDS[:count], codes, {"accuracy": 0.9, "n": 12})


def test_a_record_comes_back(tmp_path: Path) -> None:
    kept = record(1_000_000.5)
    keep(tmp_path / "past", kept)
    (when, path), *others = moments(tmp_path / "past")
    back = read(path)
    assert when == 1_000_000.5 and not others and back is not None
    assert (back.names, back.ids, back.figures) == (kept.names, kept.ids, kept.figures)
    np.testing.assert_array_equal(back.codes, kept.codes)


def test_the_last_of_ten_minutes_stays(tmp_path: Path) -> None:
    start = 10_000 * SLOT
    for seconds in (0, 100, 599, 601, 1_300):
        keep(tmp_path, record(start + seconds, seed=seconds))
    assert [when - start for when, _ in moments(tmp_path)] == [599, 601, 1_300]
    assert last_before(tmp_path, start + 600).time == start + 599
    assert last_before(tmp_path, start + 5) is None


def test_a_year_of_records_stays_small(tmp_path: Path) -> None:
    now = 20_000 * DAY
    days = [now - 365 * DAY + n * 2 * DAY for n in range(182)]
    late = [now - DAY + n * SLOT for n in range(144)]
    for n, when in enumerate([*days, *late]):
        keep(tmp_path, record(when, count=30 + n % 3))
    found = [when for when, _ in moments(tmp_path)]
    assert len(found) <= MOST
    assert sum(late[-1] - when <= 3 * 3600 for when in found) >= 18
    assert all(read(path) is not None for _, path in moments(tmp_path))
    assert len(list(tmp_path.glob("*.ids"))) <= 3


def test_images_that_no_record_speaks_of_are_forgotten(tmp_path: Path) -> None:
    keep(tmp_path, record(10_000 * SLOT, count=10))
    keep(tmp_path, record(10_000 * SLOT + 5, count=20))
    assert len(list(tmp_path.glob("*.ids"))) == 1
    assert len(read(moments(tmp_path)[0][1]).ids) == 20


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans(), images=st.booleans())
def test_a_damaged_record_is_none_or_the_same(
    tmp_path: Path, at: int, byte: int, cut: bool, images: bool
) -> None:
    for path in tmp_path.iterdir():
        path.unlink()
    keep(tmp_path, record(5_000.0))
    file = next(tmp_path.glob("*.ids" if images else "*.npz"))
    raw = bytearray(file.read_bytes())
    at %= len(raw)
    raw[at:] = b"" if cut else bytes([byte]) + raw[at + 1 :]
    file.write_bytes(raw)
    back = read(moments(tmp_path)[0][1])
    assert back is None or len(back.ids) == len(back.codes) == 40


@pytest.mark.parametrize("name", ["x.npz", "12.npz.tmp", "9" * 20 + ".npz"])
def test_other_files_are_no_trouble(tmp_path: Path, name: str) -> None:
    keep(tmp_path, record(7_000.0))
    (tmp_path / name).write_bytes(b"PK")
    assert last_before(tmp_path, 8_000.0) is not None


def test_what_was_judged_comes_back(tmp_path: Path) -> None:
    judged = np.array([UNJUDGED, 2] * 20, dtype=np.uint16)
    write(tmp_path, "some name", replace(record(1.0), judged=judged))
    back = read(tmp_path / "some name.npz")
    assert back is not None and back.judged is not None
    np.testing.assert_array_equal(back.judged, judged)
    write(tmp_path, "of before", record(1.0))
    before = read(tmp_path / "of before.npz")
    assert before is not None and before.judged is None


@pytest.mark.parametrize("judged", [np.full(40, 3), np.full(39, 0), np.zeros((40, 1))])
def test_judgements_that_fit_nothing_are_no_record(tmp_path: Path, judged: np.ndarray) -> None:
    write(tmp_path, "odd", replace(record(1.0), judged=judged))
    assert read(tmp_path / "odd.npz") is None
