"""Every page in both themes through axe-core: nothing that it calls serious or critical."""

from __future__ import annotations

from typing import Any

import pytest
from browser.screens import PAGES, file_name, in_theme, violations, visit

pytestmark = pytest.mark.usefixtures("embedded")


@pytest.mark.parametrize("name", PAGES)
def test_no_serious_violation(page: Any, name: str, server, workspace, picture) -> None:
    visit(page, server[0], name, workspace().name)
    for theme in ("light", "dark"):
        in_theme(page, theme)
        picture(f"axe-{file_name(name)}-{theme}")
        assert violations(page) == []


def test_open_popovers_and_the_dialog_of_keys(page: Any, server, workspace) -> None:
    page.goto(f"{server[0]}/search?w={workspace().name}&q=a+ship")
    page.locator(".ws-tile").first.wait_for()
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("textbox", name="Conditions").wait_for()
    for theme in ("light", "dark"):
        in_theme(page, theme)
        assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    page.locator(".wy-dialog[open]").wait_for()
    for theme in ("light", "dark"):
        in_theme(page, theme)
        assert violations(page) == []
    page.keyboard.press("Escape")
