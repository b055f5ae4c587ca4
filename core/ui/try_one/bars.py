"""Probabilities as bars: a row a class, a column a source."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from core.images.names import shown
from core.ui.widgets.colours import class_colour

FIRST = 10
"""Classes that are shown before all are asked for."""
_STYLE = """<style>
.wt-bars{width:100%;border-collapse:collapse;font-size:14px;table-layout:fixed}
.wt-bars th{text-align:left;font-weight:400;opacity:.8;font-size:13px;padding:2px 8px 4px 0}
.wt-bars td{padding:3px 8px 3px 0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.wt-bars td:first-child,.wt-bars th:first-child{width:34%}
.wt-bars tr:first-child td:first-child{font-weight:600}
.wt-bar{display:inline-block;height:10px;border-radius:2px;vertical-align:middle;margin-right:6px}
</style>"""


def markup(
    names: Sequence[str], columns: Sequence[tuple[str, np.ndarray]], places: int = FIRST
) -> str:
    """The most probable classes, by the first column, as HTML.

    Args:
        columns: title and (K,) probabilities of each source.
        places: how many classes.
    """
    order = np.argsort(-columns[0][1], kind="stable")[:places]
    heads = "".join(f"<th>{escape(title)}</th>" for title, _ in columns)
    rows = [
        f'<tr><td><span style="color:{class_colour(int(k))}">●</span> '
        f"{escape(shown(names[k]))}</td>"
        + "".join(f"<td>{_bar(float(own[k]), class_colour(int(k)))}</td>" for _, own in columns)
        + "</tr>"
        for k in order
    ]
    return (
        f'{_STYLE}<table class="wt-bars"><thead><tr><th>Class</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _bar(value: float, colour: str) -> str:
    width = f"calc({value:.3f} * (100% - 56px))"
    return f'<i class="wt-bar" style="width:{width};background:{colour}"></i>{value:.1%}'
