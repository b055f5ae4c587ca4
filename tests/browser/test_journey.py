"""The main journey in a real Chromium: open, embed, edit a prompt, label, measure, export."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path


def test_journey(page, go, picture, workspace, embed, tmp_path: Path) -> None:
    embed()
    folder = page.locator(".wft button").first
    folder.click()
    page.get_by_text(re.compile(r"^images: \d+ images, ")).wait_for()
    assert folder.get_attribute("aria-pressed") == "true"
    picture("1-data")

    go("Prompts")
    takes = page.locator(".stMain p").filter(has_text=re.compile(r"takes .* images")).first
    takes.wait_for()
    before = takes.inner_text()
    loaded = "img => img.complete && img.naturalWidth > 0"
    first = page.locator(".wn-pic").first
    first.wait_for()
    page.wait_for_function(f"() => ({loaded})(document.querySelector('.wn-pic'))")
    # Nothing but typing: the preview follows by itself.
    page.get_by_label(re.compile("^Prompts of")).first.fill("a photo of a fire truck")
    page.wait_for_function(
        "before => [...document.querySelectorAll('p')].some("
        "p => /takes .* images/.test(p.innerText)) && "
        "[...document.querySelectorAll('p')].find("
        "p => /takes .* images/.test(p.innerText)).innerText !== before",
        arg=before,
    )
    picture("2-prompts")

    go("Label")
    desk = page.locator(".wl")
    desk.wait_for()
    page.wait_for_function("() => document.querySelector('.wl')?.dataset.image")
    asked = []
    for key in ("1", "2", "3", "4", "5"):
        asked.append(desk.get_attribute("data-image"))
        page.keyboard.press(key)
    assert len(set(asked)) == 5
    page.get_by_text("All 5 answers saved").wait_for()
    picture("3-label")
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        stored = [row[0] for row in labels.execute("SELECT image_id FROM events ORDER BY seq")]
    assert stored == asked
    page.keyboard.press("z")
    page.get_by_text("All 6 answers saved").wait_for()
    assert desk.get_attribute("data-image") == asked[-1]
    page.keyboard.press("5")
    page.get_by_text("All 7 answers saved").wait_for()

    go("Metrics")
    page.get_by_text("Accuracy", exact=True).wait_for()
    page.locator(".wmx td").first.wait_for()
    picture("4-metrics")

    go("Export")
    out = tmp_path / "sorted"
    field = page.get_by_role("textbox", name="New folder to write")
    field.fill(str(out))
    field.press("Enter")
    page.get_by_role("button", name=re.compile(r"Write \d+ images")).click()
    page.get_by_text(re.compile(r"images written to")).first.wait_for()
    picture("5-export")
    assert (out / "manifest.json").is_file()
    assert (out / "metadata.json").is_file()
    assert (out / "report.txt").is_file()
    assert sum(1 for p in out.rglob("*.jpg")) + sum(1 for p in out.rglob("*.webp")) > 300


def test_many_quick_keys_are_all_saved(page, go, workspace) -> None:
    go("Label")
    desk = page.locator(".wl")
    page.wait_for_function("() => document.querySelector('.wl')?.dataset.image")
    expected = []
    for n in range(36):
        shown = page.locator(".wl-chip .wl-label").nth(n % 9).inner_text()  # the class on that key
        expected.append((desk.get_attribute("data-image"), shown))
        page.keyboard.press(str(n % 9 + 1))
        page.wait_for_timeout(30)
        page.wait_for_function(
            "id => (document.querySelector('.wl')?.dataset.image ?? id) !== id", arg=expected[-1][0]
        )
    page.wait_for_function("() => document.querySelector('.wl')?.dataset.unsaved === '0'")
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        stored = labels.execute("SELECT image_id, class FROM events ORDER BY seq").fetchall()[-36:]
    assert stored == expected


def test_a_deep_link_and_a_reload_find_the_workspace(page, workspace, server) -> None:
    name = workspace().name
    page.goto(f"{server[0]}/prompts?w={name}")
    page.locator(".stMain p").filter(has_text=re.compile(r"takes .* images")).first.wait_for()
    page.reload()
    page.locator(".stMain p").filter(has_text=re.compile(r"takes .* images")).first.wait_for()


def test_pictures_are_served_by_id_only(server: tuple[str, Path], page) -> None:
    key = page.evaluate("() => document.querySelector('.wn-pic').src")
    assert re.search(r"/thumb/[0-9a-f]{12}/[0-9a-f]{32}$", key)
    base = key.rsplit("/", 1)[0]
    for bad in ("..%2f..%2fworkspace.toml", "0" * 32, "x"):
        answer = page.request.get(f"{base}/{bad}")
        assert answer.status in (400, 404)
    good = page.request.get(key)
    assert good.status == 200
    assert good.headers["content-type"].startswith("image/")
    assert "access-control-allow-origin" not in good.headers
