"""The copies of remote pictures take a bounded space."""

from __future__ import annotations

import os
from pathlib import Path

from core.images.sources.bounding import bound


def test_the_oldest_go_first_and_one_always_stays(tmp_path: Path) -> None:
    for age in range(10):
        path = tmp_path / f"{age}.jpg"
        path.write_bytes(b"x" * 100)
        os.utime(path, (1_000 - age, 1_000 - age))
    bound(tmp_path, 450)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    bound(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["0.jpg"]
    bound(tmp_path / "nowhere")
