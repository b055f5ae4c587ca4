"""Columns that people brought, on pages: whatever the state of the files that keep them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.search.filtering import columns_beside
from core.ui.widgets.text import plain

MOST_SHOWN, LONGEST = 12, 200
"""Columns that are shown with an image, and characters of a cell."""


def of(snapshot: Snapshot) -> dict[str, str]:
    """Column as pages call it → as it was brought; damaged files are said and count as none."""
    try:
        return columns_beside(snapshot)
    except WinnowError as error:
        st.warning(plain(error))
        return {}


def lines(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, list[str]]:
    """Image id → its cells as lines "maker: Acme", of the first columns that have any."""
    result: dict[str, list[str]] = {image_id: [] for image_id in ids}
    if not of(snapshot):
        return result
    table = snapshot.metadata
    for name in table.names:
        for image_id, text in zip(ids, table.texts(name, ids), strict=True):
            if text and len(result[image_id]) < MOST_SHOWN:
                short = " ".join(text.split())
                cut = short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"
                result[image_id].append(f"{name}: {cut}")
    return result
