"""Words that came with images, in a real Chromium: searched, listed, set against the pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.store.csv_tables import read_labels

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a title of each picture of the sample, which names the class, of one in ten a
    wrong one; one is called a violin."""
    path = tmp_path_factory.mktemp("titles") / "titles.csv"
    truth = sorted(read_labels(SAMPLE / "truth.csv").items())
    classes = [of for _, of in truth]
    titles = [f"my {classes[n - 200] if n % 10 == 3 else of}" for n, of in enumerate(classes)]
    titles[5] = "an old violin"
    rows = [f"{name},{title}" for (name, _), title in zip(truth, titles, strict=True)]
    path.write_text("\n".join(["path,title", *rows]))
    return path


def test_shared_texts_are_listed_with_their_pictures(page, go, titles: Path, picture) -> None:
    go("Data")
    page.get_by_text("Columns", exact=True).first.click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="A table with a row")
    uploader.locator("input[type=file]").set_input_files(titles)
    page.get_by_role("button", name="Take these columns").click()
    page.get_by_text("Last import: titles.csv").wait_for()
    page.get_by_text("Repeated texts", exact=True).click()
    page.get_by_text(re.compile(r"images share \d+ texts with others")).wait_for()
    picture("texts-data")


def test_words_find_what_the_picture_does_not_show(page, go, picture) -> None:
    go("Search")
    field = page.get_by_role("searchbox").or_(page.get_by_placeholder(re.compile("What should")))
    field.first.fill("violin")
    field.first.press("Enter")
    page.get_by_text(re.compile(r"\(pictures and words; all compared\)")).wait_for()
    picture("texts-search-both")
    page.get_by_role("radio", name="Words", exact=True).or_(
        page.get_by_role("button", name="Words", exact=True)
    ).first.click()
    page.get_by_text(re.compile(r"\(1 have such words\)")).wait_for()
    picture("texts-search-words")


def test_clusters_say_their_words(page, go, picture) -> None:
    go("Clusters")
    page.get_by_text(re.compile("^words: ")).first.wait_for(timeout=180_000)
    picture("texts-clusters")


def test_words_and_pictures_that_disagree_are_listed(page, go, picture, tmp_path) -> None:
    go("Data")
    table = tmp_path / "labels.csv"
    truth = sorted(read_labels(SAMPLE / "truth.csv").items())
    some = [f"{name},{of}" for n, (name, of) in enumerate(truth) if n % 10 in (0, 6)]
    table.write_text("\n".join(["path,label", *some]))
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="path,label")
    uploader.locator("input[type=file]").set_input_files(table)
    page.get_by_role("button", name="Take these labels").click()
    page.get_by_text(re.compile("labels taken over")).wait_for()
    go("Prompts")
    page.get_by_text("Words", exact=True).first.click()
    page.get_by_role("combobox", name="Columns that count").click()
    page.get_by_role("option", name="title").click()
    page.get_by_text(re.compile("images say something")).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Let these words count").click()
    page.get_by_text("In this question words count").wait_for(timeout=120_000)
    go("Metrics")
    page.get_by_text("Suspect labels", exact=True).first.click()
    page.get_by_role("heading", name="Words against pictures").wait_for()
    let_be = page.get_by_role("button", name="Let it be")
    let_be.first.wait_for(timeout=120_000)
    picture("texts-metrics")
    listed = page.get_by_text(re.compile("images without a label are one class")).first
    count = int(listed.inner_text().split()[0])
    let_be.first.click()
    page.get_by_text(re.compile(f"^{count - 1} images without a label are")).wait_for()
