"""Buttons for what stands in fields.

Somebody who writes into a field and presses a button at once presses the one that was drawn before:
Streamlit calls it with the arguments of that time, so it would do the work with the old text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st

_LATE = 20.0  # seconds after which a press that never found its page is forgotten


def button(
    label: str,
    key: str,
    fields: Sequence[str],
    on_click: Callable[..., object],
    args: Sequence[object],
    disabled: bool = False,
    **look: Any,
) -> None:
    """A button that does what the fields say now, also where the page has not followed them yet.

    Args:
        fields: keys of the fields that ``args`` follow from, or how such keys begin.
    """
    pressed = st.session_state.pop(_late(key), None)
    if pressed is not None and not disabled and time.monotonic() - pressed < _LATE:
        on_click(*args)
        st.rerun()  # what stands above may be different now
    drawn = _content(key, fields)
    st.button(
        label, key=key, disabled=disabled, on_click=_press,
        args=(key, tuple(fields), drawn, on_click, tuple(args)), **look,
    )  # fmt: skip


def _press(
    key: str,
    fields: Sequence[str],
    drawn: dict[Hashable, object],
    on_click: Callable[..., object],
    args: Sequence[object],
) -> None:
    if _content(key, fields) == drawn:
        on_click(*args)
    else:  # the page is drawn anew now, with the fields as they are
        st.session_state[_late(key)] = time.monotonic()


def _late(key: str) -> str:
    """Where a press waits for the page to follow its fields."""
    return f"{key}-late"


def _content(key: str, fields: Sequence[str]) -> dict[Hashable, object]:
    """What stands in the fields."""
    state = st.session_state
    names = [name for name in state if str(name).startswith(tuple(fields)) and name != key]
    return {name: state[name] for name in names}
