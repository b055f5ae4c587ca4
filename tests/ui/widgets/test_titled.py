"""A choice stays what it is when its title changes."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from core.ui.widgets import titled

    left = st.session_state.setdefault("left", 9)
    if sent := st.session_state.get("sent"):  # as a browser does that is some runs behind
        st.session_state["which"], st.session_state["sent"] = sent, None
    before = titled.picked("which")
    value = titled.selectbox(
        st, "Which", ["dress", "hat", "skirt"], "which", lambda name: f"{name} · {left} left"
    )
    st.text(f"{before} then {value}")


def test_it_stays_whatever_its_title_was_when_it_was_chosen() -> None:
    app = AppTest.from_function(page).run()
    assert app.text[0].value == "None then dress"
    app.selectbox(key="which").set_value("hat").run()
    for left in (8, 7, 7):
        app.session_state["left"] = left
        app.run()
        assert app.text[0].value == "hat then hat"
        assert app.selectbox(key="which").options[1] == f"hat · {left} left"
    app.selectbox(key="which").set_value("skirt").run()
    assert app.text[0].value == "skirt then skirt"


def test_what_the_browser_still_calls_by_an_earlier_title_is_known() -> None:
    app = AppTest.from_function(page).run()
    for left in (8, 7):
        app.session_state["left"] = left
        app.run()
    app.session_state["sent"] = "skirt · 9 left"
    app.run()
    assert app.text[0].value == "skirt then skirt"


def test_the_browser_is_told_of_every_other_title_also_of_one_that_comes_back() -> None:
    app = AppTest.from_function(page).run()
    app.selectbox(key="which").set_value("hat").run()
    told = []
    for left in (8, 8, 9, 9, 8):
        app.session_state["left"] = left
        app.run()
        told.append(app.selectbox(key="which").proto.set_value)
    assert told == [True, False, True, False, True]
