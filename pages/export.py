"""Export: what would be written, then the writing of it."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.export.destination import size_text
from core.export.names import safe_folder_names
from core.export.plan import Plan
from core.runtime.errors import WinnowError
from core.services.export import runs
from core.services.export.summary import summary
from core.ui.export import choices
from core.ui.session import fitting, session, work
from core.ui.shared import progress
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain


def default_out() -> str:
    name = f"{project.workspace.images.name}-sorted-{datetime.now():%Y%m%d}"
    return str(Path.home() / name)


def show_summary() -> DeltaGenerator:
    """What would be written; returns the cell for the number of new names."""
    human = int((predictions.human >= 0).sum())
    cells = st.columns(5)
    cells[0].metric("To write", f"{counted.files:,}")
    cells[1].metric("Size", size_text(counted.bytes_total))
    cells[2].metric("Decided by people", f"{human:,}", help="Labels always win over predictions.")
    cells[3].metric("For review", f"{counted.review:,}")
    folders = safe_folder_names(predictions.names)
    table = pd.DataFrame(
        {
            "class": predictions.names,
            "images": list(counted.counts.values()),
            "folder": [folders[name] for name in predictions.names],
        }
    )
    columns = {
        "class": st.column_config.TextColumn(width="medium"),
        "images": st.column_config.NumberColumn(format="localized", width="small"),
        "folder": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(
        table, hide_index=True, width="stretch", key="plan-table", column_config=columns
    )  # fmt: skip
    name = st.selectbox("Examples of", predictions.names, key="plan-class")
    rows = counted.least_certain(predictions, name, 12)
    if rows:
        st.caption("Its least certain images: what is wrong is most likely here.")
        sure = predictions.confidence()
        thumbs.show(
            project,
            [pool.ids[row] for row in rows],
            [f"{sure[row]:.0%}" for row in rows],
            [pool.files[row][0].path for row in rows],
            size=84,
            strip=True,
        )
    return cells[4].empty()


def show_names(plan: Plan) -> None:
    """What only a plan can say."""
    renamed.metric("Renamed", f"{len(plan.collisions):,}", help="Their name is taken or unsafe.")
    if plan.rejected:
        st.caption(f"{len(plan.rejected):,} rejected files are listed in the report, not written.")
    for note in plan.notes:
        st.caption(plain(note))


def outcome() -> None:
    """The report to look at, and the command that does it again."""
    folder = task.result.out
    report = folder / "report.html"
    if report.is_file():
        st.download_button(
            "Report", report.read_bytes(), f"{folder.name}-report.html", "text/html",
            key="export-report", icon=":material/description:",
        )  # fmt: skip
    st.caption("This run again, or what differs when something has changed since:")
    st.code(f"winnow replay {shlex.quote(str(folder / 'manifest.json'))}", language="bash")


st.title("Export")
project, pool, vocabulary, predictions = session.require_predictions(follow=False)
st.text_input(
    "New folder to write", default_out(), key="export-out",
    help="It must not exist yet; nothing is ever overwritten and originals stay untouched.",
)  # fmt: skip
out = Path(st.session_state["export-out"].strip()).expanduser()
try:
    chosen = choices.settings()
    unsure = choices.doubts(predictions, chosen)
    counted = summary(pool, predictions, chosen.options, unsure)
except WinnowError as error:
    st.error(plain(error))
    st.stop()
renamed = show_summary()
renamed.metric("Renamed", "…", help="Their name is taken or unsafe.")
newest = fitting.newest(project, vocabulary, predictions)
if not newest:  # a label may also have come since they were made
    session.await_fit(project, vocabulary)
task = work.task("export", project)
if task is not None and task.running:
    progress.watch(task)
    st.stop()
if not newest:
    st.button(f"Write {counted.files:,} images", type="primary", disabled=True, key="write-later")
    st.caption("The newest labels and prompts are being learned; then it can be written.")
    st.stop()
plan = choices.plan(project, predictions, chosen, unsure)
show_names(plan)
try:
    if not st.session_state["export-out"].strip():
        raise WinnowError("Name a folder to write.")
    runs.check_destination(project.workspace.images, out.absolute(), plan.bytes_needed)
    problem = None
except WinnowError as error:
    problem = str(error)
done = task is not None and task.status.state == "done" and task.result.out == out.absolute()
st.button(
    f"Write {len(plan.items):,} images", type="primary", disabled=bool(problem), key="write",
    on_click=work.start_export, args=(project, vocabulary, predictions, plan, out.absolute()),
)  # fmt: skip
if done:
    st.success(f"{task.result.written:,} images written to {plain(task.result.out)}")
    st.code(task.result.as_text(), language=None)
    outcome()
elif problem:
    st.error(plain(problem))
elif task is not None and task.status.error:
    st.error(plain(task.status.error))
elif task is not None and task.status.state == "cancelled":
    st.warning("Stopped; nothing was left behind.")
with st.expander("The same from the command line"):
    st.code(choices.command(project, chosen, str(out)), language="bash")
