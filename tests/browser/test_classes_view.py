"""Metrics → Classes in a real Chromium: sizes, mixed-up classes with pictures, heads compared."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from pathlib import Path

import pytest
from browser.screens import STILL
from playwright.sync_api import TimeoutError

from core.project.head_file import head_in
from core.store.catalog import read_catalog
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"


def give_labels(folder: Path) -> None:
    """Every eighth image gets its true class."""
    truth = read_labels(SAMPLE / "truth.csv")
    known = read_catalog(folder / "catalog.parquet").select("path", "id").iter_rows()
    chosen = sorted((path, image) for path, image in known if path in truth)[::8]
    events = [Event(image, truth[path]) for path, image in chosen]
    LabelStore(folder / "labels.sqlite").add(events, "somebody", "test")


def choose(page, field: str, option: str) -> None:
    """Take one of a list; what is found in the background draws the page anew and closes it."""
    for _ in range(6):
        page.wait_for_function(STILL)
        page.get_by_role("combobox", name=field).click()
        with suppress(TimeoutError):
            page.get_by_role("option", name=option, exact=True).click(timeout=5_000)
            page.wait_for_function(STILL)
            if page.get_by_role("button", name="Use this head").is_enabled(timeout=5_000):
                return
        page.keyboard.press("Escape")


def test_classes_mixed_up_and_the_head_in_use(page, go, picture, workspace) -> None:
    give_labels(workspace())
    go("Metrics")
    page.get_by_role("radio", name="Classes", exact=True).click()
    page.get_by_role("heading", name="Most often mixed up").wait_for()
    page.locator(".wn-grid img").first.wait_for()
    page.get_by_text(re.compile("Prompts that fit these images best")).first.wait_for()
    with page.expect_download() as got:
        page.get_by_role("button", name="Every class as CSV").click()
    rows = list(csv.DictReader(got.value.path().open(encoding="utf-8")))
    assert {"class", "recall_low", "ap", "bucket"} <= set(rows[0])
    page.get_by_role("button", name="Compare the heads").click()
    page.get_by_role("button", name="Heads as CSV").wait_for(timeout=180_000)
    page.wait_for_function(STILL)
    choose(page, "Learn with", "Weighted, mildly")
    page.get_by_role("button", name="Use this head").click()
    page.get_by_text(re.compile("learned from with Weighted, mildly")).wait_for()
    assert head_in(workspace()) == "weighted-root"
    picture("metrics-classes")
