"""The class for what is none of the others: its name, its share, and what is newest."""

from __future__ import annotations

import streamlit as st

from core.learn.novelty.share import NoneShare
from core.project.snapshot import Snapshot
from core.services.predict.unclaimed import novelty_of, share_of
from core.services.prompts.workbench import Bench
from core.ui.prompts import bench as elements
from core.ui.prompts import editing, state
from core.ui.widgets.text import plain


def show(snapshot: Snapshot, index: int, scored: Bench | None) -> None:
    """Draw the class.

    Args:
        index: of the class.
        scored: None while there are no scores.
    """
    name = snapshot.names[index]
    key = state.name_field(name)
    with st.container(border=True, key=f"class-{name}"):
        head, figures = st.columns([4, 3])
        with head:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
                st.text_input("Class", name, key=key, on_change=editing.rename, args=(name, key))
                st.button(
                    "", icon=":material/delete:", key=f"remove-{name}", on_click=editing.remove,
                    args=(name,), help=f"Remove the class {plain(name)}; Undo brings it back.",
                )  # fmt: skip
            st.caption(
                "Has no prompts: it takes what fits no other class, and learns from images that "
                "are labeled with it. Groups among them that are a class of their own are offered "
                "under Suggestions."
            )
        if scored is None:
            return
        with figures:
            elements.show_figures(index, scored.preview(index, elements.STRIP), scored)
            st.caption(sentence(share_of(snapshot)))
        with st.spinner("Looking for images that are like no class …"):
            newest = novelty_of(snapshot).order
        open_ = newest[~snapshot.is_answered[newest]]
        elements.strip(snapshot, "Least like any class, not labeled yet", open_[: elements.STRIP])


def sentence(share: NoneShare | None) -> str:
    """What the random images say of how many there are."""
    if share is None:
        return (
            "How many there really are is not measured yet: label random images on Label, and "
            "press “None of these” where no class fits."
        )
    return (
        f"Of {share.answers:,} random images {share.value:.0%} are none of the classes; of the "
        f"whole collection that is {share.low:.0%} to {share.high:.0%}."
    )
