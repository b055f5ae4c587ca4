"""What a page showed when Streamlit's own test harness ran it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def rerun(app: AppTest) -> AppTest:
    """Run the page; an exception on it fails the test."""
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def texts(app: AppTest) -> str:
    """All that it says in sentences, a line each."""
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in shown).replace("\\", "")
