"""A delivery in a real Chromium: received with its fields, looked at, exported, labeled on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from browser.screens import DRAWN, violations

REPOSITORY = Path(__file__).parents[2]
STILL = "() => document.querySelector('[data-test-script-state=notRunning]') !== null"
pytestmark = pytest.mark.usefixtures("embedded")
COUNT = 40


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "June <b> delivery"
    folder.mkdir()
    for image in sorted((REPOSITORY / "sample_data").rglob("*.jpg"))[:COUNT]:
        shutil.copy2(image, folder / image.name)
    (folder / "broken.jpg").write_bytes(b"nothing")
    return folder


def fill(page, name: str, text: object) -> None:
    field = page.get_by_role("textbox", name=name, exact=True)
    field.fill(str(text))
    field.press("Enter")
    page.wait_for_function(STILL)


def receive(page, folder: Path) -> None:
    fill(page, "Folder or archive of the delivery", folder)
    page.get_by_role("button", name="Receive", exact=True).click()


def test_a_delivery_from_its_form_to_class_folders_and_on(
    page, go, picture, delivery: Path, tmp_path: Path
) -> None:
    go("Deliveries")
    page.get_by_text("No delivery has been received yet").wait_for()
    picture("deliveries-empty")
    fill(page, "Folder or archive of the delivery", delivery)
    fill(page, "Required fields", "vendor")
    page.get_by_role("alert").filter(has_text="Fill in vendor").wait_for()
    assert page.get_by_role("button", name="Receive", exact=True).is_disabled()
    fill(page, "vendor of all images", "ACME <i>")
    page.get_by_role("button", name="Receive", exact=True).click()
    page.get_by_text(re.compile(rf"{COUNT} images, 1 rejected")).wait_for()
    page.get_by_text("vendor: ACME <i>").wait_for()
    picture("deliveries-received")
    # The same pictures once more under other names came before, each of them.
    again = tmp_path / "July"
    again.mkdir()
    for image in delivery.glob("*.jpg"):
        shutil.copy2(image, again / f"again-{image.name}")
    receive(page, again)
    came = page.get_by_text(f"Images that came before, or nearly the same: {COUNT}")
    came.wait_for()
    came.click()
    page.locator("img.wn-pic[alt^=again-]").first.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('img.wn-pic[alt^=again-]')]"
        ".every(image => image.naturalWidth > 20)"
    )
    picture("deliveries-duplicates")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(DRAWN)
    picture("deliveries-phone")
    page.evaluate("() => document.querySelector('.stMain').scrollTo(0, 0)")
    layout = (Path(__file__).parent / "layout.js").read_text("utf-8")
    assert page.evaluate(layout, {"width": 390, "least": 0, "overlays": []}) == []
    assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 1000})
    out = tmp_path / "sorted"
    fill(page, "New folder to export it to", out)
    page.get_by_role("button", name="Accept and export").click()
    page.get_by_text(re.compile(rf"{COUNT} images written to")).wait_for()
    assert len(list(out.rglob("again-*.jpg"))) == COUNT
    page.get_by_role("button", name="Label on").click()
    page.get_by_role("heading", name="Label", exact=True).wait_for()
    page.locator(".wl img").first.wait_for()
    picture("deliveries-labeled-on")
    assert len(list(again.iterdir())) == COUNT + 1
