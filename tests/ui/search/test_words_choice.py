"""The Search page's choice of pictures, words or both; there only where images have words."""

from __future__ import annotations

from described import describe
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project

PAGE = "../../../pages/search.py"


def search(app: AppTest, text: str) -> AppTest:
    app.run()
    app.switch_page(PAGE).run()
    app.text_input(key="q").set_value(text)
    return rerun(app)


def shown(app: AppTest) -> list[str]:
    """Ids of the results on the page."""
    return next(iter(app.session_state["search-shown"].values()))


def test_without_words_there_is_no_choice(app: AppTest) -> None:
    search(app, "a planet")
    assert not [each for each in app.segmented_control if each.key == "search-by"]
    assert "(all compared)" in texts(app) and "pictures and words" not in texts(app)


def test_both_are_searched_and_either_alone(app: AppTest, project: Project) -> None:
    pool = project.pool()
    describe(project, {"title": {pool.paths[7]: "a violin"}, "note": {pool.paths[9]: "violins"}})
    search(app, "violin")
    assert app.segmented_control(key="search-by").value == "both"
    assert "(pictures and words; all compared)" in texts(app)
    assert {pool.ids[7], pool.ids[9]} <= set(shown(app)) and len(shown(app)) > 2
    app.segmented_control(key="search-by").set_value("words")
    rerun(app)
    assert set(shown(app)) == {pool.ids[7], pool.ids[9]}
    assert "(2 have such words)" in texts(app)
    app.selectbox(key="search-words-in").set_value("note")
    rerun(app)
    assert shown(app) == [pool.ids[9]]
    describe(project, {"note": {pool.paths[3]: "violin"}})
    rerun(app)
    assert shown(app) == [pool.ids[3]], "an import counts at once"
    app.segmented_control(key="search-by").set_value("meaning")
    rerun(app)
    assert len(shown(app)) > 2
    assert not [each for each in app.selectbox if each.key == "search-words-in"]
    assert "pictures and words" not in texts(app)
