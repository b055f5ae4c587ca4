"""The picker of the question, as Streamlit runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn import rerun
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.store import questions
from core.store.labels.base import Event
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


def text(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*app.markdown, *app.caption, *app.info])


def test_a_question_is_added_chosen_renamed_removed_and_put_back(
    app: AppTest, project: Project
) -> None:
    root = project.workspace.root
    before = project.classes().names
    app.run()
    assert app.selectbox("question-picked").options == ["Question 1"]
    app.text_input("question-new").set_value("Which shape?").run()
    assert not app.exception and not app.error
    assert app.selectbox("question-picked").value == "which-shape"
    assert app.query_params["question"] == "which-shape"
    app.text_input("question-name").set_value("Shape").run()
    assert app.selectbox("question-picked").options == ["Question 1", "Shape"]
    app.button("question-remove").click().run()
    assert app.selectbox("question-picked").options == ["Question 1"]
    assert project.classes().names == before
    app.button("question-back-which-shape").click().run()
    assert app.selectbox("question-picked").value == "which-shape"
    app.selectbox("question-picked").select("").run()
    assert "question" not in app.query_params
    assert [q.name for q in questions.questions_of(root)] == ["Question 1", "Shape"]


def test_the_address_names_the_question(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = questions.add(project.workspace.root, "Shape").slug
    other = Project(project.workspace.asking(slug), project.collection)
    other.save_vocabulary(Vocabulary.of({"round": ["r"], "square": ["s"]}))
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    app.query_params["question"] = slug
    app.run()
    assert app.selectbox("question-picked").value == slug
    app.switch_page("../../../pages/prompts.py").run()
    assert not app.exception
    assert {field.value for field in app.text_input if field.label == "Class"} == {
        "round",
        "square",
    }


def test_an_address_of_a_question_that_is_gone_shows_the_first(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    app.query_params["question"] = "../../etc"
    app.run()
    assert not app.exception
    assert app.selectbox("question-picked").value == ""


def test_labels_of_another_question_colour_and_filter_the_map(
    app: AppTest, project: Project
) -> None:
    slug = questions.add(project.workspace.root, "Shape").slug
    other = Project(project.workspace.asking(slug), project.collection)
    other.labels.add([Event(i, "round") for i in project.pool().ids[:3]], "ann", "test")
    make_layout(project.snapshot(), Report())
    app.run()
    rerun(app.switch_page("../../../pages/clusters.py"))
    assert not app.exception
    assert "label_shape" in app.selectbox("map-by").options
    app.selectbox("map-by").select("label_shape").run()
    assert not app.exception
    app.multiselect("map-others").select("label_shape: round").run()
    assert not app.exception and not app.error
