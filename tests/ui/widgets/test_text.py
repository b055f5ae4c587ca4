"""Names are shown as they are, whatever they hold."""

from __future__ import annotations

from core.ui.widgets.text import plain


def test_markup_is_taken_literally() -> None:
    assert plain("a **b** <i> $x$ :red[y] `z`") == (
        "a \\*\\*b\\*\\* \\<i\\> \\$x\\$ \\:red\\[y\\] \\`z\\`"
    )
    assert (
        plain("usual text, with (brackets) - and 1.5 #")
        == "usual text, with (brackets) - and 1.5 #"
    )
