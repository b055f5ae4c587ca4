"""Who may do what: the list of people, and the fields to change it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.services.people import roles
from core.store.people.roles import PEOPLE, ROLES
from core.store.workspace import Workspace
from core.ui.data import state
from core.ui.session import identity, rights, session, trouble
from core.ui.shared.person import LONGEST
from core.ui.widgets.text import plain


def show(workspace: Workspace) -> None:
    """Draw the list and the fields."""
    if done := st.session_state.pop(state.PEOPLE_DONE, None):
        st.success(plain(done))
    people = roles.people_of(workspace)
    if people:
        rows = [
            {"name": one.name, "role": one.role, "signs in as": one.login or "–"} for one in people
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key="people-list")
    else:
        st.caption(
            "Nobody is listed, so everybody who gets in may do everything. List who owns this "
            "workspace first, then the others; whoever is not on the list may only look."
        )
    if not identity.is_set_up():
        st.caption(
            "Names are what people type, so roles keep order among those who mean well. Let people "
            "sign in where they are to be held to them; the documentation on people says how."
        )
    if rights.remark(PEOPLE):
        return
    _fields(first=not people)
    if people:
        _remove([one.name for one in people])


def _fields(first: bool) -> None:
    st.session_state.setdefault(state.ROLE, "owns" if first else "labels")
    if first:
        st.session_state.setdefault(state.PERSON, session.person())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", key=state.PERSON, max_chars=LONGEST)
        st.selectbox(
            "Role", ROLES, key=state.ROLE,
            help="  \n".join(f"{role}: {what}" for role, what in roles.MEANINGS.items()),
        )  # fmt: skip
        st.text_input("Signs in as (e-mail, optional)", key=state.LOGIN, max_chars=254)
        st.button(
            "Add or change", key="people-add", on_click=trouble.careful(_add),
            icon=":material/person_add:",
        )  # fmt: skip


def _add() -> None:
    name, role = st.session_state[state.PERSON], st.session_state[state.ROLE]
    workspace = session.require_project().workspace
    person = roles.add(workspace, name, role, st.session_state[state.LOGIN])
    st.session_state[state.PEOPLE_DONE] = (
        f"{person.name} {person.role}: {roles.MEANINGS[person.role]}."
    )
    for key in (state.PERSON, state.ROLE, state.LOGIN):
        del st.session_state[key]


def _remove(names: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Take off the list", names, index=None, key="people-gone", placeholder="Name"
        )
        st.button(
            "Remove", key="people-remove", disabled=name is None, icon=":material/person_remove:",
            on_click=trouble.careful(_gone), args=(name,), help="The labels stay.",
        )  # fmt: skip


def _gone(name: str) -> None:
    roles.remove(session.require_project().workspace, name)
    st.session_state[state.PEOPLE_DONE] = f"{name} is off the list; the labels stay."
