"""What was classified, saved: as a table or as class folders."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.services.sorter import folders
from core.services.sorter.running import Wanted
from core.ui.export import places
from core.ui.export.other import state
from core.ui.export.other.tasks import SAVE, Other, Written, latest, start_saving
from core.ui.session import trouble
from core.ui.shared import progress
from core.ui.widgets import presses
from core.ui.widgets.text import plain

_ENDINGS = {"Table (CSV)": ".csv", "Table (Parquet)": ".parquet", "Class folders": ""}


def section(other: Other, below: float) -> None:
    """Draw the form and what came of it.

    Args:
        below: images less probable than this go into review/ of class folders.
    """
    task = latest(SAVE)
    st.markdown("**Save it**")
    if isinstance(task and task.result, Written):
        places.renew(state.TYPED, task.result.saved.place)  # type: ignore[union-attr]
    kind = st.radio("As", list(_ENDINGS), key="other-as", horizontal=True)
    places.field(
        "New folder to write" if kind == "Class folders" else "New file to write",
        state.OUT, state.TYPED, _proposal(other, _ENDINGS[kind]),
        "A folder for each class, with copies of the images."
        if kind == "Class folders" else "A row an image, with the probability of each class.",
    )  # fmt: skip
    review = kind == "Class folders" and st.toggle(
        f"Put images below {below:.0%} into review/", True, key="other-review"
    )
    out, running = places.value(state.OUT), task is not None and task.running
    wanted, why = _wanted(other, kind, out, below if review else None)
    presses.button(
        "Save", "other-save", (state.OUT, "other-as", "other-review", "other-below"),
        trouble.careful(start_saving), (other, wanted), disabled=running or wanted is None,
        icon=":material/save:",
    )  # fmt: skip
    if running:
        progress.watch(task)  # type: ignore[arg-type]
        return
    if why is not None:
        st.error(plain(why))
    _ended(other, task)


def _proposal(other: Other, ending: str) -> Path:
    place = next(iter(roots.limited_to()), Path.home())
    name = shown(other.listing.done.folder.name) or "images"
    return place / f"{name}-classified-{datetime.now():%Y%m%d}{ending}"


def _wanted(
    other: Other, kind: str, out: Path, below: float | None
) -> tuple[Wanted | None, str | None]:
    """What is to be written, or why it cannot be."""
    if out == Path():
        return None, None
    options = folders.options("copy", below, csv_safe=True)
    table = kind != "Class folders"
    wanted = Wanted(options, table=out) if table else Wanted(options, folders=out)
    try:
        roots.check(out)
        if table and out.suffix.lower() != _ENDINGS[kind]:
            return None, f"The file is to end with {_ENDINGS[kind]}: name it so."
        if table and out.exists():
            return None, f"{out} is there already: choose another name."
        wanted.check(other.listing.done.folder)
    except (WinnowError, OSError) as error:
        return None, str(error)
    return wanted, None


def _ended(other: Other, task: Task | None) -> None:
    """What came of the last saving."""
    if task is None:
        return
    if isinstance(task.result, Written) and task.result.of is other:
        saved = task.result.saved
        st.success(plain(f"{saved.images:,} images written to {saved.place}"))
        if saved.rejected_list is not None:
            st.caption(plain(f"Files that could not be used are listed in {saved.rejected_list}."))
        for note in saved.notes:
            st.caption(plain(note))
    elif task.status.error:
        st.error(plain(task.status.error))
    elif task.status.state == "cancelled":
        st.warning("Stopped; no folder was left behind.")
