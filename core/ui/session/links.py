"""What a page shows, named in its address: it can be kept, sent, loaded anew and gone back to.

Widgets do this by themselves with ``bind="query-params"``; here is the same for what is chosen on
pictures and in the browser components. What an address says was written by anybody: only what has
the expected form is used, and pages look it up among what they have.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.images.hash import is_image_id

MOST_IMAGES = 48  # more would make an address too long for some programs


def news(name: str) -> str | None:
    """What the address says under a name, where it knows better than the session; else None.

    It does when a session first asks, and when somebody went back or forward in the browser; ""
    then means that nothing was chosen. At any other time the address may be a moment behind.
    """
    asked = f"link-{name}"
    first = asked not in st.session_state
    st.session_state[asked] = True
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        return st.query_params.get(name, "")
    return st.query_params.get(name) if first else None


def keep(name: str, value: str) -> None:
    """Write what is shown into the address; "" takes the name out of it."""
    if st.query_params.get(name, "") == value:
        return
    if value:
        st.query_params[name] = value
    else:
        del st.query_params[name]


def image_ids(text: str) -> list[str]:
    """The image ids in a part of an address, each once."""
    parts = dict.fromkeys(text.split(",", MOST_IMAGES)[:MOST_IMAGES])
    return [part for part in parts if is_image_id(part)]


def number(text: str) -> int | None:
    """A whole number of a reasonable length in a part of an address, else None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def of_images(ids: Sequence[str]) -> str:
    """Image ids as a part of an address; "" for more than it has room for."""
    return ",".join(ids) if len(ids) <= MOST_IMAGES else ""
