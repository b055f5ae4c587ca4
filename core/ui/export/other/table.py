"""Rows of images that were classified, as one block of HTML with their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.services.sorter.browsing.listing import Row
from core.ui.session import outside

_STYLE = """<style>
.wn-rows{overflow-x:auto}
.wn-rows table{border-collapse:collapse;width:100%;font-size:14px}
.wn-rows th{text-align:left;font-weight:600;padding:4px 12px 4px 0}
.wn-rows td{padding:4px 12px 4px 0;border-top:1px solid rgba(128,140,140,.25);
vertical-align:middle;overflow-wrap:anywhere}
.wn-rows td:first-child{width:84px}
.wn-rows th.wn-number,.wn-rows td.wn-number{text-align:right;font-variant-numeric:tabular-nums;
white-space:nowrap}
.wn-rows img{width:72px;height:72px;object-fit:contain;display:block;border-radius:3px;
background:rgba(128,140,140,.14)}
</style>"""
_HEADS = (("Image", ""), ("Path", ""), ("Class", ""), ("Probability", "wn-number"),
          ("Classes that are possible", ""))  # fmt: skip


def draw(folder: Path, rows: Sequence[Row]) -> None:
    """Draw a page of rows; pictures are asked for as they come into view."""
    sets = any(row.inside is not None for row in rows)
    heads = "".join(
        f'<th scope="col" class="{kind}">{name}</th>'
        for name, kind in _HEADS[: len(_HEADS) if sets else -1]
    )
    body = "".join(_row(folder, row, sets) for row in rows)
    st.html(
        f'{_STYLE}<div class="wn-rows" tabindex="0" role="region" aria-label="Classified images">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(folder: Path, row: Row, sets: bool) -> str:
    name = escape(shown(row.path), quote=True)
    large, small = (outside.url(folder, row.path, row.image_id, k) for k in ("picture", "thumb"))
    cells = [
        f'<td><a href="{large}" target="_blank"><img class="wn-pic" loading="lazy" '
        f'decoding="async" alt="{name}" src="{small}"></a></td>',
        f"<td>{name}</td>",
        f"<td>{escape(row.name)}</td>",
        f'<td class="wn-number">{row.probability:.1%}</td>',
    ]
    if sets:
        cells.append(f"<td>{escape(', '.join(row.inside or ()))}</td>")
    return f"<tr>{''.join(cells)}</tr>"
