"""What a scan of the image folder left out, and the links that lead out of it, as a list."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.services.data.overview import FolderState
from core.ui.widgets.text import plain


def section(state: FolderState) -> None:
    """Say how many and why; the list has some examples of each reason."""
    left_out = state.left_out
    links = left_out.links_out
    if links.count:
        lead = "link leads" if links.count == 1 else "links lead"
        st.caption(
            f"**{links.count:,}** {lead} out of the folder; what lies there is part of the "
            "collection."
        )
    if left_out.count:
        reasons = ", ".join(
            f"{some.count:,} {reason}" for reason, some in sorted(left_out.reasons.items())
        )
        what = "file or folder was" if left_out.count == 1 else "files or folders were"
        st.caption(f"**{left_out.count:,}** {what} passed over: {plain(reasons)}.")
    rows = [*left_out.examples, *((path, "a link out of the folder") for path in links.examples)]
    rows += state.problems
    if rows:
        with st.expander("What was passed over, and links"):
            st.dataframe(
                pd.DataFrame(rows, columns=["path", "why"]), hide_index=True, width="stretch",
                key="left-out",
            )  # fmt: skip
            if len(rows) < left_out.count + links.count + state.unreadable:
                st.caption("The first of each kind.")
