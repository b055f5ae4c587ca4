"""A Ray cluster of this machine for tests: its processes can import what the tests can."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.embedding.engines.cluster.connecting import connected


@contextmanager
def cluster() -> Iterator[None]:
    """It takes some seconds to start: share one within a module."""
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        # Ray's workers make way for everything else, and other tests run beside them.
        patch.setenv("RAY_worker_niceness", "0")
        with connected(None):
            yield
