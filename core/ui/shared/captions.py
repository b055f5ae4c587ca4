"""Captions on pages: shown with images, whatever the state of the file that keeps them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.ui.widgets.text import plain


def of(snapshot: Snapshot) -> Mapping[str, tuple[str, ...]]:
    """Image id → captions; a damaged file is said and counts as none."""
    try:
        return snapshot.captions
    except WinnowError as error:
        st.warning(plain(error))
        return {}
