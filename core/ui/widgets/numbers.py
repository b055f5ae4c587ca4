"""Figures side by side, each below its title: one block of HTML, where Streamlit makes six elements
of each and the browser works longest on their help.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

_STYLE = """<style>
dl.wnm.wnm{display:flex;flex-wrap:wrap;gap:14px 34px;margin:0;padding:2px 0}
dl.wnm.wnm>*,dl.wnm.wnm dt,dl.wnm.wnm dd{margin:0;padding:0}
.wnm div{position:relative}
.wnm dt{display:flex;align-items:center;gap:5px;font-size:14px;font-weight:400;line-height:1.4;
white-space:nowrap}
.wnm dd{font-size:1.6rem;line-height:1.35;font-variant-numeric:tabular-nums;
white-space:nowrap}
.wnm dd+dd{font-size:14px;line-height:1.4;opacity:.8}
.wnm button{all:unset;box-sizing:border-box;width:16px;height:16px;border:1px solid currentColor;
border-radius:50%;font-size:11px;line-height:14px;text-align:center;opacity:.75;cursor:help}
.wnm button:focus-visible{outline:2px solid light-dark(#0f766e,#2dd4bf);outline-offset:1px}
.wnm button::after{content:attr(aria-label);display:none;position:absolute;left:0;top:22px;
z-index:9;width:max-content;max-width:min(280px,70vw);padding:7px 10px;border-radius:4px;
font-size:13px;
line-height:1.4;text-align:left;white-space:normal;background:light-dark(#101818,#e6ebea);
color:light-dark(#fff,#141a1a)}
.wnm button:hover,.wnm button:focus-visible{opacity:1}
.wnm button:hover::after,.wnm button:focus::after{display:block}
@media(max-width:640px){dl.wnm.wnm{gap:10px 22px}.wnm dd{font-size:1.35rem}
.wnm dd+dd{font-size:13px}}
</style>"""


@dataclass(frozen=True)
class Number:
    """A figure: its title, the figure as text, what explains it, and a line below it."""

    title: str
    value: str
    help: str = ""
    below: str = ""


def show(numbers: Iterable[Number], place: Any = st) -> None:
    """Draw figures, on the page or in a place on it."""
    place.html(markup(numbers))


def markup(numbers: Iterable[Number]) -> str:
    """Figures as HTML: a list of terms; help opens with the pointer or the focus on its sign."""
    return f'{_STYLE}<dl class="wnm">{"".join(map(_one, numbers))}</dl>'


def _one(number: Number) -> str:
    text = escape(number.help, quote=True)
    sign = f'<button type="button" aria-label="{text}">?</button>' if text else ""
    below = f"<dd>{escape(number.below)}</dd>" if number.below else ""
    title = f"<dt><span>{escape(number.title)}</span>{sign}</dt>"
    return f"<div>{title}<dd>{escape(number.value)}</dd>{below}</div>"
