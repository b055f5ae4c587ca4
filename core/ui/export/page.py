"""Export: what would be written, then the writing of it."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import streamlit as st

from core.export.plan import Plan
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.export import runs
from core.services.export.summary import summary
from core.ui.export import choices, preview, state
from core.ui.export.choices import Settings
from core.ui.export.tasks import EXPORT, start_export
from core.ui.session import fitting, session, tasks
from core.ui.shared import label_loss, progress
from core.ui.widgets.text import plain


def show() -> None:
    """Draw the page."""
    st.title("Export")
    snapshot, predictions = session.require_view(follow=False)
    label_loss.warning()
    _destination(snapshot.workspace.images.name)
    try:
        settings = choices.settings()
        doubts = choices.doubts(predictions, settings)
        counted = summary(snapshot.pool, predictions, settings.options, doubts)
    except WinnowError as error:
        st.error(plain(error))
        return
    renamed = preview.show(snapshot, predictions, counted)
    # A label may have come since the page began, and what is written must know all of them.
    project = session.require_project()
    snapshot = project.snapshot(snapshot.classes)
    newest = fitting.newest(snapshot, predictions)
    if not newest:
        session.await_fit(project, snapshot.classes)
    task = tasks.task(EXPORT, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
    elif not newest:
        st.button(
            f"Write {counted.files:,} images", type="primary", disabled=True, key="write-later"
        )
        st.caption("The newest labels and prompts are being learned; then it can be written.")
    else:
        plan = choices.plan(snapshot, predictions, settings, doubts)
        preview.show_names(plan, renamed)
        _write(snapshot, predictions, plan, settings, task)


def _destination(images: str) -> None:
    """The field for the folder to write; it stays what somebody made of it."""
    place = next(iter(roots.limited_to()), Path.home())
    default = place / f"{images}-sorted-{datetime.now():%Y%m%d}"
    st.text_input(
        "New folder to write", str(default), key=state.OUT,
        help="It must not exist yet; nothing is ever overwritten and originals stay untouched.",
    )  # fmt: skip


def _out() -> Path:
    return typed_path(st.session_state[state.OUT])


def _problem(images: Path, plan: Plan) -> str | None:
    """Why the plan cannot be written where it is to go."""
    try:
        if _out() == Path():
            raise WinnowError("Name a folder to write.")
        runs.check_destination(images, _out().absolute(), plan.bytes_needed)
    except WinnowError as error:
        return str(error)
    return None


def _write(
    snapshot: Snapshot,
    predictions: Predictions,
    plan: Plan,
    settings: Settings,
    task: Task | None,
) -> None:
    """The button that writes the plan, what came of the last writing, and the same as a command.

    Args:
        task: the last writing, which has ended.
    """
    out, problem = _out(), _problem(snapshot.workspace.images, plan)
    st.button(
        f"Write {len(plan.items):,} images", type="primary", disabled=bool(problem), key="write",
        on_click=start_export, args=(snapshot, predictions, plan, out.absolute()),
    )  # fmt: skip
    if task is not None and task.status.state == "done" and task.result.out == out.absolute():
        st.success(f"{task.result.written:,} images written to {plain(task.result.out)}")
        st.code(task.result.as_text(), language=None)
        _records(task.result.out)
    elif problem:
        st.error(plain(problem))
    elif task is not None and task.status.error:
        st.error(plain(task.status.error))
    elif task is not None and task.status.state == "cancelled":
        st.warning("Stopped; nothing was left behind.")
    with st.expander("The same from the command line"):
        st.code(choices.command(snapshot.workspace, settings, str(out)), language="bash")


def _records(folder: Path) -> None:
    """The report to look at, and the command that does it again."""
    report = folder / "report.html"
    if report.is_file():
        st.download_button(
            "Report", report.read_bytes(), f"{folder.name}-report.html", "text/html",
            key="export-report", icon=":material/description:",
        )  # fmt: skip
    st.caption("This run again, or what differs when something has changed since:")
    st.code(f"winnow replay {shlex.quote(str(folder / 'manifest.json'))}", language="bash")
