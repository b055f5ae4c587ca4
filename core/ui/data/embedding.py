"""The Data page's way from a folder to vectors: the model, the embedding, how it ended."""

from __future__ import annotations

import streamlit as st

from core.embedding.run import EmbedResult
from core.runtime.background import Task
from core.runtime.progress import duration
from core.store.workspace import Workspace
from core.ui.data.picker import pick_model
from core.ui.data.tasks import EMBED, start_embedding
from core.ui.session import tasks
from core.ui.shared import progress
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
    again = active is not None and active.spec == spec
    label = "Look for new and changed images" if again else "Embed the images"
    # By a callback: it runs first, so no redraw that comes between can lose the press.
    look, anew = st.columns(2)
    look.button(
        label, type="primary", disabled=not spec, key="embed", on_click=start_embedding,
        args=(spec,),
    )  # fmt: skip
    if again:
        anew.button(
            "Read everything again", key="embed-anew", on_click=start_embedding, args=(spec, True),
            help="Also finds files that were edited in place and kept their size and time. Only "
            "pictures whose content is new are embedded.",
        )  # fmt: skip
    if task is not None:
        _end(task, active.spec if active else None)


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
    st.page_link(
        "../../../pages/prompts.py",
        label="Next: describe your classes",
        icon=":material/edit_note:",
    )
