"""Tags: every tag a column of its own, with its scores, borders and answers; queries over all."""

from __future__ import annotations

import streamlit as st

from core.runtime.errors import WinnowError
from core.services.tags.tables import long_table, wide_table
from core.services.tags.tagging import Tagged
from core.tags.vocabulary import Tags
from core.ui.session import session
from core.ui.tags import answers, detail, editor, file, overlap, query, start, state, table
from core.ui.widgets.text import plain

EDIT, OVERLAP, FILE = "Tags", "Overlap", "File"


def read() -> Tags | None:
    """The tags; None, and why, when the file cannot be read."""
    try:
        project.vocabulary()  # the page shows and uses the classes as well
        return project.tagging().tags()
    except WinnowError as error:
        st.error(plain(error))
        return None


def downloads(tagged: Tagged) -> None:
    """The scores of all images as files."""
    with st.popover("Download scores", icon=":material/download:"):
        for name, title, make in (
            ("long", "One row an image and tag", long_table),
            ("wide", "One row an image", wide_table),
        ):
            st.download_button(
                f"{title}, CSV", lambda make=make: make(tagged).write_csv().encode(),
                f"tags-{name}.csv", key=f"tags-{name}-csv", on_click="ignore", width="stretch",
            )  # fmt: skip
            st.download_button(
                f"{title}, Parquet", lambda make=make: query.parquet(make(tagged)),
                f"tags-{name}.parquet", key=f"tags-{name}-parquet", on_click="ignore",
                width="stretch",
            )  # fmt: skip


@st.fragment
def workbench() -> None:
    answers.take(project)
    views = [EDIT, OVERLAP, query.QUERY, FILE]
    if st.session_state.get(query.VIEW) not in views:
        asked = st.query_params.get(query.VIEW)
        st.session_state[query.VIEW] = asked if asked in views else EDIT
    view = st.segmented_control(
        "View", views, required=True,
        key=query.VIEW, bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if view != query.QUERY:
        query.leave()
    tags = read()
    state.say_error()
    if view == FILE or tags is None:
        file.show(project)
    elif view == query.QUERY:
        query.show(project, tags)
    elif not tags.codes:
        start.show(project)
    else:
        if view == EDIT:
            editor.toolbar(project, tags)
        tagged, fresh = state.scored(project, tags)
        if view == OVERLAP:
            overlap.show(project, tagged, downloads)
        else:
            detail.draw(project, tagged, table.choose(tagged))
        if not fresh:
            state.follow(project)


st.title("Tags")
project = session.require_project()
pool = session.require_pool(project)
session.require_encoder(project)
workbench()
