"""Labels that people bring: looked at on the page before they are taken."""

from __future__ import annotations

from drawn import texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project


def upload(app: AppTest, content: bytes, name: str = "labels.csv") -> AppTest:
    app.session_state["labels"] = True  # unfolded
    app.run()
    app.file_uploader(key="labels-file").upload(name, content, "text/csv")
    app.run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def take(app: AppTest) -> None:
    app.button(key="labels-take").click().run()
    assert not app.exception, [error.value for error in app.exception]


def test_what_a_table_would_do_is_shown_before_it_is_taken(app: AppTest, project: Project) -> None:
    first, second, third = project.pool().paths[:3]
    name = project.classes().names[0]
    table = (
        f"path,label\n{first},{name.upper()}\n{second},a new one\n{third},x\n{third},y\ngone,z\n"
    )
    page = texts(upload(app, table.encode()))
    assert "2** images get a label" in page
    assert "New classes: a new one (1)" in page
    assert "3 of 5 rows do not count" in page and f"'{name.upper()}' as '{name}'" in page
    shown = next(frame.value for frame in app.dataframe if "line" in frame.value.columns)
    assert shown["line"].tolist() == [4, 5, 6]
    assert "line 5 says 'y'" in shown["why"][0]
    assert project.labels.classes() == {}
    take(app)
    assert "2 labels taken over. 1 paths are no embedded image. 2 more rows" in texts(app)
    assert sorted(project.labels.classes().values()) == sorted([name, "a new one"])
    assert project.classes().names[-1] == "a new one"


def test_a_label_that_is_no_name_leaves_the_workspace_usable(
    app: AppTest, project: Project
) -> None:
    first, second = project.pool().paths[:2]
    before = project.classes().names
    upload(app, f"path,label\n{first},{'n' * 300}\n{second},tea\n".encode())
    take(app)
    assert project.classes().names == [*before, "tea"]
    assert list(project.labels.classes().values()) == ["tea"]


def test_more_classes_than_fit_are_refused_and_nothing_is_stored(
    app: AppTest, project: Project, monkeypatch
) -> None:
    monkeypatch.setattr("core.prompts.vocabulary.MAX_CLASSES", 12)
    rows = [f"{path},SKU {n}" for n, path in enumerate(project.pool().paths)]
    upload(app, "\n".join(["path,label", *rows]).encode())
    assert "at most 12 are possible" in texts(app)
    take(app)
    assert "at most 12 are possible" in texts(app)
    assert project.labels.classes() == {} and len(project.classes().names) == 10


def test_what_is_no_table_is_said_when_it_is_dropped(app: AppTest) -> None:
    page = texts(upload(app, b"PK\x03\x04" + bytes(50), "book.xlsx"))
    assert "book.xlsx is an Excel or OpenDocument workbook" in page
