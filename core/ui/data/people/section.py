"""The Data page's part on people: roles, who did what, how far they agree, labels an hour."""

from __future__ import annotations

import streamlit as st

from core.project.project import Project
from core.store.people.roles import SEE
from core.ui.data import state
from core.ui.data.people import agreement, hours, log, roles
from core.ui.session import rights, trouble
from core.ui.widgets import folded

ROLES, LOG, AGREEMENT, HOURS = "Roles", "Who did what", "Agreement", "Labels an hour"


def section(project: Project) -> None:
    """Draw the part, one view at a time: the logs are read only where one is looked at."""
    part = folded.part("People", state.PEOPLE_OPEN, icon=":material/group:")
    if part is None:
        return
    with trouble.in_place(), part:
        view = st.segmented_control(
            "View", [ROLES, LOG, AGREEMENT, HOURS], default=ROLES, required=True,
            key=state.PEOPLE_VIEW, label_visibility="collapsed",
        )  # fmt: skip
        if view == ROLES:
            roles.show(project.workspace)
        elif not rights.remark(SEE):
            {LOG: log.show, AGREEMENT: agreement.show, HOURS: hours.show}[str(view)](project)
