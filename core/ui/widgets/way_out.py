"""What a page lacks, with a link to where it comes from."""

from __future__ import annotations

import streamlit as st

from core.ui.widgets.text import plain


def show(what: str, then: str, page: str = "data") -> None:
    """Draw it.

    Args:
        what: is missing; then: what to do on ``page``.
    """
    with st.container(border=True):
        st.markdown(f"**{plain(what)}**")
        st.page_link(f"../../../pages/{page}.py", label=then, icon=":material/arrow_forward:")
