"""Model files that somebody names on the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.runtime import roots
from core.sorter.model_file import read
from core.sorter.sorter import Sorter


def read_once(path: Path, key: str) -> Sorter:
    """A model file; read again only when it is another one.

    Args:
        key: of the session state, under which it is held.

    Raises:
        WinnowError: it cannot be read, or lies where this server may not look.
    """
    roots.check(path)
    try:
        status = path.stat()
        mark = (str(path), status.st_size, status.st_mtime_ns)
    except OSError:
        mark = (str(path), 0, 0)  # reading says what is wrong
    before = st.session_state.get(key)
    if before is None or before[0] != mark:
        before = st.session_state[key] = (mark, read(path))
    sorter: Sorter = before[1]
    return sorter
