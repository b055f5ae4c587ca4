"""Pictures that no workspace serves, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.ui.session import outside
from core.ui.widgets import thumbs

PER_PAGE = 24


def show(
    key: str,
    folder: Path,
    images: Sequence[tuple[str, str]],
    captions: Sequence[str] | None = None,
) -> None:
    """Draw images; each leads to its large copy.

    Args:
        key: names the place on the page.
        images: path, relative to the folder, and content id of each.
        captions: a line below each, plain text.
    """
    pages = -(-len(images) // PER_PAGE)
    # Another number of pages is another selection, which begins with its first.
    page = st.pagination(pages, key=f"{key}-{pages}-page") if pages > 1 else 1
    first = (page - 1) * PER_PAGE
    figures = []
    for place, (path, image_id) in enumerate(images[first : first + PER_PAGE], first):
        name = escape(shown(path), quote=True)
        large, small = (outside.url(folder, path, image_id, k) for k in ("picture", "thumb"))
        line = escape(captions[place]) if captions is not None else ""
        caption = f'<figcaption class="wn-cap">{line}</figcaption>' if line else ""
        figures.append(
            f'<figure title="{name}"><a href="{large}" target="_blank"><img class="wn-pic" '
            f'loading="lazy" decoding="async" alt="{name}" src="{small}"></a>'
            f"{caption}</figure>"
        )
    st.html(f'{thumbs.STYLE}<div class="wn-grid" style="--wn:112px">{"".join(figures)}</div>')
