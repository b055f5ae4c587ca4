"""Buckets for tests: a real S3 server in a process of its own, which can be killed and restarted.

The server is moto's, from this Python or, as its pins differ from ours, from the one named in
WINNOW_MOTO_PYTHON. Without either the tests are skipped, unless WINNOW_NEEDS_S3 is set.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BUCKET = "pictures"
SECRET = "a-secret-that-is-written-nowhere"


def _python() -> str:
    named = os.environ.get("WINNOW_MOTO_PYTHON")
    python = named or (sys.executable if importlib.util.find_spec("moto") else None)
    if python is None or importlib.util.find_spec("obstore") is None:
        why = (
            "needs an S3 server and its client: pip install obstore, and moto[server] in a Python "
        )
        why += "of its own, named in WINNOW_MOTO_PYTHON"
        (pytest.fail if os.environ.get("WINNOW_NEEDS_S3") else pytest.skip)(why)
    return str(python)


class S3:
    """The server; ``folder`` is what its bucket holds whenever it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = _python()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        script = Path(__file__).with_name("s3_server.py")
        self._process = subprocess.Popen(
            [self.python, str(script), str(self.port), BUCKET, str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def put(self, name: str, data: bytes) -> None:
        """Write an object behind our backs."""
        import obstore

        obstore.put(self._client(), name, data)

    def get(self, name: str) -> bytes:
        import obstore

        return bytes(obstore.get(self._client(), name).bytes())

    def names(self) -> list[str]:
        """Of all objects, sorted."""
        import obstore

        return sorted(m["path"] for page in obstore.list(self._client()) for m in page)

    def delete(self, name: str) -> None:
        import obstore

        obstore.delete(self._client(), name)

    def _client(self) -> Any:
        from obstore.store import S3Store

        return S3Store(BUCKET, endpoint=self.url, client_options={"allow_http": True})


@contextmanager
def s3(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[S3]:
    """A running server with the files of ``folder``, which this process's environment names."""
    server = S3(folder)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    patch.setenv("AWS_ACCESS_KEY_ID", "tester")
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    patch.setenv("AWS_REGION", "us-east-1")
    patch.setenv("AWS_ENDPOINT_URL", server.url)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        forget()


def forget() -> None:
    """Clients and folders of addresses, which outlive a test within one process."""
    from core.images.sources import places

    places._sources.clear()
    shutil.rmtree(places.home(), ignore_errors=True)
    for name in ("workspaces",):
        for folder in places.home().with_name(name).glob(f"{BUCKET}-*"):
            shutil.rmtree(folder, ignore_errors=True)
