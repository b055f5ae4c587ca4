"""Runs in a real Chromium: the present is kept, labels come, and what changed is shown."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from pathlib import Path

import pytest
from browser.screens import STILL
from playwright.sync_api import TimeoutError

from core.learn.asking.audit import order
from core.store.catalog import read_catalog
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"


def give_labels(folder: Path, count: int) -> None:
    """The first images of the random ones get their true classes."""
    with (SAMPLE / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["path"]: row["label"] for row in csv.DictReader(file)}
    rows = read_catalog(folder / "catalog.parquet").select("path", "id").iter_rows()
    path_of = {image: path for path, image in sorted(rows, reverse=True) if image is not None}
    ids = list(path_of)
    drawn = [ids[row] for row in order(ids)[:count]]
    events = [Event(image, truth[path_of[image]]) for image in drawn if path_of[image] in truth]
    LabelStore(folder / "labels.sqlite").add(events, "somebody", "test")


def keep_moment(page, title: str) -> None:
    """Keep the present under a name; a page that is drawn anew meanwhile closes the form."""
    for _ in range(6):
        page.wait_for_function(STILL)
        page.get_by_role("button", name="Keep this moment").click()
        with suppress(TimeoutError):
            name = page.get_by_role("textbox", name="Name", exact=True)
            name.fill(title, timeout=5_000)
            name.press("Enter")
            page.wait_for_function(STILL)
            page.get_by_role("button", name="Keep", exact=True).click(timeout=5_000)
            page.get_by_text(re.compile(f"moment · {title}")).first.wait_for(timeout=10_000)
            page.keyboard.press("Escape")
            return
        page.keyboard.press("Escape")


def test_a_moment_is_kept_and_compared_after_labels(page, go, picture, workspace) -> None:
    go("Metrics")
    page.get_by_role("radio", name="Runs", exact=True).click()
    keep_moment(page, "before the labels")
    page.get_by_text(re.compile(r"moment · before the labels")).first.wait_for()
    page.get_by_text(re.compile("have the same class in both")).wait_for()
    give_labels(workspace(), 120)
    go("Label")
    go("Metrics")
    page.get_by_role("radio", name="Runs", exact=True).click()
    page.get_by_text(re.compile(r"have another class, labels included")).wait_for()
    page.get_by_text(re.compile(r"^Only random images that both judged")).wait_for()
    page.locator(".wn-strip img").first.wait_for()
    picture("metrics-runs")
    page.wait_for_function(STILL)
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the list").click()
    rows = list(csv.DictReader(got.value.path().open(encoding="utf-8")))
    shown = page.locator(".wnm dd").first.inner_text()
    assert len(rows) == int(shown.replace(",", "")) > 0
    for tab in ("Won and lost", "Classes", "Slices"):
        page.get_by_role("tab", name=tab).click()
        picture(f"metrics-runs-{tab.split()[0].lower()}")
    page.get_by_text(
        re.compile("tried is taken into account|tried are taken|were tried")
    ).wait_for()
