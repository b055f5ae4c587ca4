"""A button does what the fields say when it is pressed, not what they said when it was drawn."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from core.ui.widgets import presses

    def start(name: str) -> None:
        st.session_state.setdefault("done", []).append(name)

    name = st.text_input("Name", key="field")
    other = st.text_input("Other", key="other")
    presses.button("Start", "start", ("field",), start, (name,), disabled=name == "closed")
    st.caption(f"{other}: {st.session_state.get('done', [])}")


def opened() -> AppTest:
    app = AppTest.from_function(_page).run()
    app.text_input(key="field").set_value("old").run()
    return app


def done(app: AppTest) -> list[str]:
    assert not app.exception
    return list(app.session_state["done"]) if "done" in app.session_state else []


def test_a_press_on_a_page_that_has_followed() -> None:
    app = opened()
    app.button(key="start").click().run()
    assert done(app) == ["old"]
    app.run()
    assert done(app) == ["old"], "once"


def test_text_and_press_that_come_together_count_as_written() -> None:
    app = opened()
    app.text_input(key="field").set_value("new")
    app.button(key="start").click().run()
    assert done(app) == ["new"] and app.caption[0].value == ": ['new']"
    app.run()
    assert done(app) == ["new"], "once"


def test_other_fields_do_not_matter() -> None:
    app = opened()
    app.text_input(key="other").set_value("x")
    app.button(key="start").click().run()
    assert done(app) == ["old"]


def test_what_may_not_be_started_is_not() -> None:
    app = opened()
    app.text_input(key="field").set_value("closed")
    app.button(key="start").click().run()
    assert done(app) == []
    app.text_input(key="field").set_value("open again").run()
    assert done(app) == [], "the press is forgotten"
