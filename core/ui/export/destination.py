"""The folder that an export goes to: a free name is proposed, and people may write their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from core.export.plan import Plan
from core.images.names import shown
from core.images.sources.address import is_address
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.export import runs
from core.store.workspace import Workspace
from core.ui.export import state
from core.ui.export.tasks import Written


def field(workspace: Workspace, only_new: bool, task: Task | None) -> None:
    """Draw the field for the folder; it stays what somebody made of it until that is written.

    Args:
        task: the last writing.
    """
    begun = st.session_state.get(state.BEGUN)
    written = task.result.outcome.out if task and isinstance(task.result, Written) else None
    typed = st.session_state.get(state.TYPED)
    if begun is not None and begun == written:  # nothing more can be written there
        del st.session_state[state.BEGUN]
        if typed is not None:
            typed = st.session_state[state.TYPED] = str(free(begun))
    proposed = free(_first(workspace, only_new))
    st.session_state[state.OUT] = str(proposed) if typed is None else typed
    st.text_input(
        "New folder to write", key=state.OUT, on_change=_typed,
        help="It must not exist yet; nothing is ever overwritten and originals stay untouched.",
    )  # fmt: skip


def _typed() -> None:
    st.session_state[state.TYPED] = st.session_state[state.OUT]


def _first(workspace: Workspace, only_new: bool) -> Path:
    place = next(iter(roots.limited_to()), Path.home())
    name = [shown(workspace.images.name) or "images", workspace.question]
    name += ["new" if only_new else "sorted", f"{datetime.now():%Y%m%d}"]
    return place / "-".join(filter(None, name))


def free(folder: Path) -> Path:
    """A folder of that name that does not exist, with a number where the name is taken."""
    number, free = 1, folder
    while free.exists() or free.is_symlink():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def out() -> Path:
    """What the field says; an empty path while it says nothing."""
    return typed_path(st.session_state.get(state.OUT, ""))


def place() -> Path:
    """`out` as it is used: a whole path, or an address as it is."""
    return out() if is_address(out()) else out().absolute()


def problem(images: Path, plan: Plan) -> str | None:
    """Why the plan cannot be written where it is to go."""
    try:
        if out() == Path():
            raise WinnowError("Name a folder to write.")
        runs.check_destination(images, place(), plan.bytes_needed)
    except (WinnowError, OSError) as error:
        return str(error)
    return None
