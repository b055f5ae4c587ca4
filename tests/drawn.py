"""What a page showed when Streamlit's own test harness ran it."""

from __future__ import annotations

import re
from html import unescape

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


_NUMBER = re.compile(r"<div><dt><span>([^<]*)</span>(?:<button.*?</button>)?</dt><dd>([^<]*)</dd>")


def numbers_on(app: AppTest) -> list[tuple[str, str]]:
    """Title and value of each figure of `core.ui.widgets.numbers` on the page, in order."""
    bodies = [element.proto.body for element in app.get("html")]
    return [(unescape(t), unescape(v)) for body in bodies for t, v in _NUMBER.findall(body)]
