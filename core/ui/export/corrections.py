"""Corrections that people made in the folders of an export, read back as labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.export.record.past import Run, runs_of
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.progress import Report
from core.runtime.typed import typed_path
from core.services.export.returned import corrections, words
from core.services.export.returned.corrections import Taken
from core.ui.export import state
from core.ui.session import session, tasks, trouble
from core.ui.shared import label_bar, progress
from core.ui.widgets import folded
from core.ui.widgets.text import plain

KIND = "corrections"
_LISTED = 8  # exports that have a button


@dataclass(frozen=True)
class Wish:
    """What is to be read: folders with the names of those who corrected them, and how."""

    copies: tuple[tuple[Path, str], ...]
    unusable: bool
    rest: bool


def section(snapshot: Snapshot) -> None:
    """Draw all of it."""
    task = tasks.task(KIND, snapshot.key)
    title = "Corrections: read a corrected export back"
    part = folded.part(title, state.CORRECTIONS_OPEN, task is not None)
    if part is None:
        return
    with part:
        st.markdown(
            "Somebody moved files of an export to the right class folder, or deleted them? Files "
            "are recognized by their content, whatever they are called now. A file in another "
            "class folder becomes a label; what lies where it was does not."
        )
        if task is not None and task.running:
            progress.watch(task)
            return
        with trouble.in_place():
            _choices()
            _earlier(snapshot)
            _elsewhere()
        _ended(task)
        label_bar.undo_row(state.CORRECTED, (5, 1), width="content")


def _choices() -> None:
    st.checkbox(
        "Deleted images are not usable", key=state.DELETED,
        help="They get the answer not usable. Otherwise deleting a file says nothing.",
    )  # fmt: skip
    st.checkbox(
        "All files were looked at", key=state.LOOKED,
        help="What stayed in its class folder becomes a label too.",
    )  # fmt: skip


def _earlier(snapshot: Snapshot) -> None:
    """A button for each of the latest exports that still lies where it was written."""
    runs = [run for run in reversed(runs_of(snapshot.workspace.runs)[-50:]) if run.place][:_LISTED]
    if not runs:
        st.caption("No export of this question lies where it was written; name its folder below.")
    for run in runs:
        _row(run)


def _row(run: Run) -> None:
    text, button = st.columns((5, 2), vertical_alignment="center")
    text.markdown(f"{plain(run.name)}, {run.date}")
    text.caption(plain(str(run.place)))
    button.button(
        "Read corrections", key=f"read-{run.folder.name}", width="stretch",
        on_click=_start, args=(((run.place, session.annotator()),),),
    )  # fmt: skip


def _elsewhere() -> None:
    """A copy that lies elsewhere, and a second one of somebody else."""
    st.caption("A copy that lies elsewhere, or the copies of two people to be compared:")
    copies = []
    for number, default in enumerate((session.annotator(), "second person")):
        folder, name = st.columns((5, 2))
        path = folder.text_input(
            "Corrected folder" if not number else "Second person's folder (optional)",
            key=f"{state.COPY}-{number}",
        )
        who = name.text_input("Whose", value=default, key=f"{state.COPY}-{number}-name")
        if path.strip():
            copies.append((typed_path(path), who.strip() or default))
    st.button(
        "Compare and read both" if len(copies) > 1 else "Read this folder", key="read-copies",
        disabled=not copies, on_click=_start, args=(tuple(copies),),
    )  # fmt: skip


@trouble.careful
def _start(copies: tuple[tuple[Path, str], ...]) -> None:
    for folder, _ in copies:
        roots.check(folder)
    wish = Wish(
        copies, bool(st.session_state.get(state.DELETED)), bool(st.session_state.get(state.LOOKED))
    )
    project = session.require_project()
    st.session_state.pop(state.SHOWN, None)

    def work(report: Report) -> Taken:
        snapshot = project.snapshot()
        read = [corrections.read_copy(path, name, snapshot, report) for path, name in wish.copies]
        return corrections.take(project, read, wish.unusable, wish.rest)

    tasks.start(KIND, project.key, "Reading the export", work)


def _ended(task: Task | None) -> None:
    """What came of the last reading; its batch is the one that Undo takes back."""
    if task is None:
        return
    if isinstance(task.result, Taken):
        for line in words.as_text(task.result).splitlines():
            st.markdown(plain(line))
        _remember(task.result)
    elif task.status.error:
        st.error(plain(task.status.error))
    elif task.status.state == "cancelled":
        st.warning("Stopped; no label was stored.")


def _remember(taken: Taken) -> None:
    """Offer to take the batch back, once: after that it is not offered again."""
    if taken.batch is not None and st.session_state.get(state.SHOWN) != taken.batch:
        st.session_state[state.SHOWN] = taken.batch
        label_bar.remember(state.CORRECTED, taken.batch, f"{taken.labels:,} labels; saved.")
