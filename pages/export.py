"""Export: what would be written, then the writing of it."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from core import runs
from core.errors import WinnowError
from core.export.destination import size_text
from core.export.plan import Plan
from core.ui import exporting, session, sidebar, thumbs, work
from core.ui.text import plain


def default_out() -> str:
    name = f"{project.workspace.images.name}-sorted-{datetime.now():%Y%m%d}"
    return str(Path.home() / name)


def show_plan(plan: Plan) -> None:
    human = int((predictions.human >= 0).sum())
    cells = st.columns(5)
    cells[0].metric("To write", f"{len(plan.items):,}")
    cells[1].metric("Size", size_text(plan.bytes_total))
    cells[2].metric("Decided by people", f"{human:,}", help="Labels always win over predictions.")
    cells[3].metric("For review", f"{plan.review:,}")
    cells[4].metric("Renamed", f"{len(plan.collisions):,}", help="Their name is taken or unsafe.")
    if plan.rejected:
        st.caption(f"{len(plan.rejected):,} rejected files are listed in the report, not written.")
    table = pd.DataFrame(
        {
            "class": list(plan.counts),
            "folder": [plan.folders[name] for name in plan.counts],
            "images": list(plan.counts.values()),
        }
    )
    st.dataframe(table, hide_index=True, width="stretch", key="plan-table")
    name = st.selectbox("Examples of", list(plan.counts), key="plan-class")
    items = [i for i in plan.items if i.assignment.label == name and not i.review]
    items = sorted(items, key=lambda i: i.assignment.probability)[:12]
    if items:
        st.caption("Its least certain images: what is wrong is most likely here.")
        thumbs.show(
            project,
            [i.assignment.id for i in items],
            [f"{i.assignment.probability:.0%}" for i in items],
            [i.assignment.path for i in items],
            size=84,
            strip=True,
        )
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
project, pool, vocabulary, predictions = session.require_predictions(newest=True)
st.text_input(
    "New folder to write", default_out(), key="export-out",
    help="It must not exist yet; nothing is ever overwritten and originals stay untouched.",
)  # fmt: skip
out = Path(st.session_state["export-out"].strip()).expanduser()
try:
    chosen = exporting.settings()
    plan = exporting.plan(project, vocabulary, predictions, chosen)
except WinnowError as error:
    st.error(plain(error))
    st.stop()
show_plan(plan)
task = work.task("export", project)
if task is not None and task.running:
    sidebar.watch(task)
    st.stop()
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
    st.code(exporting.command(project, chosen, str(out)), language="bash")
