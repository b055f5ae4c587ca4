"""What stands beside every page: which images are open, and the work in the background."""

from __future__ import annotations

import streamlit as st

from core.tasks import Status, Task, duration
from core.ui import keys, links, registry, session
from core.ui.text import plain


def draw() -> None:
    """Draw the sidebar below the navigation."""
    project = session.current()
    with st.sidebar:
        if project is not None:
            workspace = project.workspace
            links.keep("w", session.address_name(project))
            st.markdown(f"**{plain(workspace.images.name)}**", help=plain(str(workspace.images)))
            model = workspace.encoder.spec if workspace.encoder else "none yet"
            st.caption(f"{len(project.pool()):,} distinct images  \nModel: {plain(model)}")
        keys.draw()
        running = bool(registry.board().running())
        # A page that is being drawn shows what has ended; only a later look has news for it.
        st.session_state.pop("_tasks_shown", None)
        # Polling costs a round trip a second, so only while there is something to see.
        st.fragment(_work, run_every=1.0 if running else None)()


def _work() -> None:
    tasks = registry.board().running()
    shown = st.session_state.get("_tasks_shown", [])
    st.session_state["_tasks_shown"] = [task.key for task in tasks]
    if any(key not in st.session_state["_tasks_shown"] for key in shown):
        st.rerun()  # something ended: the page has news
    for task in tasks:
        draw_task(task, "sidebar")


def watch(task: Task) -> None:
    """A running task on a page; when it ends the page is drawn anew."""
    session.follow(lambda: not task.running, 1.0, lambda: draw_task(task, "page"))


def draw_task(task: Task, place: str) -> None:
    """A task's progress with a button that stops it."""
    status = task.status
    st.progress(status.share, text=f"{task.title}: {describe(status)}")
    if st.button(
        "Stop", key=f"stop-{task.key}-{place}", icon=":material/stop_circle:", on_click=task.cancel
    ):
        st.toast("Stopping after the step in hand; what is finished is kept.")


def describe(status: Status) -> str:
    """A status in a line: step, count, speed, time left."""
    parts = [status.step.lower() or "starting"]
    if status.fraction is not None:
        parts.append(f"{status.fraction:.0%}")
    elif status.total:
        parts.append(f"{status.done:,} of {status.total:,}")
    elif status.done:
        parts.append(f"{status.done:,}")
    if status.total > 1 and status.done and status.rate >= 1:
        parts.append(f"{status.rate:,.0f}/s")
    if status.seconds_left is not None and status.total > 1:
        parts.append(f"{duration(status.seconds_left)} left")
    if status.note:
        parts.append(status.note)
    return " · ".join(parts)
