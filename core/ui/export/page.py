"""Export: what would be written, then the writing of it."""

from __future__ import annotations

import shlex
from collections.abc import Hashable
from pathlib import Path

import streamlit as st

from core.export.plan import Plan
from core.export.record.past import Run, runs_of
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.services.data.stage import Step
from core.services.export.delta import Delta, narrowed
from core.services.export.promises.promise import Promise
from core.services.export.summary import Summary, summary
from core.store.people.roles import EXPORT as EXPORT_ACT
from core.store.people.roles import IMPORT
from core.ui.export import (
    choices,
    corrections,
    destination,
    model_file,
    one_page,
    planning,
    preview,
    promises,
    state,
)
from core.ui.export.choices import Settings
from core.ui.export.other import section as other_folder
from core.ui.export.tasks import EXPORT, Written, start_export
from core.ui.session import fitting, rights, session, tasks
from core.ui.shared import label_loss, progress, remarks, strip
from core.ui.widgets import folded, presses
from core.ui.widgets.text import plain


def show() -> None:
    """Draw the page."""
    st.title("Export")
    project = session.current()
    if project is None or not len(project.pool()):
        _without_images()
    snapshot, predictions = session.require_view(follow=False)
    label_loss.warning()
    rights.remark(EXPORT_ACT)
    if not progress.of_learning(snapshot, predictions):
        remarks.draw(snapshot, predictions)
        _export(snapshot, predictions)
        one_page.section(snapshot, predictions)
        model_file.section(snapshot, predictions)
    if not rights.why_not(IMPORT):
        corrections.section(snapshot)
    other_folder.section(snapshot)


def _without_images() -> None:
    """What can be done without a collection: a model file classifies any folder."""
    way_out = st.container()
    other_folder.section(None)
    with way_out:
        session.require_pool(session.require_project())


def _export(snapshot: Snapshot, predictions: Predictions) -> None:
    """Class folders and other formats: the choices, what they come to, and the writing."""
    last = next(reversed(runs_of(snapshot.workspace.runs)), None)
    try:
        settings = choices.settings(snapshot, last)
        doubts = choices.doubts(predictions, settings)
        promise = promises.made(snapshot, predictions, settings.request)
        predicted = predictions
        if promise is not None:
            predictions, doubts = promise.predictions, promise.doubts
            promises.show(snapshot, promise)
        counted = _counted(snapshot, predictions, settings, doubts, promise)
        change = choices.change(snapshot, predictions, settings, counted)
    except WinnowError as error:
        st.error(plain(error))
        _closed("Write the images", "The choices above cannot be carried out as they are.")
        return
    if change is not None:
        counted = narrowed(counted, snapshot.pool, change)
        st.caption(plain(change.as_text()))
    rename = preview.show(snapshot, predictions, counted)
    # A label may have come since the page began, and what is written must know all of them.
    project = session.require_project()
    snapshot = project.snapshot(snapshot.classes)
    newest = fitting.newest(snapshot, predicted)
    if not newest:
        session.await_fit(project, snapshot.classes)
    task = tasks.task(EXPORT, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
        return
    destination.field(snapshot.workspace, settings.only_new, task)
    if not newest:
        _closed(
            f"Write {counted.files:,} images",
            "The newest labels and prompts are being learned; then it can be written.",
        )
        return
    plan = planning.plan(snapshot, predictions, settings, doubts, change, promise)
    if plan is None:
        return
    preview.show_names(plan, rename)
    promises.withdrawn(plan)
    basis = (snapshot.pool.version, snapshot.classes, snapshot.labels.key, settings)
    nothing = _nothing(counted, change)
    why = nothing or destination.problem(snapshot.workspace.images, plan)
    _write(snapshot, predictions, plan, basis, bool(why))
    if why:
        (st.info if nothing else st.error)(plain(why))
    _ended(task, basis)
    _once_more(snapshot, settings, last)


def _counted(
    snapshot: Snapshot,
    predictions: Predictions,
    settings: Settings,
    doubts: list[str | None] | None,
    promise: Promise | None,
) -> Summary:
    """What the choices come to; without a promise, which may change by the look, counted once."""
    if promise is not None:
        return summary(snapshot, predictions, settings.options, doubts)
    options, level = settings.options, settings.level
    key = (
        snapshot.pool.version,
        snapshot.classes,
        snapshot.labels.key,
        predictions,
        options,
        level,
    )
    return snapshot.remember(
        "export-summary", key, lambda: summary(snapshot, predictions, options, doubts), keep=1
    )


def _closed(text: str, why: str) -> None:
    """A button that cannot be pressed now, and why."""
    st.button(text, disabled=True, key="write-later")
    st.caption(why)


def _nothing(counted: Summary, change: Delta | None) -> str | None:
    """Why there is nothing to write; None when there is something."""
    if counted.files:
        return None
    if change is None:
        return "There is no image to write."
    last = change.before.last
    return f"Nothing is new since the export {last.name} of {last.date}."


def _write(
    snapshot: Snapshot,
    predictions: Predictions,
    plan: Plan,
    basis: Hashable,
    closed: bool,
) -> None:
    """The button that writes the plan."""
    presses.button(
        f"Write {len(plan.items):,} images", "write", (state.OUT, "promise-"), start_export,
        (snapshot, predictions, plan, destination.place(), basis), type=strip.look(Step.EXPORT),
        **rights.closed(EXPORT_ACT, disabled=closed),
    )  # fmt: skip


def _ended(task: Task | None, basis: Hashable) -> None:
    """What came of the last writing; nothing of one that followed from something else.

    Args:
        basis: what an export follows from now.
    """
    if task is None:
        return
    if isinstance(task.result, Written):
        if task.result.basis == basis:
            outcome = task.result.outcome
            st.success(f"{outcome.written:,} images written to {plain(outcome.out)}")
            st.code(outcome.as_text(), language=None)
            _records(outcome.out)
    elif task.status.error:
        st.error(plain(task.status.error))
    elif task.status.state == "cancelled":
        st.warning("Stopped; nothing was left behind.")


def _once_more(snapshot: Snapshot, settings: Settings, last: Run | None) -> None:
    """What was exported last, and the same as a command."""
    if last is not None:
        st.caption(plain(f"The last export of this question: {last.name}, {last.date}."))
    part = folded.part("The same from the command line", state.COMMAND_OPEN)
    if part is None:
        return
    with part:
        out = str(destination.out())
        st.code(choices.command(snapshot.workspace, settings, out), language="bash")


def _records(folder: Path) -> None:
    """The report to look at, and the command that does it again."""
    report = folder / "report.html"
    if report.is_file():
        st.download_button(
            "Report", report.read_bytes(), f"{folder.name}-report.html", "text/html",
            key="export-report", on_click="ignore", icon=":material/description:",
        )  # fmt: skip
    st.caption("This run again, or what differs when something has changed since:")
    st.code(f"winnow replay {shlex.quote(str(folder / 'manifest.json'))}", language="bash")
