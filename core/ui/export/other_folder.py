"""The Export page's way to classify another folder, by this question or by a model file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.sorter import folders
from core.services.sorter.loading import announced
from core.services.sorter.running import Outcome, Wanted
from core.sorter.model_file import read
from core.sorter.sorter import Sorter
from core.ui.export import model_file, places, state
from core.ui.export.tasks import OTHER, Other, start_other
from core.ui.session import session, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets.text import plain

_THIS, _FILE = "This question, as it is now", "A model file"
_SHOWN = 200  # rejected files


def section(snapshot: Snapshot) -> None:
    """Draw all of it."""
    task = tasks.task(OTHER, snapshot.key)
    with st.expander("Classify another folder", expanded=task is not None):
        if task is not None and isinstance(task.result, Other):
            places.renew(state.OTHER_TYPED, task.result.outcome.wanted.place or Path())
        running = task is not None and task.running
        with trouble.in_place():
            _form(snapshot, running)
        if task is not None and running:
            progress.watch(task)
        else:
            _ended(task)


def _form(snapshot: Snapshot, running: bool) -> None:
    st.caption(
        "Nothing is written beside its images, and no workspace is made. A run that is stopped "
        "goes on when the same is started again."
    )
    typed = st.text_input(
        "Image folder or archive to classify", key="other-folder",
        placeholder="/path/to/photos or /path/to/photos.zip",
    )  # fmt: skip
    by = st.radio("By", [_THIS, _FILE], key="other-by", horizontal=True)
    sorter = _from_file() if by == _FILE else None
    places.field(
        "Table or new folder to write", state.OTHER_OUT, state.OTHER_TYPED,
        _proposal(snapshot),
        "A name that ends with .csv or .parquet gets a table with a row an image; any other is a "
        "new folder with a folder for each class.",
    )  # fmt: skip
    review = st.toggle("Put unsure images into review", key="other-review")
    below = None
    if review:
        below = st.slider("Less probable than, %", 1, 99, 50, key="other-below") / 100
    images, out = typed_path(typed), places.value(state.OTHER_OUT)
    wanted = _wanted(out, below)
    ready = images != Path() and out != Path() and (by == _THIS or sorter is not None)
    why = _problem(images, out, wanted) if ready and not running else None
    st.button(
        "Classify", key="other-start", disabled=running or not ready or why is not None,
        on_click=trouble.careful(_start), args=(snapshot, images, wanted, sorter),
    )  # fmt: skip
    if why is not None:
        st.error(plain(why))


def _proposal(snapshot: Snapshot) -> Path:
    path = places.proposal(snapshot.workspace, ".csv")
    return path.with_name(f"classified-{path.name}")


def _from_file() -> Sorter | None:
    """The model file that is named, with what it holds and what its encoder costs."""
    path = typed_path(
        st.text_input("Model file", key="other-model", placeholder="/path/to/NAME.winnow")
    )
    if path == Path():
        return None
    try:
        sorter = _read(path)
        st.markdown(model_file.facts(sorter.content))
        if cost := announced(sorter.content):
            st.warning(plain(cost))
    except WinnowError as error:
        st.error(plain(error))
        return None
    return sorter


def _read(path: Path) -> Sorter:
    """A model file; read again only when it is another one."""
    roots.check(path)
    try:
        status = path.stat()
        mark = (str(path), status.st_size, status.st_mtime_ns)
    except OSError:
        mark = (str(path), 0, 0)  # reading says what is wrong
    before = st.session_state.get(state.READ)
    if before is None or before[0] != mark:
        before = st.session_state[state.READ] = (mark, read(path))
    sorter: Sorter = before[1]
    return sorter


def _wanted(out: Path, below: float | None) -> Wanted:
    wanted = Wanted(folders.options("copy", below, csv_safe=True))
    if out.suffix.lower() in (".csv", ".parquet"):
        return replace(wanted, table=out)
    return replace(wanted, folders=out)


def _problem(images: Path, out: Path, wanted: Wanted) -> str | None:
    """Why nothing can be classified there, or written."""
    try:
        roots.check(images)
        roots.check(out)
        if not images.exists():
            return f"{images} does not exist: check its name."
        if wanted.table is not None and out.exists():
            return f"{out} is there already: choose another name."
        if images.is_dir():
            wanted.check(images)
    except (WinnowError, OSError) as error:
        return str(error)
    return None


def _start(snapshot: Snapshot, images: Path, wanted: Wanted, sorter: Sorter | None) -> None:
    project = session.require_project()
    start_other(snapshot.key, project.snapshot(snapshot.classes), images, wanted, sorter)


def _ended(task: Task | None) -> None:
    """What came of the last run."""
    if task is None:
        return
    if isinstance(task.result, Other):
        _done(task.result.outcome)
        for note in task.result.notes:
            st.caption(plain(note))
    elif task.status.error:
        st.error(plain(task.status.error))
    elif task.status.state == "cancelled":
        st.warning("Stopped. Start the same once more and it goes on from there.")


def _done(outcome: Outcome) -> None:
    counted, wanted = outcome.counted, outcome.wanted
    st.success(
        f"{counted.classified:,} images classified ({outcome.per_second:,.0f} a second), written "
        f"to {plain(wanted.place)}"
    )
    rows = list(counted.classes.items())
    rows += [("for review", counted.review)] if counted.review else []
    columns = {
        "class": st.column_config.TextColumn(width="large"),
        "images": st.column_config.NumberColumn(format="localized", width="small"),
    }
    st.dataframe(
        pd.DataFrame(rows, columns=list(columns)), hide_index=True, width="stretch",
        key="other-classes", column_config=columns,
    )  # fmt: skip
    if counted.rejected:
        st.markdown(f"**{counted.rejected:,}** files could not be used:")
        cells = [(shown(path), why) for path, why in counted.rejections[:_SHOWN]]
        st.dataframe(
            pd.DataFrame(cells, columns=["path", "reason"]), hide_index=True, width="stretch",
            key="other-rejected",
        )  # fmt: skip
        if outcome.rejected_list is not None:
            st.caption(plain(f"All of them are in {outcome.rejected_list}."))
