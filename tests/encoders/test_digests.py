"""Digests of files are remembered, and follow what the files hold."""

from __future__ import annotations

from pathlib import Path

from core.encoders.digests import cache_folder, sha256_of


def test_digests_follow_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    first = sha256_of(path)
    assert sha256_of(path) == first
    path.write_bytes(b"three")
    assert sha256_of(path) != first
    (cache_folder() / "digests.json").write_text("{damaged")
    path.write_bytes(b"one")
    assert sha256_of(path) == first
