"""The pages of the app as tests look at them: their addresses, themes, and what axe-core finds."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Error

PAGES = {  # name: its address, and what must be on it before it is looked at
    "Data": ("", "text=What was read"),
    "Prompts": ("prompts", ".wn-pic"),
    "Clusters": ("clusters", ".wc-card"),
    "Search": ("search?q=a+ship", ".ws-tile"),
    "Try one": ("try_one", "text=Drop a picture to see"),
    "Tags": ("tags", "text=/Name your tags|Add tags/"),
    "Label, one by one": ("label", ".wl img"),
    "Label, grid": ("label?label-mode=Grid+of+exceptions", ".wg-tile img"),
    "Metrics": ("metrics", ".wmx td"),
    "Export": ("export", "text=Examples of"),
    "Deliveries": ("deliveries", "text=Folder or archive of the delivery"),
}
# Elements of Streamlit's own that cannot be changed from here, each with why it is left out.
NOT_OURS: dict[str, str] = {}
STILL = "() => document.querySelector('[data-test-script-state=notRunning]') !== null"
"""The server has nothing more to say of the page."""
DRAWN = f"""() => ({STILL})()
  && [...document.images].every(image => image.complete || image.loading === 'lazy')
  && document.getAnimations().every(move => move.playState !== 'running'
    || move.effect.getComputedTiming().endTime === Infinity)"""
"""And all of it is drawn: pictures are there, and nothing moves that will come to rest."""


def visit(page: Any, url: str, name: str, workspace: str) -> None:
    """Open a page by its address and wait until it is drawn in full."""
    address, ready = PAGES[name]
    sign = "&" if "?" in address else "?"
    page.goto(f"{url}/{address}{sign}w={workspace}")
    page.locator(ready).first.wait_for(state="attached", timeout=180_000)
    page.wait_for_function(DRAWN)


def unfold(page: Any, title: str) -> Any:
    """Unfold a part of a page; its inside.

    What is drawn above it may push it away between the two halves of a press: then once more.
    """
    part = page.locator("details").filter(has=page.locator("summary").filter(has_text=title)).last
    part.wait_for()
    for _ in range(5):
        if part.get_attribute("open") is None:
            page.wait_for_function(DRAWN)
            part.locator("summary").first.click()
        with suppress(Error):
            part.locator("summary + div").first.wait_for(timeout=3_000)
            return part
    raise AssertionError(f"{title} stays folded")


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


def file_name(name: str) -> str:
    """A page's name as part of a file's."""
    return name.replace(", ", "-").replace(" ", "-").lower()
