"""What others label on their machines: it shows in the strip as soon as the database tells."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.ui.session import session
from core.ui.shared import strip
from core.ui.widgets.text import plain

_SEEN, _AWAY = "others-seen", "others-away"
"""Keys of the session state: how much news of the labels this page has, whether it says that their
database does not answer."""


def follow(project: Project) -> None:
    """Follow the labels of a database; nothing where they are in the workspace's own file.

    To be called when the strip is drawn: it can only be brought up to date by what has drawn in it.
    """
    if project.labels.news() is None:
        return
    st.session_state[_SEEN] = None
    with st.sidebar:
        st.fragment(_look, run_every=1.0)()  # asks this process only: the database tells it


def _look() -> None:
    project = session.current()
    if project is None:
        return
    waiting, was_away = project.labels.waiting(), st.session_state.get(_AWAY, False)
    st.session_state[_AWAY] = bool(waiting)
    if waiting:
        st.warning(plain(waiting))
    elif was_away:
        session.draw_anew()
    news = project.labels.news()
    if not waiting and news != st.session_state[_SEEN]:
        with suppress(WinnowError):  # the page says it, with the way out
            strip.refresh(project.snapshot())
            st.session_state[_SEEN] = news
            return
    strip.again()
