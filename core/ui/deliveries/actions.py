"""What can be done with a delivery: label on, accept and export, fold it into the collection."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.project.project import Project
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.deliveries import folding, taking
from core.services.deliveries.folding import Folded
from core.services.deliveries.records import Record, images_of
from core.services.sorter.running import Outcome
from core.ui.deliveries import state
from core.ui.deliveries.tasks import (
    EXPORT,
    FOLD,
    Taken,
    latest,
    start_embedding,
    start_export,
    start_folding,
)
from core.ui.session import host, session, trouble
from core.ui.shared import progress
from core.ui.shared.state import ONLY_RANDOM
from core.ui.widgets import presses
from core.ui.widgets.text import plain


def section(place: Path, record: Record, project: Project | None) -> None:
    """Draw the three ways on."""
    label, export, fold = st.columns(3)
    with label, trouble.in_place():
        _label(place, record)
    with export, trouble.in_place():
        _export(place, record)
    with fold, trouble.in_place():
        _fold(place, record, project)


def _label(place: Path, record: Record) -> None:
    if st.button("Label on", key="delivery-label", icon=":material/label:"):
        root, spec = taking.workspace_for(place, record)
        session.switch_to(root)
        start_embedding(host.shared.project(root), spec)
        if record.ask:
            st.session_state[ONLY_RANDOM] = True  # their predictions are hidden: they measure
        st.switch_page("../../../pages/label.py")
    random = f" and asks random images: {record.ask:,} are enough" if record.ask else ""
    st.caption(f"Opens the delivery with the model's classes{random}.")


def _export(place: Path, record: Record) -> None:
    task, key = latest(EXPORT), state.OUT + record.key
    if task is not None and task.running:
        progress.watch(task)
        return
    if key not in st.session_state:
        first = next(iter(roots.limited_to()), Path.home())
        st.session_state[key] = str(first / f"{record.key[:-17]}-{datetime.now():%Y%m%d}")
    out = typed_path(st.text_input("New folder to export it to", key=key))
    why = None
    try:
        taking.check_export(record, out.absolute())
    except WinnowError as error:
        why = str(error)
    presses.button(
        "Accept and export", "delivery-export", (key,), trouble.careful(start_export),
        (place, record, out.absolute()), disabled=why is not None or out == Path(),
        icon=":material/drive_file_move:",
    )  # fmt: skip
    done = _done(task, record)
    if isinstance(done, Outcome):
        st.success(plain(f"{done.counted.classified:,} images written to {done.wanted.folders}"))
    else:
        _failed(task)
        if why is not None:
            st.caption(plain(why))


def _fold(place: Path, record: Record, project: Project | None) -> None:
    task = latest(FOLD)
    if task is not None and task.running:
        progress.watch(task)
        return
    why = "Open a collection on the Data page to fold it in."
    if project is not None:
        why = f"Copies its images into a new folder in {shown(project.workspace.images)}."
    closed = project is None
    try:
        if project is not None:
            folding.check_apart(images_of(record), project.workspace.images)
    except WinnowError as error:
        closed, why = True, str(error)
    st.button(
        "Fold into the collection", key="delivery-fold", icon=":material/create_new_folder:",
        disabled=closed, on_click=trouble.careful(start_folding), args=(place, record, project),
    )  # fmt: skip
    st.caption(plain(why))
    done = _done(task, record)
    if isinstance(done, Folded):
        there = f" {done.there:,} were there already." if done.there else ""
        st.success(plain(f"{done.images:,} images are in {done.folder or 'no new folder'}.{there}"))
    else:
        _failed(task)


def _done(task: Task | None, record: Record) -> Outcome | Folded | None:
    """What came of the last work of a kind, if it was on this delivery."""
    taken = task.result if task is not None else None
    return taken.outcome if isinstance(taken, Taken) and taken.key == record.key else None


def _failed(task: Task | None) -> None:
    if task is not None and task.status.error:
        st.error(plain(task.status.error))
    elif task is not None and task.status.state == "cancelled":
        st.warning("Stopped; nothing was left behind.")
