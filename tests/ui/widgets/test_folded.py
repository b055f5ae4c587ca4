"""Parts that are drawn only while they are unfolded."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from core.ui.widgets import folded

    count, begun = st.session_state.get("count", 1), st.session_state.get("begun", False)
    part = folded.part(f"Parts: {count}", "part", begun)
    if part is not None:
        part.caption("inside")


def drawn(app: AppTest) -> bool:
    app.run()
    assert not app.exception and not app.warning
    return bool(app.caption)


def test_it_stays_as_it_is_when_its_title_changes() -> None:
    app = AppTest.from_function(_page)
    assert not drawn(app)
    app.session_state["part"] = True
    assert drawn(app) and drawn(app)
    app.session_state["count"] = 2
    assert drawn(app)
    app.session_state["part"] = False
    assert not drawn(app) and not drawn(app)


def test_what_begins_in_it_unfolds_it_once() -> None:
    app = AppTest.from_function(_page)
    app.session_state["begun"] = True
    assert drawn(app)
    app.session_state["part"] = False  # folded by somebody
    assert not drawn(app)
    app.session_state["begun"] = False
    assert not drawn(app)
    app.session_state["begun"] = True
    assert drawn(app)
