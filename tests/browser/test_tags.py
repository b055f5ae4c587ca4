"""Tags in a real Chromium: begin a vocabulary, add to it, move a border, ask in SQL, download."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("embedded")
COUNTS = re.compile(r"accepted \(\d")
SAID = (
    "[...document.querySelectorAll('p')].map(p => p.innerText)"
    ".filter(text => /accepted \\(\\d/.test(text))"
)


def begun(page, go) -> None:
    """On the Tags page, with a vocabulary."""
    go("Tags")
    begin = page.get_by_role("button", name=re.compile(r"Use these \d+ tags"))
    chosen = page.get_by_text(COUNTS)
    begin.or_(chosen).first.wait_for()
    if begin.is_visible():
        begin.click()
    chosen.first.wait_for()


def test_begin_add_and_see_the_borders(page, go, picture) -> None:
    begun(page, go)
    field = page.get_by_role("textbox", name="Add tags")
    field.fill("a musical instrument, quiet = !text")
    field.press("Enter")
    page.locator(".wtl-now").filter(has_text="a musical instrument").wait_for()
    page.wait_for_url(re.compile("tag=a_musical_instrument"))
    page.get_by_text(COUNTS).first.wait_for()
    page.locator(".wt-tile img").first.wait_for()
    assert page.locator(".wt-tile").count() > 4
    picture("tags")


def test_the_table_chooses_finds_and_sorts(page, go) -> None:
    begun(page, go)
    field = page.get_by_role("searchbox", name="Find a tag by its name or code")
    rows = page.locator(".wtl tbody tr")
    every = rows.count()
    assert every > 12  # or there is no field
    field.fill("vehic")
    assert rows.count() == 1
    field.press("Enter")
    page.wait_for_url(re.compile("tag=vehicle"))
    page.locator(".wtl-now").filter(has_text=re.compile("^Vehicle")).wait_for()
    field.press("Escape")
    assert rows.count() == every
    page.get_by_role("button", name="Accepted", exact=True).click()
    counts = [int(text.replace(",", "")) for text in page.locator(
        ".wtl tbody td:nth-child(3)").all_inner_texts()]  # fmt: skip
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) > 1
    # Without a mouse: into the table, along it, and the tag below is another one.
    field.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    code = page.evaluate("document.activeElement.dataset.code")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"tag={code}"))
    page.get_by_role("button", name="Name and more").click()
    page.wait_for_function(
        "code => [...document.querySelectorAll('input')].some(field => field.value === code)",
        arg=code,
    )


def test_another_centre_moves_the_bands(page, go, server, workspace) -> None:
    begun(page, go)
    page.goto(f"{server[0]}/tags?w={workspace().name}&tag=vehicle")
    said = page.get_by_text(COUNTS).first
    before = said.inner_text()
    page.get_by_role("button", name="Borders and scale").click()
    centre = page.get_by_role("textbox", name=re.compile("^Centre")).or_(
        page.get_by_role("spinbutton", name=re.compile("^Centre"))
    )
    centre.fill("9")
    centre.press("Enter")
    page.wait_for_function(f"before => {SAID}.length && !{SAID}.includes(before)", arg=before)
    assert said.inner_text().lstrip("● ").startswith("0 accepted")
    page.get_by_role("button", name="Automatic").click()
    page.wait_for_function(f"before => {SAID}.includes(before)", arg=before)


def test_a_query_and_its_download(page, go, picture) -> None:
    begun(page, go)
    page.get_by_text("Query", exact=True).click()
    sql = page.get_by_label("SQL")
    sql.fill("SELECT path, width FROM images WHERE path LIKE '%moon%' OR path LIKE '%mars%'")
    sql.press("Control+Enter")
    page.get_by_role("button", name="Run").click()
    said = page.get_by_text(re.compile(r"\d+ rows?, \d+ images? in"))
    said.wait_for()
    rows = int(said.inner_text().split()[0])
    page.locator(".wk img").first.wait_for()
    assert page.locator(".wk img").count() == rows
    picture("tags-query")
    with page.expect_download() as got:
        page.get_by_role("button", name="CSV").click()
    lines = got.value.path().read_text().splitlines()
    assert lines[0] == "path,width"
    assert len(lines) == rows + 1
    # The link brings the query back; it runs when somebody says so.
    page.goto(page.url)
    page.get_by_label("SQL").wait_for()
    page.wait_for_function("() => document.querySelector('.st-key-sql textarea').value.length > 20")
    page.get_by_label("SQL").fill("COPY images TO '/tmp/winnow-stolen.csv'")
    page.get_by_label("SQL").press("Control+Enter")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("alert").first.wait_for()
