"""The images that are selected on the map; other pages can select some too."""

from __future__ import annotations

import streamlit as st

from core.ui.shared import picks
from core.ui.shared.state import PICKS, SELECTED_CLUSTER, SELECTION


def select(ids: list[str], cluster: tuple[int, int] | None = None) -> None:
    """Select these images and nothing else.

    Args:
        cluster: its number, and of how many, where the images are one whole cluster.
    """
    st.session_state[SELECTION] = ids
    st.session_state[SELECTED_CLUSTER] = cluster
    picks.forget(PICKS)
