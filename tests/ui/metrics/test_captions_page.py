"""Captions on the pages: taken in on Data, shown on Label, searched on Search, measured."""

from __future__ import annotations

import time

import pytest
from conftest import SAMPLE
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.services.data.caption_import import import_captions
from core.store.csv_tables import read_captions
from core.ui.session import host
from core.ui.widgets import mount


@pytest.fixture
def captioned(project: Project) -> Project:
    import_captions(project.snapshot(), read_captions(SAMPLE / "captions.csv"))
    return project


def visit(app: AppTest, page: str) -> AppTest:
    app.run()
    app.switch_page(f"../../../pages/{page}.py")
    return rerun(app)


def mounted(monkeypatch: pytest.MonkeyPatch, element: str) -> list[dict]:
    """What an element of ours is called with, each time that a page draws it from now on."""
    calls: list[dict] = []

    def stand_in(folder, name: str):
        return lambda **call: calls.append(call) if name == element else None

    monkeypatch.setattr(mount, "element", stand_in)
    return calls


def finish(app: AppTest) -> AppTest:
    """Let the background work end, then draw the page again."""
    for task in host.shared.board.running():
        task.wait(120)
    until = time.monotonic() + 120
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    return rerun(app)


def offer(app: AppTest, content: str, name: str = "mine.csv") -> AppTest:
    app.session_state["captions"] = True  # unfolded
    rerun(app)
    app.file_uploader(key="captions-file").upload(name, content.encode(), "text/csv")
    rerun(app)
    app.button(key="captions-take").click()
    return rerun(app)


def test_a_file_of_captions_is_taken_in_replaced_and_removed(
    app: AppTest, project: Project
) -> None:
    visit(app, "data")
    first, second = project.pool().paths[:2]
    offer(app, f"path,caption\n{first},A <b>sun</b>\n{first},again\nno/such.jpg,x\nother.jpg,y\n")
    assert "2 captions of 1 images taken over. Saved." in texts(app)
    assert [e.label for e in app.expander if "rows belong" in e.label] == [
        "2 rows belong to no embedded image"
    ]
    assert ["no/such.jpg", "other.jpg"] in [
        frame.value["path"].tolist() for frame in app.dataframe if "path" in frame.value
    ]
    ids = project.pool().ids
    assert project.captions() == {ids[0]: ("A <b>sun</b>", "again")}
    assert app.button(key="captions-take").label == "Replace the captions"
    offer(app, f"path,caption\n{second},other\n")
    assert project.captions() == {ids[1]: ("other",)}
    assert not [e for e in app.expander if "rows belong" in e.label]
    app.button(key="captions-remove").click()
    rerun(app)
    assert project.captions() == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("path,words\na.jpg,x\n", "mine.csv has no column named caption"),
        ("path,caption\n", "mine.csv holds no rows"),
        ("path,caption\nno.jpg,x\n", "None of the 1 paths of the captions"),
        ("\x00\x01", "mine.csv"),
    ],
)
def test_a_bad_file_is_said_in_a_sentence(app: AppTest, captioned: Project, content, said) -> None:
    before = captioned.captions()
    visit(app, "data")
    offer(app, content)
    assert said in app.error[0].value.replace("\\", "")
    assert "/mine.csv" not in app.error[0].value, "where it was kept for a moment helps nobody"
    assert captioned.captions() == before


def test_the_label_page_shows_captions(
    app: AppTest, captioned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = mounted(monkeypatch, "labeler")
    visit(app, "label")
    queue = shown[-1]["data"]["queue"]
    assert {item["id"]: tuple(item["captions"]) for item in queue} == {
        item["id"]: captioned.captions().get(item["id"], ()) for item in queue
    }
    assert any(item["captions"] for item in queue)


def test_captions_are_searched_and_shown(
    app: AppTest, captioned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = mounted(monkeypatch, "results")
    visit(app, "search")
    app.text_input(key="search-caption").set_value("  the SUN ")
    rerun(app)
    wanted = {i for i, own in captioned.captions().items() if "the sun" in "\n".join(own).lower()}
    assert 0 < len(wanted) < 60
    assert f"{len(wanted)} images pass the filters" in texts(app)
    items = drawn[-1]["data"]["items"]
    assert {item["id"] for item in items} == wanted
    assert {item["score"] for item in items} == {""}
    assert all("sun" in " ".join(item["captions"]).lower() for item in items)
    app.text_input(key="q").set_value("a planet")
    rerun(app)
    items = drawn[-1]["data"]["items"]
    assert {item["id"] for item in items} == wanted
    assert all(float(item["score"]) for item in items)


def test_without_captions_the_field_says_where_they_come_from(app: AppTest) -> None:
    visit(app, "search")
    field = app.text_input(key="search-caption")
    assert field.disabled and "see Data" in field.placeholder


def test_metrics_measure_captions_in_the_background(
    app: AppTest, project: Project, starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.shared, "encoder", lambda spec, report=None: starter)
    visit(app, "metrics")
    app.segmented_control(key="metrics-view").set_value("Captions")
    rerun(app)
    assert "No captions yet" in texts(app)
    assert "Take over one that somebody handed on" in {f.label for f in app.get("file_uploader")}
    import_captions(project.snapshot(), read_captions(SAMPLE / "captions.csv"))
    rerun(app)
    finish(app)
    assert "only images with captions are candidates" in texts(app)
    table = app.dataframe[0].value
    assert table["model"].tolist() == ["starter", "starter"]
    assert table["direction"].tolist() == ["text → image", "image → text"]
    assert all("%" in cell and "–" in cell for cell in table["recall@10"])


def test_a_damaged_store_of_captions_closes_no_page(app: AppTest, captioned: Project) -> None:
    captioned.workspace.captions.write_bytes(b"no parquet")
    for page in ("data", "label", "search"):
        visit(app, page)
        assert "captions.parquet are damaged" in texts(app)
