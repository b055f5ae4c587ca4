"""The Data page's columns: looked at before they are taken, listed, taken back."""

from __future__ import annotations

import time

from drawn import texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.store.metadata.versions import versions_of
from core.ui.session import host


def rerun(app: AppTest) -> AppTest:
    app.session_state["columns"] = True  # unfolded
    app.run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def upload(app: AppTest, content: str, name: str = "products.csv", turn: int = 0) -> AppTest:
    rerun(app)
    app.file_uploader(key=f"columns-file-{turn}").upload(name, content.encode(), "text/csv")
    return rerun(app)


def frame(app: AppTest, column: str):
    return next(each.value for each in app.dataframe if column in each.value.columns)


def test_a_table_is_looked_at_taken_and_taken_back(app: AppTest, project: Project) -> None:
    one, two, three = project.pool().paths[:3]
    table = f"file,maker,unit price\n{one},A,1\n{two},B,2.5\n{two},C,3\ngone.jpg,D,4\n"
    page = texts(upload(app, table))
    assert "**2** images get **2** columns; **1** of 4 rows name no image" in page
    assert frame(app, "is")["holds"].tolist() == ["text", "number"]
    assert project.snapshot().metadata.names == (), "a look changes nothing"
    app.button(key="columns-take").click().run()
    page = texts(rerun(app))
    assert project.snapshot().metadata.names == ("maker", "unit price")
    assert "Last import: products.csv (2 columns)" in page
    assert frame(app, "filled")["column"].tolist() == ["maker", "unit price"]
    upload(app, f"path,MAKER\n{one},Z\n{three},Y\n", "more.csv", turn=1)
    assert frame(app, "is")["is"].tolist() == ["replaces"]
    app.button(key="columns-take").click().run()
    assert project.snapshot().metadata.column("maker", project.pool().ids[:3]) == ["Z", "B", "Y"]
    app.button(key="columns-undo").click().run()
    assert "The import of more.csv is taken back." in texts(app)
    app.button(key="columns-undo").click().run()
    assert project.snapshot().metadata.names == ()
    assert versions_of(project.workspace.root) == []


def test_the_key_and_the_columns_can_be_chosen(app: AppTest, project: Project) -> None:
    names = [path.rpartition("/")[2] for path in project.pool().paths[:2]]
    upload(app, "\n".join(["title,sku,price", *(f"t,{n},3" for n in names), "t,x,4"]))
    app.selectbox(key="columns-key").set_value("column sku").run()
    app.multiselect(key="columns-only").set_value(["price"]).run()
    assert frame(app, "is")["column"].tolist() == ["price"]
    app.selectbox(key="columns-key").set_value("path").run()
    assert "no column named path" in texts(rerun(app)).lower()
    assert not app.exception


def test_folders_that_are_not_here_leave_the_file_names(app: AppTest, project: Project) -> None:
    names = [path.rpartition("/")[2] for path in project.pool().paths[:2]]
    page = texts(upload(app, "\n".join(["path,price", *(f"elsewhere/{n},3" for n in names)])))
    assert "matched by file name alone" in page and "**2** images get **1** column;" in page
    app.button(key="columns-take").click().run()
    assert project.snapshot().metadata.names == ("price",)


def test_a_table_that_cannot_be_read_is_one_sentence(app: AppTest, project: Project) -> None:
    page = texts(upload(app, "path,title,Title\na,b,c\n"))
    assert "products.csv has two columns named Title" in page


def test_what_lies_beside_images_is_read_in_the_background(app: AppTest, project: Project) -> None:
    rerun(app)
    app.button(key="columns-exif").click().run()
    until = time.monotonic() + 60
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    assert "No image of the collection says when" in texts(rerun(app))


def test_another_table_forgets_choices_that_it_has_not(app: AppTest, project: Project) -> None:
    one, two = project.pool().paths[:2]
    upload(app, f"path,sku,price\n{one},x,1\n")
    app.selectbox(key="columns-key").set_value("column path").run()
    app.multiselect(key="columns-only").set_value(["price"]).run()
    upload(app, f"file,maker\n{two},A\n", "other.csv")
    assert frame(app, "is")["column"].tolist() == ["maker"]
