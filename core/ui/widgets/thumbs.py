"""Pictures on a page: one block of HTML, its thumbnails loaded lazily from the server's route."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

STYLE = """<style>
.wn-grid{display:grid;gap:6px;grid-template-columns:repeat(auto-fill,minmax(var(--wn),1fr))}
.wn-strip{display:flex;gap:6px;overflow-x:auto;padding-bottom:4px}
.wn-strip figure{flex:0 0 var(--wn)}
.wn-grid figure,.wn-strip figure{margin:0;min-width:0}
.wn-pic{width:100%;aspect-ratio:1;object-fit:contain;display:block;border-radius:3px;
background:rgba(128,140,140,.14)}
.wn-cap{font-size:12px;line-height:1.35;opacity:.8;white-space:nowrap;overflow:hidden;
text-overflow:ellipsis;margin-top:2px}
.wn-dot{display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:4px}
</style>"""


def url(key: str, image_id: str, kind: str = "thumb") -> str:
    """Address of an image's thumbnail or, with ``kind`` "picture", of its large version.

    Args:
        key: of the workspace that the image is in.
    """
    return f"/{kind}/{key}/{image_id}"


def show(
    key: str,
    ids: Sequence[str],
    captions: Sequence[str] | None = None,
    titles: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    size: int = 112,
    strip: bool = False,
) -> None:
    """Draw images, see ``markup``."""
    st.html(STYLE + markup(key, ids, captions, titles, colours, size, strip))


def markup(
    key: str,
    ids: Sequence[str],
    captions: Sequence[str] | None = None,
    titles: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    size: int = 112,
    strip: bool = False,
) -> str:
    """Images as HTML, for a block that begins with ``STYLE``.

    Args:
        key: of the workspace.
        captions: a line below each; plain text, escaped here.
        titles: what hovering shows, by default nothing; usually the file's path.
        colours: a dot before each caption.
        size: least width of a picture in pixels.
        strip: one row that scrolls sideways instead of a grid.
    """
    figures = []
    for position, image_id in enumerate(ids):
        title = escape(titles[position], quote=True) if titles else ""
        caption = ""
        if captions is not None:
            dot = (
                f'<span class="wn-dot" style="background:{colours[position]}"></span>'
                if colours
                else ""
            )
            caption = f'<figcaption class="wn-cap">{dot}{escape(captions[position])}</figcaption>'
        large, small = url(key, image_id, "picture"), url(key, image_id)
        figures.append(
            f'<figure title="{title}"><a href="{large}" target="_blank">'
            f'<img class="wn-pic" loading="lazy" decoding="async" alt="{title or "image"}" '
            f'src="{small}"></a>{caption}</figure>'
        )
    kind = "wn-strip" if strip else "wn-grid"
    return f'<div class="{kind}" style="--wn:{size}px">{"".join(figures)}</div>'
