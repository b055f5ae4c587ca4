"""Words in a real Chromium: a column is made to count, and Metrics says whether it helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.store.csv_tables import read_labels

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a title of most pictures of the sample, which names the class."""
    path = tmp_path_factory.mktemp("titles") / "titles.csv"
    truth = sorted(read_labels(SAMPLE / "truth.csv").items())
    rows = [f"{name},{f'my {label}' if n % 4 else ''}" for n, (name, label) in enumerate(truth)]
    path.write_text("\n".join(["path,title", *rows]))
    return path


def test_without_columns_the_way_to_them_is_shown(page, go) -> None:
    go("Prompts")
    page.get_by_role("radio", name="Words").or_(page.get_by_text("Words", exact=True)).first.click()
    page.get_by_text("There are no columns yet").wait_for()
    page.get_by_role("link", name="Import columns on the Data page").wait_for()


def test_a_column_is_made_to_count(page, go, titles: Path, picture) -> None:
    go("Data")
    page.get_by_text("Columns", exact=True).first.click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="A table with a row")
    uploader.locator("input[type=file]").set_input_files(titles)
    page.get_by_role("button", name="Take these columns").click()
    page.get_by_text("Last import: titles.csv").wait_for()
    go("Prompts")
    page.get_by_text("Words", exact=True).first.click()
    page.get_by_text("pictures alone").first.wait_for()
    page.get_by_role("combobox", name="Columns that count").click()
    page.get_by_role("option", name="title").click()
    page.get_by_text(re.compile("images say something")).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Let these words count").click()
    page.get_by_text("In this question words count").wait_for(timeout=120_000)
    picture("words-prompts")


def test_metrics_says_whether_words_help(page, go, picture) -> None:
    go("Metrics")
    page.get_by_text("Pictures or words", exact=True).first.click()
    page.get_by_role("button", name=re.compile("Compare with 0, 5")).click()
    page.get_by_text(re.compile("Words are worth collecting: with 20 labels a class")).wait_for(
        timeout=300_000
    )
    page.get_by_text("Right only with words").wait_for()
    picture("words-metrics")


def test_pictures_alone_again(page, go) -> None:
    go("Prompts")
    page.get_by_text("Words", exact=True).first.click()
    page.get_by_role("button", name="Pictures alone").click()
    page.get_by_text(re.compile("In this question pictures alone count")).wait_for()
