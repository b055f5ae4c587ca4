"""How much of the collection a page speaks of while images are still to be embedded."""

from __future__ import annotations

import streamlit as st

from core.project.pool import Pool
from core.store.workspace import Workspace
from core.ui.session import session, tasks


def draw() -> None:
    """Say above a page how many of the images it works with; nothing once that is all of them."""
    project = session.current()
    if project is None:
        return
    pool, working = project.pool(), running(project.workspace)
    if pool.waiting and (len(pool) or working):
        st.caption(words(pool, working))


def running(workspace: Workspace) -> bool:
    """Whether this server embeds images of the workspace now."""
    task = tasks.task(tasks.EMBED, workspace.collection.key)
    return task is not None and task.running


def words(pool: Pool, running: bool) -> str:
    """The sentence.

    Args:
        running: whether images are being embedded now.
    """
    count = f"{len(pool):,} of {len(pool) + pool.waiting:,} images so far"
    if not running:
        return f"**{count}**: the others are not embedded yet, Data goes on with them."
    if not len(pool):
        return f"**{count}**: the first ones are being embedded."
    return f"**{count}**: the others are being embedded. What stands here is of these."
