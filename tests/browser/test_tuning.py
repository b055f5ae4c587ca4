"""Tuning in a real Chromium: started on the captions view, ended with a sentence and figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.pool import load_pool
from core.store.captions import save_captions
from core.store.csv_tables import read_captions
from core.store.workspace import load

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"


def test_a_tuning_runs_to_its_verdict(page, go, workspace, picture) -> None:
    opened = load(workspace())
    pool = load_pool(opened)
    pairs = pool.match(read_captions(SAMPLE / "captions.csv")).values
    save_captions(opened.captions, [(pool.ids[row], text) for row, text in pairs])
    go("Metrics")
    page.get_by_role("radio", name="Captions", exact=True).click()
    page.get_by_text("Tune the model on your words").wait_for()
    name = page.get_by_role("textbox", name="Name of the tuned model")
    name.fill("from-the-browser")
    name.press("Enter")
    page.get_by_role("button", name="Tune", exact=True).click()
    verdict = page.get_by_text("is kept.").first
    verdict.wait_for(timeout=240_000)
    page.get_by_text("All figures as JSON").wait_for()
    page.get_by_text("groups that share no words and no picture").wait_for()
    page.get_by_text("All figures as JSON").scroll_into_view_if_needed()
    picture("tuning")
