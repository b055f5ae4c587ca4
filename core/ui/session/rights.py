"""What whoever sits here may not do, said in one sentence where a button cannot be pressed.

That is for people to read. What holds is the gate that every change passes.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.store.people import gate
from core.store.people.roles import Act
from core.ui.session import session
from core.ui.widgets.text import plain


def why_not(act: Act) -> str:
    """Why whoever sits here may not do something; "" where that is allowed."""
    project = session.current()
    return gate.refusal(project.workspace.home, act) if project is not None else ""


def require(act: Act) -> None:
    """WinnowError where whoever sits here may not do something: for what changes no workspace."""
    project = session.current()
    if project is not None:
        gate.require(project.workspace.home, act)


def closed(act: Act, **button: Any) -> dict[str, Any]:
    """How a button looks, as ``st.button`` takes it: not to be pressed, and why, by who may not."""
    reason = why_not(act)
    return {**button, "disabled": True, "help": plain(reason)} if reason else button


def remark(act: Act) -> bool:
    """Say that whoever sits here may not do something; whether that was said."""
    reason = why_not(act)
    if reason:
        st.info(plain(reason), icon=":material/lock:")
    return bool(reason)
