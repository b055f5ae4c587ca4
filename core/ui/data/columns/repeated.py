"""The Data page's repeated texts: what several images say alike, word for word or nearly."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.project.snapshot import Snapshot
from core.services.data.texts.columns import ALL, word_columns
from core.services.data.texts.repeated import RepeatedText, repeated_texts
from core.ui.data.state import REPEATED
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

_LISTED, _PICTURES, _LONGEST, _SPELLINGS = 500, 24, 160, 3


def draw(snapshot: Snapshot) -> None:
    """Draw the switch and, once it is on, the list; nothing where no column holds words."""
    columns = list(word_columns(snapshot))
    if not columns or not st.toggle(
        "Repeated texts", key=REPEATED,
        help="Images that say the same or nearly the same, such as one title for a whole series.",
    ):  # fmt: skip
        return
    of, kind, part = st.columns([2, 2, 3], vertical_alignment="bottom")
    column = of.selectbox(
        "Words in", columns, index=None, key="repeated-column", placeholder="all columns together",
        format_func=plain,
    )  # fmt: skip
    near = kind.segmented_control(
        "Texts that are", ["nearly the same", "the same"], default="nearly the same",
        required=True, key="repeated-kind",
        help="The same: equal but for capitals, signs and spaces.",
    )  # fmt: skip
    text = part.text_input("Contains", key="repeated-text", placeholder="any text")
    with st.spinner("Texts are compared…", show_time=True):
        groups = repeated_texts(snapshot, column or ALL, near != "the same")
    wanted = " ".join((text or "").split()).casefold()
    groups = [one for one in groups if any(wanted in t.casefold() for t, _ in one.texts)]
    if not groups:
        st.caption("No two images share a text like that.")
        return
    _list(snapshot, groups)


def _list(snapshot: Snapshot, groups: list[RepeatedText]) -> None:
    """The groups, the largest first; the pictures of the one that is picked."""
    images = sum(len(one.rows) for one in groups)
    most = f"; the {_LISTED} largest are listed" if len(groups) > _LISTED else ""
    st.caption(
        f"{images:,} images share {len(groups):,} texts with others{most}. Press a row for its "
        "pictures."
    )
    groups = groups[:_LISTED]
    table = pd.DataFrame(
        {
            "images": [len(one.rows) for one in groups],
            "spellings": [len(one.texts) for one in groups],
            "text": ["  ·  ".join(_short(t) for t, _ in one.texts[:_SPELLINGS]) for one in groups],
        }
    )
    picked = st.dataframe(
        table, hide_index=True, width="stretch", key="repeated-list", height=240,
        on_select="rerun", selection_mode="single-row",
        column_config={"text": st.column_config.TextColumn(width="large")},
    ).selection.rows  # fmt: skip
    if picked and picked[0] < len(groups):
        rows = groups[picked[0]].rows[:_PICTURES]
        paths = [snapshot.pool.paths[row] for row in rows]
        thumbs.show(
            snapshot.key, [snapshot.pool.ids[row] for row in rows],
            [path.rpartition("/")[2] for path in paths], paths,
        )  # fmt: skip


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
