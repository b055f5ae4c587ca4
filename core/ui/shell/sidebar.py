"""What stands beside every page: which images are open, and the work in the background."""

from __future__ import annotations

import streamlit as st

from core.images.sources import places
from core.ui.session import host, links, session
from core.ui.shared import person, progress
from core.ui.shell import keys, questions, share
from core.ui.widgets.text import plain

_SHOWN = "_tasks_shown"
"""Key of the session state: names of the tasks that the sidebar showed last."""


def draw() -> None:
    """Draw the sidebar below the navigation."""
    project = session.current()
    with st.sidebar:
        if project is not None:
            workspace = project.workspace
            title = str(places.title(workspace.images))
            links.keep("w", session.address_name(project))
            links.keep(session.ASKED, session.address_question(project))
            st.markdown(f"**{plain(workspace.images.name)}**", help=plain(title))
            model = workspace.encoder.spec if workspace.encoder else "none yet"
            st.caption(f"{len(project.pool()):,} distinct images  \nModel: {plain(model)}")
            if project.labels.news() is not None:
                st.caption(f"Labels: {plain(project.labels.place)}")
            questions.draw(project)
            person.draw()
            share.draw(project)
            if problem := project.backups.problem:
                st.warning(plain(problem))
        keys.draw()
        running = bool(host.shared.board.running())
        # A page that is being drawn shows what has ended; only a later look has news for it.
        st.session_state.pop(_SHOWN, None)
        # Polling costs a round trip a second, so only while there is something to see.
        st.fragment(_work, run_every=1.0 if running else None)()


def _work() -> None:
    tasks = host.shared.board.running()
    shown = st.session_state.get(_SHOWN, [])
    st.session_state[_SHOWN] = [task.key for task in tasks if _concerns(task.key)]
    if any(key not in st.session_state[_SHOWN] for key in shown):
        session.draw_anew()  # something ended: the page has news
    for task in tasks:
        progress.draw_task(task, "sidebar")


def _concerns(name: str) -> bool:
    """Whether work is on what is open here: what others do elsewhere draws nobody's page anew."""
    project = session.current()
    own = [session.name()]
    if project is not None:
        own += [project.key, project.workspace.collection.key]
    return any(key in name for key in own)
