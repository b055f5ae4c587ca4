"""Images whose words and picture say different classes: looked at, then labeled or let be."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.metrics.disagreements import SURE, Disagreement, disagreements
from core.store.labels.base import Event
from core.store.labels.dismissed import dismiss
from core.ui.metrics.state import PLACE
from core.ui.session import session, trouble
from core.ui.shared import label_bar
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

PER_PAGE, ACROSS = 12, 4
LONGEST = 140  # characters of an image's words
SOURCE = "words against picture"
"""Source of a label that was given here."""


def show(snapshot: Snapshot) -> None:
    """Draw the list; nothing where no column counts."""
    if not snapshot.words:
        return
    st.subheader("Words against pictures")
    with st.spinner("Words and pictures are compared…", show_time=True):
        listed = disagreements(snapshot)
    if not listed:
        st.success(
            "No image without a label is for sure one class by its words and another by its "
            "picture."
        )
        return
    st.caption(
        f"{len(listed):,} images without a label are one class by their words alone and another by "
        f"their picture alone, each with at least {SURE:.0%}; the surest first. Labels of these "
        "teach much, and wrong words are found here."
    )
    pages = -(-len(listed) // PER_PAGE)
    start = (st.pagination(pages, key="against-pages") - 1) * PER_PAGE if pages > 1 else 0
    shown = listed[start : start + PER_PAGE]
    for first in range(0, len(shown), ACROSS):
        for column, one in zip(st.columns(ACROSS), shown[first : first + ACROSS], strict=False):
            with column.container(border=True):
                _card(snapshot, one)


def _card(snapshot: Snapshot, one: Disagreement) -> None:
    path, key = snapshot.pool.paths[one.row], one.image_id
    thumbs.show(snapshot.key, [key], [path.rpartition("/")[2]], [path], size=180)
    text = " ".join(one.text.split())
    st.markdown(f"“{plain(text if len(text) <= LONGEST else text[: LONGEST - 1] + '…')}”")
    for title, name, sure in (
        ("words", one.words, one.words_sure),
        ("picture", one.picture, one.picture_sure),
    ):
        st.button(
            f"{plain(name)}: by its {title}", key=f"against-{title}-{key}", width="stretch",
            on_click=_label, args=(key, name), help=f"Label it so. By its {title}: {sure:.0%}.",
        )  # fmt: skip
    st.button(
        "Let it be", key=f"against-dismiss-{key}", width="stretch", type="tertiary",
        on_click=_dismiss, args=(one,),
        help="Not listed again while words and picture say the same classes as now.",
    )  # fmt: skip


@trouble.careful
def _label(image_id: str, name: str) -> None:
    events = [Event(image_id, name)]
    batch = session.require_project().labels.add(events, session.annotator(), source=SOURCE)
    label_bar.remember(PLACE, batch, f"Labeled {plain(name)}; saved.")


@trouble.careful
def _dismiss(one: Disagreement) -> None:
    workspace = session.require_project().workspace
    dismiss(workspace, {one.image_id: (one.picture, one.words)})
