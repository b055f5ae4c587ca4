"""One tag: what it takes, how its scores lie, where its borders are; all of it can be changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.learn.models.tag_model import FEWEST_POSITIVES
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.tags import views
from core.services.tags.tagged import TagColumn, Tagged
from core.services.tags.tagging import threshold
from core.tags.scores import BANDS, Calibration
from core.tags.vocabulary import Tag, Tags
from core.ui.shared.answer_log import Taken
from core.ui.tags import answers, editor, query, state
from core.ui.tags.looks import COLOURS
from core.ui.widgets.text import plain

BINS, HEIGHT = 80, 120
_SOURCES = {
    "prompt": "Decided by its prompts.",
    "model": "Learned from its prompts and {n} answers.",
    "rule": "Decided by its rule.",
}
_FIELDS = {
    "centre": ("Centre", -100.0, 100.0, 0.05, "Score that is worth a confidence of one half."),
    "scale": ("Scale", 0.01, 100.0, 0.05, "Width of the change from no to yes; small is steep."),
    "reject": ("Rejected up to", 0.0, 1.0, 0.05, "Confidence up to which an image lacks the tag."),
    "accept": ("Accepted from", 0.0, 1.0, 0.05, "Confidence from which an image has the tag."),
}


def draw(snapshot: Snapshot, tagged: Tagged, code: str, taken: Taken) -> None:
    """Draw one tag; ``taken`` is what became of the answers given to its pictures."""
    entry, column = tagged.tags[code], tagged[code]
    edit, look = st.columns([2, 3], gap="medium")
    with edit:
        editor.fields(tagged.tags, entry)
    with look:
        _counts(column, code)
        st.html(histogram(column))
        if isinstance(entry, Tag):
            _calibration(entry, column)
            _by_precision(tagged, code)
    answers.draw(snapshot, tagged, code, taken)


def _counts(column: TagColumn, code: str) -> None:
    counts = column.counts()
    parts = [
        f':color[●]{{foreground="{COLOURS[band]}"}} **{n:,}** {band} '
        f"({n / max(len(column.bands), 1):.1%})"
        for band, n in counts.items()
    ]
    source = _SOURCES[column.source].format(n=int((column.human >= 0).sum()))
    st.markdown("&ensp;·&ensp;".join(parts))
    text, act = st.columns([5, 2], vertical_alignment="center")
    text.caption(source)
    act.button(
        "See accepted", key="tag-use", icon=":material/database:", width="stretch",
        on_click=query.ask_for, args=(f"\"{code}_band\" = 'accepted'",),
        help="As a query: see all of them, download the list, give them a class.",
    )  # fmt: skip


def histogram(column: TagColumn) -> str:
    """The scores of a tag as bars, in the colours of the bands, with centre and borders."""
    counted = views.histogram(column, BINS)
    marks: list[tuple[float, str]] = []
    if counted is None or column.logits is None:
        edges, values = np.linspace(0, 1, BINS + 1), column.confidence
    else:
        edges, values = counted.edges, column.logits
        marks = [
            (counted.reject, "rejected up to"),
            (counted.centre, "centre"),
            (counted.accept, "accepted from"),
        ]
    low, high = float(edges[0]), float(edges[-1])
    inside = np.clip(values, low, high)
    parts = np.stack([np.histogram(inside[column.bands == b], edges)[0] for b in range(3)])
    heights = np.sqrt(parts.sum(axis=0) / max(int(parts.sum(axis=0).max()), 1))
    bars = "".join(_bar(parts[:, i], heights[i]) for i in range(BINS))
    lines = "".join(_mark((at - low) / (high - low), name, at) for at, name in marks)
    steps = np.linspace(low, high, 9 if counted is not None else 6)
    axis = "".join(f"<span>{step:g}</span>" for step in steps.round(2))
    alternative = "Images by score, on a square-root scale: " + ", ".join(
        f"{n:,} {band}" for band, n in column.counts().items()
    )
    if marks:
        alternative += "; " + ", ".join(f"{name} {at:.2f}" for at, name in marks)
    what = (
        "score, in standard deviations above the mean of all images"
        if counted is not None
        else "confidence"
    )
    return (
        f'<div role="img" aria-label="{alternative}" style="padding-top:18px">'
        f'<div style="position:relative;display:flex;align-items:flex-end;height:{HEIGHT}px;'
        f'border-bottom:1px solid rgba(128,140,140,.5)">{bars}{lines}</div>'
        '<div style="display:flex;justify-content:space-between;font-size:11px;opacity:.75">'
        f"{axis}</div>"
        f'<div style="font-size:11px;opacity:.75;text-align:center">{what}</div></div>'
    )


def _bar(parts: np.ndarray, height: float) -> str:
    total = int(parts.sum())
    segments = "".join(
        f'<i style="display:block;flex:{int(n)} 0 0;background:{COLOURS[BANDS[band]]}"></i>'
        for band, n in reversed(list(enumerate(parts)))
        if n
    )
    return (
        f'<div title="{total:,} images" style="flex:1;margin-right:1px;display:flex;'
        f'flex-direction:column;height:{100 * height:.1f}%">{segments}</div>'
    )


def _mark(share: float, name: str, at: float) -> str:
    if not 0 <= share <= 1:
        return ""
    dashed = name == "centre"
    text = "" if dashed else f"{name.split()[0]}"
    turn = "-100%" if name.startswith("rejected") else "0"
    label = (
        f'<span style="position:absolute;top:-17px;font-size:11px;white-space:nowrap;'
        f'transform:translateX({turn});padding:0 3px">{text}</span>'
    )
    return (
        f'<div title="{name} {at:.2f}" style="position:absolute;left:{100 * share:.2f}%;top:0;'
        f"bottom:0;border-left:{'1px dashed' if dashed else '2px solid'} currentColor;"
        f'opacity:.8">{label}</div>'
    )


def _calibration(tag: Tag, column: TagColumn) -> None:
    calibration = column.calibration
    assert calibration is not None  # tags have one, rules do not
    by_hand = [name for name, value in vars(tag.settings).items() if value is not None]
    icon = ":material/edit:" if by_hand else ":material/straighten:"
    with st.popover("Borders and scale", icon=icon, key=f"tag-borders-{tag.code}"):
        _by_hand(tag, calibration, by_hand)
    if column.source == "model":
        st.caption(
            "The answers move the borders of single images: colours show where they are now, the "
            "lines where the prompts alone would have them."
        )


def _by_hand(tag: Tag, calibration: Calibration, by_hand: Sequence[str]) -> None:
    """The numbers that turn scores into bands, each to be set.

    Args:
        by_hand: those that were set.
    """
    for name, (title, low, high, step, explained) in _FIELDS.items():
        key, is_set = f"tag-{name}-{tag.code}", name in by_hand
        editor.fill(key, round(float(getattr(calibration, name)), 3))
        st.number_input(
            f"{title} ✎" if is_set else title, low, high, step=step, format="%.2f", key=key,
            on_change=editor.keep, args=(key, partial(_with, tag.code, name)),
            help=explained + (" Set by hand." if is_set else ""),
        )  # fmt: skip
    st.button(
        "Automatic", key=f"tag-auto-{tag.code}", disabled=not by_hand,
        on_click=editor.automatic, args=(tag.code,),
        help="Centre and scale as found in the collection, borders as for all tags.",
    )  # fmt: skip


def _with(code: str, name: str, tags: Tags, value: float) -> Tags:
    return editor.calibrated(tags, code, **{name: value})


def _by_precision(tagged: Tagged, code: str) -> None:
    """Find the border from labels for a wanted precision."""
    human = tagged[code].human
    yes, no = int((human == 1).sum()), int((human == 0).sum())
    if yes < FEWEST_POSITIVES:
        st.caption(
            f"{yes} yes and {no} no so far. With {FEWEST_POSITIVES} yes, the border can be set "
            "for a precision that you name."
        )
        return
    wanted, act, answer = st.columns([3, 3, 6], vertical_alignment="bottom")
    target = wanted.number_input(
        "Precision, %", 50, 99, 90, 1, key="tag-target",
        help="The share of accepted images that do have the tag. The answer holds when those from "
        "the border on were drawn at random: see the pictures of that name below.",
    )  # fmt: skip
    key = (code, tagged.version, target)
    if act.button("Find the border", key="tag-find", width="stretch"):
        try:
            with answer, st.spinner("Finding the border…", show_time=True):
                border = threshold(tagged, code, target / 100)
            st.session_state[state.BORDER] = (key, border)
        except WinnowError as error:
            st.error(plain(error))
    last = st.session_state.get(state.BORDER)
    if last is None or last[0] != key:
        answer.caption(f"From {yes} yes and {no} no.")
        return
    border = last[1]
    if border.confidence is None:
        answer.caption(border.why)
        return
    answer.markdown(
        f"From **{border.confidence:.2f}** on, {border.precision:.0%} of {border.accepted} answers "
        f"are yes ({border.low:.0%}–{border.high:.0%})."
    )
    answer.button(
        f"Accept from {border.confidence:.2f}", key="tag-accept-found",
        on_click=_accept_from, args=(tagged, code, border.confidence),
    )  # fmt: skip


def _accept_from(tagged: Tagged, code: str, confidence: float) -> None:
    """Accept from a confidence on; where that is below what is rejected, so is the other border."""
    calibration = tagged[code].calibration
    assert calibration is not None  # it has a threshold
    accept = min(max(float(np.floor(confidence * 1e4) / 1e4), 0.001), 1.0)
    values: dict[str, float | None] = {"accept": accept}
    if calibration.reject >= accept:
        values["reject"] = accept / 2
    editor.set_calibration(code, **values)
