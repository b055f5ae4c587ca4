"""Tables that are dropped into a page, read as files are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import TypeVar

import streamlit as st

from core.runtime import inputs
from core.runtime.errors import WinnowError

T = TypeVar("T")
KINDS = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "parquet", "json", "jsonl"]
"""Endings that may be dropped; what is no text is refused in a sentence when it is read."""


_HELP = "CSV, best in UTF-8, or Parquet; paths relative to the image folder."


def table(
    label: str,
    key: str,
    read: Callable[[Path], T],
    kinds: Sequence[str] = KINDS,
    help: str = _HELP,
) -> Callable[[], T] | None:
    """Ask for a table; returns what reads it, or None while there is none.

    Args:
        kinds: endings that may be dropped; help: which tables are read.
        read: takes the file's path; called once for each file. A WinnowError that it raises names
            the file as it was dropped.
    """
    held = f"{key}-read"
    file = st.file_uploader(
        label,
        type=list(kinds),
        key=key,
        help=help,
        max_upload_size=inputs.TABLE_BYTES // 1_000_000,
    )
    if file is None:
        st.session_state.pop(held, None)
        return None

    def taken() -> T:
        before = st.session_state.get(held)
        if before is None or before[0] != file.file_id:
            before = st.session_state[held] = (file.file_id, fresh())
        result: T = before[1]
        return result

    def fresh() -> T:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (PurePath(file.name).name or "table.csv")
            path.write_bytes(file.getvalue())
            try:
                return read(path)
            except WinnowError as error:
                raise WinnowError(str(error).replace(str(path), path.name)) from error

    return taken
