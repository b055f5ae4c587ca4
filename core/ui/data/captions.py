"""The Data page's way in for captions: taken from a table, replaced, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.caption_import import import_captions
from core.store.captions import save_captions
from core.store.csv_tables import read_captions
from core.store.table_rows import in_words
from core.ui.data import state
from core.ui.session import session, trouble
from core.ui.shared import captions
from core.ui.widgets import folded, uploads
from core.ui.widgets.text import plain

SHOWN = 200


def section(snapshot: Snapshot) -> None:
    """Take captions from a table, say what there is, and take them out again."""
    texts = captions.of(snapshot)
    title = f"Captions: of {len(texts):,} images" if texts else "Captions"
    part = folded.part(title, state.CAPTIONS_OPEN)
    if part is not None:
        with part:
            _content(snapshot, texts)


def _content(snapshot: Snapshot, texts: Mapping[str, tuple[str, ...]]) -> None:
    """What is folded away.

    Args:
        texts: image id → captions.
    """
    if last := st.session_state.get(state.CAPTIONS):
        _last(*last)
    if texts:
        have, act = st.columns([5, 1], vertical_alignment="center")
        have.markdown(
            f"**{sum(map(len, texts.values())):,}** captions of **{len(texts):,}** images. They "
            "are shown while labeling, searched on Search, and Metrics measures how well models "
            "match them."
        )
        act.button(
            "Remove", key="captions-remove", on_click=trouble.careful(_remove), width="stretch",
            help="Takes all captions out of the workspace; your file stays as it is.",
        )  # fmt: skip
    read = uploads.table(
        "CSV or Parquet with the columns path,caption", "captions-file", read_captions
    )
    if read is None:
        return
    if st.button("Replace the captions" if texts else "Take these captions", key="captions-take"):
        try:
            session.require_project().backups.before("captions were replaced")
            taken = import_captions(snapshot, read())
        except WinnowError as error:
            st.error(plain(error))
            return
        text = f"{len(taken.rows):,} captions of {taken.images:,} images taken over."
        if taken.rejected:
            text += f" {len(taken.rejected):,} rows do not count: {in_words(taken.rejected)}."
        st.session_state[state.CAPTIONS] = (text, list(dict.fromkeys(taken.missing)))
        st.rerun()


def _last(text: str, missing: Sequence[str]) -> None:
    """What was done last, and the paths that belong to no image."""
    st.success(plain(f"{text} Saved."))
    if missing:
        with st.expander(f"{len(missing):,} rows belong to no embedded image"):
            st.dataframe(
                {"path": missing[:SHOWN]}, hide_index=True, width="stretch",
                key="captions-missing",
            )  # fmt: skip
            if len(missing) > SHOWN:
                st.caption(f"The first {SHOWN}.")


def _remove() -> None:
    session.require_project().backups.before("captions were removed")
    save_captions(session.require_project().workspace.captions, [])
    st.session_state[state.CAPTIONS] = ("The captions were removed.", [])
