"""A field for a new file or folder: a free name is proposed, and people may write their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.images.sources.address import is_address
from core.runtime import roots
from core.runtime.typed import typed_path
from core.store.workspace import Workspace


def field(label: str, key: str, typed: str, proposed: Path, help_text: str) -> None:
    """Draw the field.

    Args:
        key, typed: keys of the session state: the field, and what somebody wrote into it.
    """
    written = st.session_state.get(typed)
    st.session_state[key] = str(free(proposed)) if written is None else written
    st.text_input(label, key=key, on_change=_typed, args=(key, typed), help=help_text)


def _typed(key: str, typed: str) -> None:
    st.session_state[typed] = st.session_state[key]


def renew(typed: str, written: Path) -> None:
    """Propose another name once something was written where somebody said: nothing more can be."""
    before = st.session_state.get(typed)
    if before is not None and typed_path(before).absolute() == written:
        st.session_state[typed] = str(free(written))


def value(key: str) -> Path:
    """What a field says, as an absolute path; an empty one while it says nothing."""
    path = typed_path(st.session_state.get(key, ""))
    return path if path == Path() or is_address(path) else path.absolute()


def proposal(workspace: Workspace, ending: str) -> Path:
    """A name for what is made of a workspace: of its images, its question and today."""
    place = next(iter(roots.limited_to()), Path.home())
    name = [shown(workspace.images.name) or "images", workspace.question]
    return place / ("-".join([*filter(None, name), f"{datetime.now():%Y%m%d}"]) + ending)


def free(path: Path) -> Path:
    """A path that does not exist, with a number before its ending where the name is taken."""
    number, free = 1, path
    while free.exists() or free.is_symlink():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
