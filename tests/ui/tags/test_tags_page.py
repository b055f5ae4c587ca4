"""The Tags page: begin, edit, adjust, answer, compare, query; every change kept."""

from __future__ import annotations

import io
import re
import time
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hosts import new_host
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.services.tags.tagging import tagging_of
from core.tags.edits import GENERAL
from core.tags.vocabulary import Tag
from core.ui.session import host
from core.ui.tags import detail, query

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"
PAGE = "../../../pages/tags.py"
_strokes = count(1)


@pytest.fixture
def fresh(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a workspace without tags."""
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


@pytest.fixture
def app(fresh: AppTest) -> AppTest:
    """The page with the general tags."""
    return ok(fresh.button(key="tags-begin-general").click().run())


def ok(app: AppTest) -> AppTest:
    assert not app.exception, [e.value for e in app.exception]
    return app


def said(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value).replace("\\", "") for part in parts)


def view(app: AppTest, name: str) -> AppTest:
    return ok(app.segmented_control(key="tags-view").set_value(name).run())


def answer(app: AppTest, code: str, values: list[tuple[str, bool | None]]) -> None:
    """What the browser sends when pictures are answered, in one log."""
    first = next(_strokes) * 1_000
    log = [
        {"seq": first + number, "id": image_id, "tag": code, "value": value, "batch": first}
        for number, (image_id, value) in enumerate(values)
    ]
    app.session_state["tags-pictures"] = {"log": sending(log)}
    ok(app.run())
    settled(app)  # meanwhile the browser sends the log again until it is acknowledged


def settled(app: AppTest) -> None:
    """Wait until the newest answers have been learned."""
    until = time.monotonic() + 60
    while "being" in said(app) and time.monotonic() < until:
        time.sleep(0.1)
        ok(app.run())
    ok(app.run())


def answers(project: Project, code: str) -> dict[str, bool]:
    return project.tag_labels.current().get(code, {})


def test_an_empty_workspace_offers_ways_to_begin(fresh: AppTest, project: Project) -> None:
    names = project.classes().names
    ok(fresh.button(key="tags-begin-classes").click().run())
    tags = project.vocabulary_file.tags()
    assert [tag.words for tag in tags.tags] == names
    assert tags.tags[0].prompts == tuple(project.classes().prompts()[names[0]])
    assert fresh.session_state["tag"] == tags.tags[0].code
    ok(fresh.button(key="tags-undo").click().run())
    assert project.vocabulary_file.tags().codes == []
    assert project.classes().names == names
    assert fresh.button(key="tags-begin-general")


def test_tags_and_rules_are_added_edited_and_removed(app: AppTest, project: Project) -> None:
    add = "a boat on water, fun = boats & !people"
    ok(app.text_input(key="tags-new").set_value("boats").run())
    ok(app.text_input(key="tags-new").set_value(add).run())
    tags = project.vocabulary_file.tags()
    assert tags["a_boat_on_water"].words == "a boat on water"
    assert tags["fun"].rule == "boats & !people"
    assert app.session_state["tag"] == "a_boat_on_water"
    ok(app.text_input(key="tag-description-a_boat_on_water").set_value("a ship").run())
    ok(app.text_area(key="tag-prompts-a_boat_on_water").set_value("a ship\n\n a  boat ").run())
    entry = project.vocabulary_file.tags()["a_boat_on_water"]
    assert isinstance(entry, Tag)
    assert (entry.description, entry.prompts) == ("a ship", ("a ship", "a boat"))
    app.session_state["tag"] = "people"
    ok(app.run())
    ok(app.button(key="tag-remove-people").click().run())
    assert "named by the rule of Living, fun" in said(app)
    ok(app.text_input(key="tag-code-people").set_value("humans").run())
    tags = project.vocabulary_file.tags()
    assert (tags["fun"].rule, tags["living"].rule) == ("boats & !humans", "humans | animal | plant")
    app.session_state["tag"] = "a_boat_on_water"
    ok(app.run())
    ok(app.button(key="tag-remove-a_boat_on_water").click().run())
    assert "a_boat_on_water" not in project.vocabulary_file.tags().codes


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("x = people &", "ends where the code of a tag should stand"),
        ("x = peple", "do you mean 'people'?"),
        ("x = __import__('os')", "allowed are codes of tags"),
        ("people", "there already"),
    ],
)
def test_what_cannot_be_kept_is_said_in_one_sentence(
    app: AppTest, project: Project, typed: str, why: str
) -> None:
    before = project.vocabulary_file.text()
    ok(app.text_input(key="tags-new").set_value(typed).run())
    assert len(app.error) == 1
    assert why in said(app)
    assert project.vocabulary_file.text() == before
    assert app.text_input(key="tags-new").value == typed  # to be corrected, not typed again


def test_a_rule_that_cannot_be_kept_stays_in_its_field(app: AppTest, project: Project) -> None:
    app.session_state["tag"] = "living"
    ok(app.run())
    ok(app.text_input(key="tag-rule-living").set_value("people &").run())
    assert "ends where the code" in said(app)
    assert app.text_input(key="tag-rule-living").value == "people &"
    assert project.vocabulary_file.tags()["living"].rule == "people | animal | plant"
    ok(app.text_input(key="tag-rule-living").set_value("people & animal").run())
    assert not app.error
    assert project.vocabulary_file.tags()["living"].rule == "people & animal"


def test_borders_are_set_by_hand_and_go_back(app: AppTest, project: Project) -> None:
    def counts() -> dict[str, int]:
        tagging = tagging_of(project)
        return tagging.score(project.snapshot(), project.vocabulary_file.tags())["people"].counts()

    before = counts()
    ok(app.number_input(key="tag-centre-people").set_value(-1.0).run())
    after = counts()
    assert after["accepted"] > before["accepted"]
    assert f"**{after['accepted']:,}** accepted" in said(app)
    ok(app.number_input(key="tag-accept-people").set_value(0.2).run())
    assert "leaves nothing between them" in said(app)
    assert counts() == after
    ok(app.button(key="tag-auto-people").click().run())
    assert counts() == before


def test_answers_are_kept_once_learned_from_and_undone(app: AppTest, project: Project) -> None:
    ids = project.pool().ids
    answer(app, "people", [(ids[0], True), (ids[1], False), (ids[2], True)])
    assert answers(project, "people") == {ids[0]: True, ids[1]: False, ids[2]: True}
    assert project.tag_labels.version()[0] == 3  # not twice
    assert "Learned from its prompts and 3 answers" in said(app)
    answer(app, "people", [(ids[0], None)])
    assert answers(project, "people") == {ids[1]: False, ids[2]: True}
    ok(app.button(key="tags-undo-answers").click().run())
    settled(app)
    assert answers(project, "people") == {ids[0]: True, ids[1]: False, ids[2]: True}
    ok(app.text_input(key="tag-code-people").set_value("humans").run())
    assert answers(project, "humans") == {ids[0]: True, ids[1]: False, ids[2]: True}


def test_pictures_stay_while_they_are_answered(app: AppTest, project: Project) -> None:
    def shown() -> list[str]:
        lines = app.session_state["tags-shown"][1]
        return [item["id"] for line in lines for group in line for item in group["items"]]

    first = shown()
    assert len(first) == len(set(first)) > 10
    answer(app, "people", [(i, n % 2 == 0) for n, i in enumerate(first[:4])])
    assert shown() == first
    ok(app.button(key="tags-next").click().run())
    assert not set(first[:4]) & set(shown())
    ok(app.segmented_control(key="tags-look").set_value("Best first").run())
    column = tagging_of(project).score(project.snapshot(), project.vocabulary_file.tags())["people"]
    ranked = [column.confidence[project.pool().rows[i]] for i in shown()]
    assert ranked == sorted(ranked, reverse=True)


def test_a_border_for_a_precision_once_there_are_answers(app: AppTest, project: Project) -> None:
    tagging = tagging_of(project)
    column = tagging.score(project.snapshot(), project.vocabulary_file.tags())["people"]
    order = np.argsort(-column.confidence)
    ids = project.pool().ids
    values = [(ids[row], place < 15) for place, row in enumerate(order[:40])]
    assert "With 10 yes" in said(app)
    answer(app, "people", values)
    ok(app.number_input(key="tag-target").set_value(70).run())
    ok(app.button(key="tag-find").click().run())
    found = app.session_state["tag-found"][1]
    assert found.confidence is not None, found.why
    ok(app.button(key="tag-accept-found").click().run())
    settings = project.vocabulary_file.tags()["people"].settings
    assert found.confidence - 1e-3 <= settings.accept <= found.confidence
    assert not app.error


def test_the_address_chooses_a_tag_and_follows_it(app: AppTest) -> None:
    app.query_params["tag"] = "living"
    app.session_state["tag"] = "living"
    ok(app.run())
    assert app.text_input(key="tag-rule-living").value == "people | animal | plant"
    app.session_state["tag"] = "food"
    ok(app.run())
    assert app.query_params["tag"] == "food"
    assert app.text_input(key="tag-code-food").value == "food"


def test_coverage_and_pairs(app: AppTest, project: Project) -> None:
    view(app, "Overlap")
    assert "have at least one accepted tag" in said(app)
    assert len(app.dataframe[0].value) == len(GENERAL.codes)
    codes = project.vocabulary_file.tags().codes
    pair = [codes.index("animal"), codes.index("living")]
    app.session_state["tags-matrix"] = {"selection": {"points": [{"customdata": pair}]}}
    ok(app.run())
    tagged = tagging_of(project).score(project.snapshot(), project.vocabulary_file.tags())
    both = int(((tagged["animal"].bands == 2) & (tagged["living"].bands == 2)).sum())
    assert both
    assert f"**{both}** images are accepted for Animal and Living" in said(app)
    ok(app.button(key="tags-pair-use").click().run())
    assert f"{both} rows, {both} images" in said(app)


def test_a_query_gives_images_that_take_a_class(app: AppTest, project: Project) -> None:
    view(app, "Query")
    sql = "SELECT path, people FROM images ORDER BY people DESC LIMIT 5"
    app.text_area(key="sql").set_value(sql).run()
    ok(app.button(key="sql-run").click().run())
    assert "5 rows, 5 images" in said(app)
    name = project.classes().names[0]
    app.selectbox(key="sql-class").set_value(name).run()
    ok(app.button(key="sql-label").click().run())
    assert len(project.labels.classes()) == 5
    assert set(project.labels.classes().values()) == {name}
    ok(app.button(key="sql-undo").click().run())
    assert project.labels.classes() == {}
    ok(app.segmented_control(key="sql-view").set_value("Table").run())
    assert app.dataframe[0].value.shape == (5, 2)
    frame = pl.read_parquet(io.BytesIO(query.parquet(pl.DataFrame({"path": ["a"]}))))
    assert frame["path"].to_list() == ["a"]
    ok(app.segmented_control(key="sql-view").set_value("Pictures").run())
    ok(app.button(key="sql-use").click().run())
    assert len(app.session_state["map-selection"]) == 5
    assert "5 images selected" in said(app)


@pytest.mark.parametrize("sql", ["DROP TABLE images", "SELECT * FROM read_csv('/etc/passwd')"])
def test_a_query_that_does_more_than_read_is_refused(app: AppTest, sql: str) -> None:
    view(app, "Query")
    app.text_area(key="sql").set_value(sql).run()
    ok(app.button(key="sql-run").click().run())
    assert len(app.error) == 1


def test_the_file_is_edited_as_text(app: AppTest, project: Project) -> None:
    view(app, "File")
    text = project.vocabulary_file.text()
    assert app.text_area(key="tags-text").value == text
    app.text_area(key="tags-text").set_value(text + "  bad: [rule\n").run()
    ok(app.button(key="tags-text-save").click().run())
    assert "line" in said(app)
    assert project.vocabulary_file.text() == text
    changed = "# mine\n" + text.replace("food on a plate", "a meal")
    app.text_area(key="tags-text").set_value(changed).run()
    ok(app.button(key="tags-text-save").click().run())
    assert project.vocabulary_file.text() == changed
    project.workspace.vocabulary.write_text("tags: [\n")
    ok(app.run())
    assert "not valid YAML" in said(app)


def test_the_histogram_shows_every_image_in_its_band(app: AppTest, project: Project) -> None:
    tagged = tagging_of(project).score(project.snapshot(), project.vocabulary_file.tags())
    for code in ("people", "living"):
        drawn = detail.histogram(tagged[code])
        bars = re.findall(r'title="([\d,]+) images"', drawn)
        assert sum(int(count.replace(",", "")) for count in bars) == len(tagged.pool)


def test_the_similarities_of_all_tags_are_a_table_to_take_along(app: AppTest) -> None:
    assert [part.label for part in app.expander if "Similarities" in part.label]
    figures = [b for b in app.get("download_button") if b.key == "tags-similarities-csv"]
    assert not figures  # nothing is counted before somebody looks
    app.session_state["tags-similarities"] = True
    ok(app.run())
    (frame,) = [f.value for f in app.dataframe if "spread" in f.value.columns]
    assert frame["code"].tolist()[: len(GENERAL.tags)] == [tag.code for tag in GENERAL.tags]
    with_similarities = frame[frame["type"] != "rule"]
    assert (with_similarities["least"] <= with_similarities["mean"]).all()
    assert (with_similarities["mean"] <= with_similarities["most"]).all()
    shares = frame[["accepted", "tentative", "rejected"]].sum(axis=1)
    assert np.allclose(shares, 1, atol=1e-5)
    assert [b for b in app.get("download_button") if b.key == "tags-similarities-csv"]
