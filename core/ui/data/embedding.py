"""The Data page's way from a folder to vectors: the model, the embedding, how it ended."""

from __future__ import annotations

import streamlit as st

from core.embedding.run import EmbedResult
from core.runtime.background import Task
from core.runtime.progress import duration
from core.services.data.stage import Step
from core.store.workspace import Workspace
from core.ui.data import state
from core.ui.data.picker import pick_model
from core.ui.data.tasks import EMBED, start_embedding
from core.ui.session import tasks
from core.ui.shared import progress, strip
from core.ui.widgets import presses
from core.ui.widgets.text import plain


def section(workspace: Workspace) -> None:
    """Pick a model and embed with it; while that runs, its progress."""
    st.subheader("Model and embedding")
    active = workspace.encoder
    spec = pick_model(active.spec if active else None)
    task = tasks.task(EMBED, workspace.collection.key)
    if task is not None and task.running:
        progress.watch(task)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        # By a callback: it runs first, so no redraw that comes between can lose the press.
        again = active is not None and active.spec == spec
        presses.button(
            "Look for new images" if again else "Embed the images", "embed", ("model",), _start,
            (spec,), disabled=not spec, type=strip.look(Step.EMBED),
            help="Looks through the folder, reads what is new or changed, and embeds it.",
        )  # fmt: skip
        if again:
            st.checkbox(
                "Read everything again", key=state.ANEW,
                help="Also finds files that were edited in place and kept their size and time. "
                "Only pictures whose content is new are embedded.",
            )  # fmt: skip
    if not spec:
        st.caption("Choose a model first.")
    if task is not None:
        _end(task, active.spec if active else None)


def _start(spec: str) -> None:
    start_embedding(spec, bool(st.session_state.pop(state.ANEW, False)))


def _end(task: Task, active: str | None) -> None:
    """How the embedding ended.

    Args:
        active: the model whose vectors are in place.
    """
    if task.status.state == "failed":
        tail = f" The vectors of {active} are still in place." if active else ""
        st.error(plain(f"{task.status.error}{tail}"))
    elif task.status.state == "cancelled":
        st.warning("Stopped. What was embedded is kept; start again to go on from there.")
    elif task.result is not None:
        _done(task.result)


def _done(result: EmbedResult) -> None:
    st.success(
        f"{result.images:,} images ready: {result.embedded:,} embedded, {result.reused:,} "
        f"unchanged, {len(result.rejected):,} rejected, "
        f"in {duration(result.seconds)} ({result.images_per_second:.0f}/s)."
    )
    for note in result.notes:
        st.caption(plain(note))
