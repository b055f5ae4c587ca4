"""Every page on a phone, a small and a large screen, light and dark: nothing overlaps or is cut.

Screenshots lie in ``artifacts/screens/``. The collection has forty classes, some with long names,
and two questions, so what the pages hold is more than they can count on.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.screens import DRAWN, PAGES, file_name, in_theme, violations, visit
from hosts import TOKEN

from core.project.project import Project
from core.store import questions
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.workspace import load

pytestmark = pytest.mark.usefixtures("embedded")
REPOSITORY = Path(__file__).parents[2]
SCREENS = REPOSITORY / "artifacts/screens"
LAYOUT = (Path(__file__).parent / "layout.js").read_text("utf-8")
COLOURS = ["red", "Blue", "black-white", "many coloured and rather faded"]
PHONE, SMALL, LARGE = (390, 844), (1280, 720), (1920, 1080)
THUMB = 40  # px of a control that a thumb finds
# What lies on a picture on purpose: the near-duplicates of a tile, marks and buttons on results.
OVERLAYS = [".wg-stack", ".ws-example button", ".wm-tip"]


@pytest.fixture(scope="module")
def busy(embedded: None, server: tuple[str, Path]) -> str:
    """Forty classes, labels of all kinds and a second question; the name of the workspace."""
    root = next((server[1] / "data/winnow/workspaces").iterdir())
    truth = read_labels(REPOSITORY / "sample_data/truth.csv")
    kinds = sorted(set(truth.values()))
    names = [f"{colour} {kind}" for kind in kinds for colour in COLOURS]
    lines = [f"  {name!r}: [{name!r}]" for name in names]
    (root / "vocabulary.yaml").write_text("\n".join(["classes:", *lines, ""]))
    questions.add(root, "Is what the picture shows alive, or was it ever?")
    project = Project(load(root))
    snapshot = project.snapshot()
    rows = [*snapshot.audit_order[:30], *snapshot.audit_order[-90:]]
    events = []
    for number, row in enumerate(map(int, rows)):
        kind = truth[snapshot.pool.paths[row].removeprefix("sample_data/")]
        events.append(Event(snapshot.pool.ids[row], f"{COLOURS[number % 4]} {kind}"))
    project.labels.add(events, "ann", "test")
    return root.name


def opened(page: Any, server: tuple[str, Path], **options: Any) -> Iterator[Any]:
    context = page.context.browser.new_context(**options)
    screen = context.new_page()
    screen.set_default_timeout(60_000)
    screen.goto(f"{server[0]}/?token={TOKEN}")
    yield screen
    context.close()


@pytest.fixture(scope="module")
def phone(page: Any, server: tuple[str, Path]) -> Iterator[Any]:
    """A page on a phone, with touch."""
    width, height = PHONE
    size = {"width": width, "height": height}
    yield from opened(page, server, viewport=size, has_touch=True, is_mobile=True)


@pytest.fixture(scope="module")
def desktop(page: Any, server: tuple[str, Path]) -> Iterator[Any]:
    """A page on a computer."""
    yield from opened(page, server, viewport={"width": LARGE[0], "height": LARGE[1]})


def faults(screen: Any, width: int, least: int = 0) -> list[str]:
    """What layout.js finds on the page as it is shown now."""
    screen.evaluate("() => document.querySelector('.stMain').scrollTo(0, 0)")
    asked = {"width": width, "least": least, "overlays": OVERLAYS}
    found = screen.evaluate(LAYOUT, asked)
    return list(found)


def shot(screen: Any, name: str, size: tuple[int, int], theme: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{file_name(name)}-{size[0]}-{theme}.png"
    screen.wait_for_function(DRAWN)
    screen.screenshot(path=path, animations="disabled")


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone(phone: Any, server: tuple[str, Path], busy: str, name: str) -> None:
    visit(phone, server[0], name, busy)
    for theme in ("light", "dark"):
        in_theme(phone, theme)
        shot(phone, name, PHONE, theme)
        assert violations(phone) == []
    assert faults(phone, PHONE[0], THUMB) == []


@pytest.mark.parametrize("name", PAGES)
def test_on_a_computer(
    desktop: Any, server: tuple[str, Path], busy: str, workspace: Callable[[], Path], name: str
) -> None:
    # What is shown to somebody on the phone is asked of nobody else for a while.
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        labels.execute("DELETE FROM reservations")
    visit(desktop, server[0], name, busy)
    for size in (LARGE, SMALL):
        desktop.set_viewport_size({"width": size[0], "height": size[1]})
        for theme in ("light", "dark"):
            in_theme(desktop, theme)
            shot(desktop, name, size, theme)
        assert faults(desktop, size[0]) == []
    desktop.set_viewport_size({"width": LARGE[0], "height": LARGE[1]})


def test_nothing_waits_for_a_mouse_that_rests_on_it() -> None:
    """Who touches has no pointer that rests: it may change how things look, not whether they are.

    Tooltips say again what stands elsewhere or is a file's name.
    """
    rule = re.compile(r"([^{}]*):hover([^{}]*)\{([^}]*)\}")
    hidden = re.compile(
        r"(?:^|;)\s*(display|visibility|opacity|pointer-events|transform|left|top)\s*:"
    )
    found = [
        f"{sheet.name}: {match[0].strip()}"
        for sheet in sorted((REPOSITORY / "core/ui").rglob("*.css"))
        for match in rule.finditer(sheet.read_text("utf-8"))
        if hidden.search(match[3])
    ]
    assert found == []
