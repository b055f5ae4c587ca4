"""Images that have another class than before, group by group."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.comparing import Flip
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain


def show(snapshot: Snapshot, flips: Sequence[Flip], groups: int, images: int) -> None:
    """Draw the first groups, each with its first images, and say how many are left out.

    Args:
        groups, images: groups that are drawn at most, and images of each.
    """
    pool = snapshot.pool
    for flip in flips[:groups]:
        st.markdown(f"**{plain(flip.before)} → {plain(flip.after)}** · {len(flip.rows):,}")
        rows = flip.rows[:images].tolist()
        thumbs.show(
            snapshot.key,
            [pool.ids[row] for row in rows],
            titles=[pool.paths[row] for row in rows],
            size=84,
            strip=True,
        )
    if len(flips) > groups:
        st.caption(f"{len(flips) - groups} smaller groups are not shown.")
