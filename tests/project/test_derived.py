"""The disk cache: read back as written, found damaged, made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.project.derived import Derived, digest


@pytest.fixture
def derived(tmp_path: Path) -> Derived:
    return Derived(tmp_path / "cache")


def test_a_name_follows_from_all_its_parts() -> None:
    assert digest("a", 1) == digest("a", "1") != digest("a", 2)
    assert len(digest()) == 24


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kind/a.npy", np.arange(6, dtype=np.int32).reshape(2, 3)),
        ("kind/a.npz", {"x": np.ones(3, np.float32), "y": np.array([True, False])}),
        ("kind/a.json", {"k": 3, "scores": {"5": 0.5}}),
    ],
)
def test_what_is_written_is_read(derived: Derived, name: str, content: Any) -> None:
    assert derived.read(name) is None
    derived.write(name, content)
    back = derived.read(name)
    if isinstance(content, dict):
        assert back.keys() == content.keys()
        assert all(np.array_equal(back[key], value) for key, value in content.items())
    else:
        np.testing.assert_array_equal(back, content)
    path = derived.path(name)
    for damage in (path.read_bytes()[:-9], b"", b"\x00" * 40, b"PK\x03\x04rest"):
        path.write_bytes(damage)
        assert derived.read(name) is None


def test_objects_are_never_unpickled(derived: Derived) -> None:
    path = derived.path("kind/a.npy")
    path.parent.mkdir(parents=True)
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert derived.read("kind/a.npy") is None


def test_a_result_is_made_once_and_again_when_it_does_not_fit(derived: Derived) -> None:
    made: list[int] = []

    def make() -> np.ndarray:
        made.append(1)
        return np.zeros(3)

    def recall(length: int) -> np.ndarray:
        return derived.recall(
            "a/b.npy", lambda a: a if len(a) == length else None, make, np.asarray
        )

    recall(3)
    recall(3)
    assert len(made) == 1
    recall(4)
    assert len(made) == 2
    derived.recall("a/b.npy", lambda written: written["no such"], make, np.asarray)
    assert len(made) == 3
