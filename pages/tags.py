"""Tags: every tag a column of its own, with its scores, borders and answers; queries over all."""

from __future__ import annotations

import streamlit as st

from core.errors import WinnowError
from core.prompts.tags import Tags
from core.tag_tables import long_table, wide_table
from core.tagging import Tagged
from core.ui import (
    session,
    tags_answers,
    tags_detail,
    tags_editor,
    tags_file,
    tags_overlap,
    tags_query,
    tags_start,
    tags_state,
    tags_table,
)
from core.ui.text import plain

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
                f"{title}, Parquet", lambda make=make: tags_query.parquet(make(tagged)),
                f"tags-{name}.parquet", key=f"tags-{name}-parquet", on_click="ignore",
                width="stretch",
            )  # fmt: skip


@st.fragment
def workbench() -> None:
    tags_answers.take(project)
    views = [EDIT, OVERLAP, tags_query.QUERY, FILE]
    if st.session_state.get(tags_query.VIEW) not in views:
        asked = st.query_params.get(tags_query.VIEW)
        st.session_state[tags_query.VIEW] = asked if asked in views else EDIT
    view = st.segmented_control(
        "View", views, required=True,
        key=tags_query.VIEW, bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if view != tags_query.QUERY:
        tags_query.leave()
    tags = read()
    tags_state.say_error()
    if view == FILE or tags is None:
        tags_file.show(project)
    elif view == tags_query.QUERY:
        tags_query.show(project, tags)
    elif not tags.codes:
        tags_start.show(project)
    else:
        if view == EDIT:
            tags_editor.toolbar(project, tags)
        tagged, fresh = tags_state.scored(project, tags)
        if view == OVERLAP:
            tags_overlap.show(project, tagged, downloads)
        else:
            tags_detail.draw(project, tagged, tags_table.choose(tagged))
        if not fresh:
            tags_state.follow(project)


st.title("Tags")
project = session.require_project()
pool = session.require_pool(project)
session.require_encoder(project)
workbench()
