"""Whose labels a session gives: asked once, seen on every page, known again after a reload."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import streamlit as st

from core.runtime.spelling import clean
from core.ui.session import identity, session
from core.ui.widgets import mount
from core.ui.widgets.text import plain

_HERE = Path(__file__).parent
_FIELD, _FIRST, _ELEMENT, _NAMED_HERE = "person", "person-first", "person-browser", "person-named"
"""Keys: the field in the sidebar, the one that asks first, the element that remembers, whether
somebody said a name in this session."""
_COOKIE = "winnow_person"
"""What the browser remembers, as the first request of a page brings it; written by person.js."""
LONGEST = 80


def draw() -> None:
    """Draw the field with the name; the browser keeps it for the next time.

    Whoever is signed in has the name of the account, and the way out.
    """
    if identity.login() is not None:
        st.caption(f"Signed in as {plain(session.person())}")
        st.button("Sign out", icon=":material/logout:", key="sign-out", on_click=st.logout)
        return
    _take_up()
    st.session_state[_FIELD] = session.person()
    st.text_input(
        "Your name", key=_FIELD, on_change=_named, args=(_FIELD,), max_chars=LONGEST,
        placeholder="Who is labeling?", icon=":material/person:",
        help="Stored with each label, so that several people can label at once and it can be told "
        "where they disagree.",
    )  # fmt: skip
    mount.element(_HERE, "person")(
        key=_ELEMENT,
        data={"name": session.person(), "chosen": _NAMED_HERE in st.session_state},
        default={"name": None},
        on_name_change=lambda: None,
    )


def ask() -> None:
    """Ask for the name where it is not known; the page goes on when it is there."""
    if session.person():
        return
    with st.container(border=True):
        st.markdown("**Who is labeling?** Your name is stored with each label you give.")
        st.text_input(
            "Your name", key=_FIRST, on_change=_named, args=(_FIRST,), max_chars=LONGEST,
            label_visibility="collapsed", placeholder="Your name, then Enter",
        )  # fmt: skip
    st.stop()


def _named(key: str) -> None:
    name = clean(str(st.session_state[key]))[:LONGEST]
    if name:
        st.session_state[session.ANNOTATOR] = name
        st.session_state[_NAMED_HERE] = True


def _take_up() -> None:
    """Take the name that this browser remembers, unless one was said since."""
    name = mount.value(_ELEMENT, "name")
    if name is None and session.ANNOTATOR not in st.session_state:
        name = unquote(st.context.cookies.get(_COOKIE, ""))
    if _NAMED_HERE in st.session_state or not isinstance(name, str):
        return
    if name := clean(name)[:LONGEST]:
        st.session_state[session.ANNOTATOR] = name
