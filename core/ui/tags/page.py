"""Tags: every tag a column of its own, with its scores, borders and answers; queries over all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl
import streamlit as st

from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.tags.tables import long_table, wide_table
from core.services.tags.tagged import Tagged
from core.store.people.roles import EXPORT, TAGS
from core.store.spreadsheets import safe_csv
from core.tags.vocabulary import Tags
from core.ui.session import rights, session, trouble
from core.ui.tags import (
    answers,
    detail,
    editor,
    file,
    overlap,
    query,
    scoring,
    similarities,
    start,
    state,
    table,
)
from core.ui.widgets.text import plain

EDIT, OVERLAP, FILE = "Tags", "Overlap", "File"


def show() -> None:
    """Draw the page."""
    st.title("Tags")
    rights.remark(TAGS)
    session.require_snapshot(Vocabulary())  # the file may be damaged: its text can be mended here
    _workbench()


@trouble.fragment
def _workbench() -> None:
    project = session.require_project()
    taken = answers.take(project.tag_labels)
    view = _view()
    if view != query.QUERY:
        query.leave()
    content = _read()
    if view == FILE or content is None:
        file.show()
        return
    classes, tags = content
    snapshot = project.snapshot(classes)
    if view == query.QUERY:
        query.show(snapshot, tags)
    elif not tags.codes:
        start.show(snapshot)
    else:
        if view == EDIT:
            editor.toolbar(tags)
        tagged, fresh = scoring.scored(snapshot, tags)
        if view == OVERLAP:
            overlap.show(snapshot.key, tagged, _downloads)
        else:
            detail.draw(snapshot, tagged, table.choose(tagged), taken)
            similarities.show(tagged)
        if not fresh:
            scoring.follow(snapshot)


def _view() -> str:
    views = [EDIT, OVERLAP, query.QUERY, FILE]
    if st.session_state.get(state.VIEW) not in views:
        asked = st.query_params.get(state.VIEW)
        st.session_state[state.VIEW] = asked if asked in views else EDIT
    return str(
        st.segmented_control(
            "View", views, required=True,
            key=state.VIEW, bind="query-params", label_visibility="collapsed",
        )
    )  # fmt: skip


def _read() -> tuple[Vocabulary, Tags] | None:
    """Classes and tags; None, and why, when the file cannot be read."""
    project = session.require_project()
    try:
        return project.classes(), project.tag_file.tags()
    except WinnowError as error:
        st.error(plain(error))
        return None


def _downloads(tagged: Tagged) -> None:
    """The scores of all images as files."""
    with st.popover("Download scores", icon=":material/download:", key="tags-downloads"):
        if rights.remark(EXPORT):
            return
        for name, title, make in (
            ("long", "One row an image and tag", long_table),
            ("wide", "One row an image", wide_table),
        ):
            st.download_button(
                f"{title}, CSV", partial(_csv, make, tagged),
                f"tags-{name}.csv", key=f"tags-{name}-csv", on_click="ignore", width="stretch",
            )  # fmt: skip
            st.download_button(
                f"{title}, Parquet", partial(_parquet, make, tagged),
                f"tags-{name}.parquet", key=f"tags-{name}-parquet", on_click="ignore",
                width="stretch",
            )  # fmt: skip


def _csv(make: Callable[[Tagged], pl.DataFrame], tagged: Tagged) -> bytes:
    return safe_csv(make(tagged))


def _parquet(make: Callable[[Tagged], pl.DataFrame], tagged: Tagged) -> bytes:
    return query.parquet(make(tagged))
