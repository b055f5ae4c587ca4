"""Which images are asked about: all, or those that pass a condition on an imported column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.project.snapshot import Snapshot
from core.services.search.filtering import passing
from core.ui.label import state
from core.ui.shared.columns import filtering, listing

NONE_LEFT = (
    "No image without an answer passes the condition under Options: take it out to go on with the "
    "others."
)


def ask(snapshot: Snapshot, changed: Callable[[], None]) -> None:
    """Draw the condition, where there are columns.

    Args:
        changed: called when it is another one than before.
    """
    conditions = filtering.draw(snapshot, state.COLUMN)
    if listing.of(snapshot):
        st.caption("Only such images are asked about; random ones come from all in any case.")
    if conditions != wanted():
        st.session_state[state.ONLY] = conditions
        changed()


def wanted() -> list[str]:
    """The conditions in use, none for all images."""
    conditions: list[str] = st.session_state.get(state.ONLY, [])
    return conditions


def passes(snapshot: Snapshot) -> np.ndarray | None:
    """(N,) bool, which images are asked about; None for all."""
    return passing(snapshot, wanted())[1]
