"""The group that a class stands in: chosen, made, renamed, given prompts, dissolved."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.vocabulary import clean
from core.services.prompts.grouping import (
    dissolve_group,
    put_in_group,
    rename_group,
    speak_for_group,
)
from core.ui.prompts import editing, state
from core.ui.session import session, trouble
from core.ui.widgets.text import plain

_ALONE = "No group"
_WHAT = (
    "Classes that belong together, such as apple and pear in fruit. An image that is surely in a "
    "group, but not surely in one class of it, can be exported to the group, and people can label "
    "it so. Drag a class in the table onto a group, or choose it here."
)


def show(snapshot: Snapshot, name: str) -> None:
    """Draw the button of a class's group, and what opens with it."""
    group = snapshot.classes.above.get(name, "")
    with st.popover(plain(group) or "Group", icon=":material/folder:", help="The class's group."):
        st.caption(_WHAT)
        _choice(snapshot, name, group)
        if group:
            _group(snapshot, group)


def _choice(snapshot: Snapshot, name: str, group: str) -> None:
    """Which group a class, or a group, stands in; another name makes a new one."""
    key = state.part_field("group", name)
    inside = _inside(snapshot, name)
    names = [_ALONE, *(one for one, _, _ in snapshot.classes.groups if one not in inside)]
    if st.session_state.get(key) not in (group or _ALONE, None):
        st.session_state.pop(key, None)
    st.selectbox(
        f"{plain(name)} stands in", names, names.index(group) if group else 0, key=key,
        accept_new_options=True, on_change=_choose, args=(name, key),
    )  # fmt: skip


def _inside(snapshot: Snapshot, name: str) -> set[str]:
    """A group and those in it; nothing for a class."""
    inside = {name}
    for one, _, around in snapshot.classes.groups:
        if around in inside:
            inside.add(one)
    return inside


def _group(snapshot: Snapshot, group: str) -> None:
    """What can be done with a group."""
    own, around = next((p, a) for n, p, a in snapshot.classes.groups if n == group)
    st.divider()
    field, words = state.part_field("group-name", group), state.part_field("group-prompts", group)
    st.text_input("Name of the group", group, key=field, on_change=_rename, args=(group, field))
    st.text_area(
        "Its prompts, one a line: they speak for every class in it", "\n".join(own), key=words,
        on_change=_speak, args=(group, words), height=90,
    )  # fmt: skip
    _choice(snapshot, group, around)
    st.button(
        "Dissolve the group", key=f"dissolve-{group}", icon=":material/folder_off:",
        on_click=_dissolve, args=(group,),
        help="Its classes stay. What is labeled with the group alone will not count; Undo brings "
        "it back.",
    )  # fmt: skip


def dropped(name: str, group: str) -> None:
    """Put a class where it was dragged to; "" is out of any group."""
    with trouble.in_place():
        put_in_group(editing.take_edits(), [name], group)


@trouble.careful
def _choose(name: str, key: str) -> None:
    wanted = st.session_state[key]
    put_in_group(editing.take_edits(), [name], "" if wanted in (_ALONE, None) else clean(wanted))


@trouble.careful
def _rename(group: str, key: str) -> None:
    new, project = clean(st.session_state[key]), session.require_project()
    if new and new != group:
        rename_group(editing.take_edits(), project.labels, group, new, session.annotator())


@trouble.careful
def _speak(group: str, key: str) -> None:
    speak_for_group(editing.take_edits(), group, st.session_state[key].splitlines())


@trouble.careful
def _dissolve(group: str) -> None:
    dissolve_group(editing.take_edits(), group)
