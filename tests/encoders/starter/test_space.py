"""The joint space is computed once and kept; a damaged copy is made anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.encoders.digests import cache_folder
from core.encoders.starter import space


def small_space() -> space.JointSpace:
    rng = np.random.default_rng(0)
    return space.JointSpace(*(rng.normal(size=(4, 3)).astype(np.float32) for _ in range(4)))


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 200])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "space.safetensors"
    made = small_space()
    assert space.cached(path, lambda: made) is made
    again = space.cached(path, lambda: pytest.fail("made again"))
    assert np.array_equal(again.rows, made.rows)
    path.write_bytes(content)
    assert space.cached(path, lambda: made) is made
    assert np.array_equal(space.cached(path, lambda: pytest.fail("not kept")).rows, made.rows)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    made = small_space()
    assert space.cached(tmp_path / "file" / "space.safetensors", lambda: made) is made


def test_the_joint_space_is_kept_for_the_next_start(starter) -> None:
    assert (cache_folder() / f"{starter.identity}.safetensors").is_file()
