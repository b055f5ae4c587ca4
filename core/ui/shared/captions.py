"""Captions on pages: taken in on the Data page, shown with images elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.search.captions import read_captions
from core.services.data.caption_import import import_captions
from core.store.captions import save_captions
from core.ui.widgets import uploads
from core.ui.widgets.text import plain

SHOWN = 200
_SAID = "captions-said"


def known(project: Project) -> Mapping[str, tuple[str, ...]]:
    """Image id → captions; a damaged file is said and counts as none."""
    try:
        return project.captions()
    except WinnowError as error:
        st.warning(plain(error))
        return {}


def section(project: Project) -> None:
    """Take captions from a CSV file, say what there is, and take them out again."""
    st.subheader("Captions")
    have = known(project)
    if said := st.session_state.get(_SAID):
        text, missing = said
        st.success(f"{text} Saved.")
        if missing:
            with st.expander(f"{len(missing):,} rows belong to no embedded image"):
                st.dataframe(
                    {"path": missing[:SHOWN]}, hide_index=True, width="stretch",
                    key="captions-missing",
                )  # fmt: skip
                if len(missing) > SHOWN:
                    st.caption(f"The first {SHOWN}.")
    if have:
        count = sum(map(len, have.values()))
        told, act = st.columns([5, 1], vertical_alignment="center")
        told.markdown(
            f"**{count:,}** captions of **{len(have):,}** images. They are shown while labeling, "
            "searched on Search, and Metrics measures how well models match them."
        )
        act.button(
            "Remove", key="captions-remove", on_click=_remove, args=(project,), width="stretch",
            help="Takes all captions out of the workspace; your CSV file stays as it is.",
        )  # fmt: skip
    read = uploads.table("CSV with the columns path,caption", "captions-file", read_captions)
    if read is None:
        return
    label = "Replace the captions" if have else "Take these captions"
    if st.button(label, key="captions-take"):
        try:
            found = import_captions(project, read())
        except WinnowError as error:
            st.error(plain(error))
            return
        text = f"{len(found.rows):,} captions of {found.images:,} images taken over."
        st.session_state[_SAID] = (text, list(dict.fromkeys(found.missing)))
        st.rerun()


def _remove(project: Project) -> None:
    save_captions(project.workspace.captions, [])
    st.session_state[_SAID] = ("The captions were removed.", [])
