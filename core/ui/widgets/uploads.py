"""Tables that are dropped into a page, read as files are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TypeVar

import streamlit as st

from core.runtime.errors import WinnowError

T = TypeVar("T")


def table(label: str, key: str, read: Callable[[Path], T]) -> Callable[[], T] | None:
    """Ask for a CSV file; returns what reads it, or None while there is none.

    Args:
        read: takes the file's path. A WinnowError that it raises names the file as it was dropped.
    """
    file = st.file_uploader(
        label, type="csv", key=key, help="In UTF-8; paths relative to the image folder."
    )
    if file is None:
        return None

    def taken() -> T:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (PurePath(file.name).name or "table.csv")
            path.write_bytes(file.getvalue())
            try:
                return read(path)
            except WinnowError as error:
                raise WinnowError(str(error).replace(str(path), path.name)) from error

    return taken
