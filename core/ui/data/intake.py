"""The Data page's way in for labels that people have already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import streamlit as st

from core.project.pool import Pool
from core.runtime.errors import WinnowError
from core.services.data.label_import import folder_names, import_labels
from core.services.prompts.classes import add_classes
from core.store.csv_tables import read_labels
from core.ui.data import state
from core.ui.session import session
from core.ui.shared import label_bar
from core.ui.widgets import uploads
from core.ui.widgets.text import plain


def section(pool: Pool) -> None:
    """Take labels from a CSV file or from the names of the folders."""
    st.subheader("Labels that you have already")
    label_bar.undo_row(state.PLACE, (5, 1), width="content")
    left, right = st.columns(2)
    with left:
        read = uploads.table("CSV with the columns path,label", "labels-file", read_labels)
        if read is not None and st.button("Take these labels", key="labels-take"):
            _take_file(read)
    with right:
        names = folder_names(pool)
        if names:
            kinds = Counter(names.values())
            most = ", ".join(f"{plain(n)} ({c:,})" for n, c in kinds.most_common(12))
            st.markdown(f"The images lie in folders: {most}{' …' if len(kinds) > 12 else ''}")
            st.button(
                "Take the folder names as labels", key="labels-folders", on_click=_take,
                args=(names, "folders"),
                help="Adds the classes that are missing. One step, which Undo takes back.",
            )  # fmt: skip
        else:
            st.caption("The names of the folders do not look like classes.")


def _take_file(read: Callable[[], dict[str, str]]) -> None:
    try:
        _take(read(), "import")
    except WinnowError as error:
        st.error(plain(error))
    else:
        st.rerun()


def _take(labels: Mapping[str, str], source: str) -> None:
    """Store labels by relative path, and add the classes that are missing."""
    project = session.require_project()
    done = import_labels(project.snapshot(), project.labels, labels, session.annotator(), source)
    add_classes(project.vocabulary_file, list(done.unknown))
    missing = f" {done.missing:,} paths are no embedded image." if done.missing else ""
    added = f" {len(done.unknown)} classes were added." if done.unknown else ""
    text = f"{done.labels:,} labels taken over.{missing}{added}"
    label_bar.remember(state.PLACE, done.batch, f"{plain(text)} Saved.")
