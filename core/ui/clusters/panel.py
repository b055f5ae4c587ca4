"""Beside the map: the selected images with a class for all of them, or the clusters as cards."""

from __future__ import annotations

from typing import cast, get_args

import numpy as np
import streamlit as st

from core.services.clusters import cards as overview
from core.services.clusters.grouped import GROUP_ORDER, GroupOrder, group_cards
from core.services.clusters.selecting import least_probable_first
from core.services.clusters.story import Story
from core.services.data.metadata.grouping import Grouping
from core.services.predict.gaps import gaps
from core.tags.vocabulary import Tags
from core.ui.clusters import cards
from core.ui.clusters.state import CARDS, ORDER, PLACE
from core.ui.clusters.tasks import naming
from core.ui.clusters.view import View
from core.ui.session import session, trouble
from core.ui.shared import label_bar, picks
from core.ui.shared.selection import select
from core.ui.shared.state import PICKS
from core.ui.widgets.text import plain

_HEIGHT = 560


def draw(view: View, selected: list[str]) -> None:
    """Draw the panel.

    Args:
        selected: image ids.
    """
    label_bar.undo_row(PLACE, (5, 2))
    if selected:
        _selection(view, selected)
        return
    if view.visible is not None and view.visible.any():
        ids = [view.snapshot.pool.ids[row] for row in np.flatnonzero(view.visible).tolist()]
        st.button(
            f"Select the {len(ids):,} filtered images", key="map-take", on_click=select,
            args=(ids,), icon=":material/select_all:",
        )  # fmt: skip
    _cards(view)


def _selection(view: View, selected: list[str]) -> None:
    out = picks.left_out(PICKS, selected)
    rest = [image_id for image_id in selected if image_id not in out]
    without = f", {len(selected) - len(rest):,} left out" if len(rest) < len(selected) else ""
    head, close = st.columns([5, 2], vertical_alignment="center")
    head.markdown(f"**{len(selected):,} selected**{without}")
    close.button(
        "Clear", key="map-clear", on_click=select, args=([],), width="stretch",
        icon=":material/close:",
    )  # fmt: skip
    name, act = st.columns([5, 2], vertical_alignment="bottom")
    label_bar.class_field(name, PLACE, view.predictions.names, "Class for all of them")
    label_bar.label_button(
        act, PLACE, rest, "map", f"Label {len(rest):,}",
        then=lambda batch: st.toast(batch.text, icon=":material/check:"),
    )  # fmt: skip
    if len(selected) > 1:
        st.caption("Least probable first: those at the top are the likeliest not to belong.")
    with st.container(height=_HEIGHT, border=False):
        picks.grid(PICKS, view.snapshot, view.predictions, _ordered(view, selected))


def _ordered(view: View, selected: list[str]) -> list[str]:
    """The selection, least probable first.

    The order stays for as long as the selection does: a fit that ends meanwhile must not move the
    pictures that somebody is about to press.
    """
    subject = frozenset(selected)
    before, order = st.session_state.get(ORDER, (None, []))
    if before != subject:
        order = least_probable_first(view.snapshot, view.predictions, selected)
        st.session_state[ORDER] = (subject, order)
    return list(order)


def _cards(view: View) -> None:
    if view.grouped is not None:
        _groups(view, *view.grouped)
        return
    order = st.segmented_control(
        "Clusters", ["mixed first", "largest first"], default="mixed first", key="map-order",
        required=True, label_visibility="collapsed", help="Press a cluster to see all of it.",
    )  # fmt: skip
    for sentence in gaps(view.predictions).sentences():
        st.caption(f":material/warning: {plain(sentence)}")
    story = _story(view)
    with st.container(height=_HEIGHT + 48, border=False):
        pictures = overview.pictures_of(view.snapshot, view.k)
        made = overview.cards(
            view.predictions, view.clusters, pictures, cast(overview.Order, order),
            story.names if story else None, story.warnings if story else None,
            story.words if story else None, view.snapshot.nodes,
        )  # fmt: skip
        cards.draw(CARDS, view.snapshot, view.predictions.names, made)


def _groups(view: View, rows: np.ndarray, made: Grouping) -> None:
    """The groups of a column as cards, in place of the clusters."""
    order = st.segmented_control(
        "Groups", get_args(GroupOrder), default=GROUP_ORDER, key="map-group-order",
        required=True, label_visibility="collapsed", help="Press a group to see all of it.",
    )  # fmt: skip
    with st.container(height=_HEIGHT + 48, border=False):
        wanted, nodes = cast(GroupOrder, order), view.snapshot.nodes
        listed = group_cards(view.predictions, made, rows, wanted, nodes)
        cards.draw(CARDS, view.snapshot, view.predictions.names, listed, "Group")


def _story(view: View) -> Story | None:
    """Names, warnings and words of the clusters; worked out in the background, so none at first.

    Where the clusters go with light, shape or folders better than with the classes, the page says
    so, and whether clusters take part in the predictions.
    """
    if view.predictions.clusters is not None:
        st.caption(view.predictions.clusters.sentence())
    tags = Tags()
    with trouble.in_place():
        tags = session.require_project().tag_file.tags()
    task = naming(view.snapshot, view.predictions, view.k, view.clusters, tags)
    task.wait(0.2)
    if task.running:
        session.follow(lambda: not task.running, 0.5)
    story: Story | None = task.result
    if problem := (story.trouble if story else task.status.error):
        st.error(plain(problem))
    if story is not None and story.follows:
        st.warning(f"These clusters go with the {story.follows} better than with the classes.")
    return story
