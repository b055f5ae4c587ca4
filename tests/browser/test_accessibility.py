"""Every page in both themes through axe-core: nothing that it calls serious or critical."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

pytestmark = pytest.mark.usefixtures("embedded")
PAGES = {  # name: its address, and what must be on it before it is looked at
    "Data": ("", "text=What was read"),
    "Prompts": ("prompts", ".wn-pic"),
    "Clusters": ("clusters", ".wc-card"),
    "Search": ("search?q=a+ship", ".ws-tile"),
    "Tags": ("tags", "text=/Name your tags|Add tags/"),
    "Label, one by one": ("label", ".wl img"),
    "Label, grid": ("label?label-mode=Grid+of+exceptions", ".wg-tile img"),
    "Metrics": ("metrics", ".js-plotly-plot .point"),
    "Export": ("export", "text=Examples of"),
}
# Elements of Streamlit's own that cannot be changed from here, each with why it is left out.
NOT_OURS: dict[str, str] = {}
STILL = "() => document.querySelector('[data-test-script-state=notRunning]') !== null"


def violations(page: Any) -> list[str]:
    """What axe-core finds serious or critical, a line each with the element."""
    page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    context = json.dumps({"exclude": [[selector] for selector in NOT_OURS]})
    found = page.evaluate(f"() => axe.run({context}, {{resultTypes: ['violations']}})")
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def in_theme(page: Any, theme: str) -> None:
    """Switch the theme, as the system setting does, and wait until the page has followed."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "theme => getComputedStyle(document.querySelector('.stApp')).colorScheme === theme",
        arg=theme,
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_serious_violation(page: Any, name: str, server, workspace, picture) -> None:
    address, ready = PAGES[name]
    sign = "&" if "?" in address else "?"
    page.goto(f"{server[0]}/{address}{sign}w={workspace().name}")
    page.locator(ready).first.wait_for(state="attached", timeout=180_000)
    page.wait_for_function(STILL)
    for theme in ("light", "dark"):
        in_theme(page, theme)
        picture(f"axe-{name.replace(', ', '-').replace(' ', '-').lower()}-{theme}")
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
