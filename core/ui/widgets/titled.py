"""A choice whose options are called by titles that change, such as a class with a count.

The browser names what is chosen by its title. Where that changes between two runs, Streamlit takes
it for no option at all and chooses the first one in its place, without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_HELD = "titles-held"
"""Key of the session state: key of the widget → each title so far → option."""
_MOST = 20_000  # titles of a widget; then it begins anew


def picked(key: str) -> Any:
    """What is chosen now, whatever it was called when it was; None before anything was."""
    value = st.session_state.get(key)
    earlier = st.session_state.get(_HELD, {}).get(key, {})
    if isinstance(value, str) and value in earlier and value not in earlier.values():
        value = st.session_state[key] = earlier[value]
    return value


def selectbox(
    place: DeltaGenerator, label: str, options: Sequence[Any], key: str,
    title: Callable[[Any], str], **more: Any,
) -> Any:  # fmt: skip
    """``st.selectbox`` in a place, with titles that may change; ``more`` as it takes them."""
    value, held = picked(key), st.session_state.setdefault(_HELD, {})
    before = held.get(key, {})  # the browser may hold a title of some runs ago
    now = {title(option): option for option in options}
    # Those of now come last, also where one of them was shown before: the last one of an option is
    # what the browser shows of it.
    earlier = {t: o for t, o in before.items() if t not in now} if len(before) < _MOST else {}
    held[key] = earlier | now
    last = next((t for t, o in reversed(before.items()) if o == value), None)
    if value in options and last != title(value):
        st.session_state[key] = value  # else the browser goes on showing the title of before
    return place.selectbox(label, options, key=key, format_func=title, **more)
