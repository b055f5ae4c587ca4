"""Parts of a page that are drawn only while they are unfolded.

What Streamlit folds away is drawn all the same, and costs the browser as much as what is seen.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def part(
    title: str, key: str, begun: bool = False, icon: str | None = None
) -> DeltaGenerator | None:
    """The inside of a part to draw into; None while it is folded.

    Args:
        key: of the session state, where it says whether the part is unfolded.
        begun: whether something goes on in it, which unfolds it where that is new.
    """
    before, state = f"{key}-begun", st.session_state
    is_news = begun and (key not in state or not state.get(before))
    # Set at each run: to Streamlit a part with another title, such as a count, is another one.
    state[key] = is_news or bool(state.get(key))
    state[before] = begun
    made = st.expander(title, key=key, on_change="rerun", icon=icon)
    return made if made.open else None
