"""Pictures that no workspace serves: within the page itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.services.deliveries import pictures
from core.ui.widgets import thumbs

MOST = 24


def show(folder: Path, images: Sequence[tuple[str, str]]) -> None:
    """Draw the first images.

    Args:
        images: path, relative to the folder, and content id of each.
    """
    some = images[:MOST]
    figures = []
    for (path, _), data in zip(some, pictures.small(folder, some), strict=True):
        name = escape(shown(path), quote=True)
        figure = "gone"
        if data:
            address = f"data:image/jpeg;base64,{b64encode(data).decode()}"
            figure = f'<img class="wn-pic" alt="{name}" src="{address}">'
        figures.append(f'<figure title="{name}">{figure}</figure>')
    st.html(f'{thumbs.STYLE}<div class="wn-grid" style="--wn:112px">{"".join(figures)}</div>')
    if len(images) > MOST:
        st.caption(f"The first {MOST}.")
