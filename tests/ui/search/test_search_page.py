"""The Search page: texts, examples, filters, choosing, labeling, and the address."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image
from searches import find
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import predict
from core.services.search.request import Request
from core.services.search.searching import Searcher
from core.store import questions
from core.store.labels.base import Event
from core.ui.search import form, results

PAGE = "../../../pages/search.py"


def visit(app: AppTest) -> AppTest:
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def shown(app: AppTest) -> list[str]:
    """Ids of the results on the page."""
    return next(iter(app.session_state["search-shown"].values()))


def browser(app: AppTest, **said: object) -> AppTest:
    """What the element in the browser would send."""
    app.session_state["search-results"] = said
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def texts(app: AppTest) -> str:
    parts = [*app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value).replace("\\", "") for part in parts)


def search(app: AppTest, text: str) -> AppTest:
    app.text_input(key="q").set_value(text).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_a_first_visit_offers_the_classes_and_one_press_searches(app: AppTest) -> None:
    visit(app)
    assert "press Enter" in texts(app)
    names = app.pills[0].options
    assert names
    app.pills(key="search-try").set_value(names[0]).run()
    assert not app.exception
    assert app.text_input(key="q").value == names[0]
    assert "60 images searched" in texts(app)
    assert len(shown(app)) == 60


def test_results_are_those_of_the_command(app: AppTest, project: Project) -> None:
    visit(app)
    search(app, "a planet -drawing")
    found = find(project, Request("a planet -drawing", k=96))
    assert shown(app) == [result.id for result in found.results]
    search(app, "a planet +")
    assert "no text" in texts(app)


def test_more_and_less_like_a_result(app: AppTest, project: Project) -> None:
    visit(app)
    search(app, "a planet")
    ids = shown(app)
    browser(app, press={"id": "1", "kind": "like", "image": ids[0]})
    browser(app, press={"id": "2", "kind": "unlike", "image": ids[-1]})
    assert app.session_state["search-marks"] == {ids[0]: "like", ids[-1]: "unlike"}
    assert app.query_params["like"] == ids[0]
    assert not {ids[0], ids[-1]} & set(shown(app))
    app.run()
    assert len(app.session_state["search-marks"]) == 2, "a press counts once"
    browser(app, press={"id": "3", "kind": "remove", "image": ids[-1]})
    search(app, "")
    assert app.session_state["search-marks"] == {ids[0]: "like"}
    assert len(shown(app)) == 59
    browser(app, press={"id": "4", "kind": "remove", "image": ids[0]})
    assert "press Enter" in texts(app)
    assert "like" not in app.query_params


@pytest.mark.parametrize("press", [7, {}, {"id": "x", "kind": "drop", "image": "y"}, {"id": "z"}])
def test_nonsense_from_the_browser_changes_nothing(app: AppTest, press: object) -> None:
    visit(app)
    search(app, "a planet")
    before = shown(app)
    browser(app, press=press, picked={"page": "other", "ids": before})
    assert shown(app) == before
    assert app.session_state["search-picked"] == []


def test_choose_label_and_undo(app: AppTest, project: Project) -> None:
    visit(app)
    search(app, "a planet")
    ids = shown(app)
    page = next(iter(app.session_state["search-shown"]))
    browser(app, picked={"page": page, "ids": [ids[0], ids[2], "f" * 32]})
    assert app.button(key="search-label").label == "Label 2"
    assert app.button(key="search-label").disabled
    name = project.classes().names[1]
    app.selectbox(key="search-class").set_value(name).run()
    app.button(key="search-label").click().run()
    assert project.labels.classes() == {ids[0]: name, ids[2]: name}
    assert "2 images labeled" in texts(app)
    assert app.button(key="search-label").label == "Label"
    app.button(key="search-undo").click().run()
    assert project.labels.classes() == {}
    app.button(key="search-all").click().run()
    assert app.button(key="search-label").label == "Label 60"
    search(app, "a moon")
    assert app.button(key="search-label").label == "Label", "a new search chooses anew"
    assert not app.exception


def test_filters_narrow_the_results(app: AppTest, project: Project) -> None:
    ids = project.pool().ids
    project.labels.add([Event(i, project.classes().names[0]) for i in ids[:3]], "me", "test")
    visit(app)
    search(app, "a planet")
    app.segmented_control(key="search-labeled").set_value("labeled").run()
    assert set(shown(app)) == set(ids[:3])
    app.text_input(key="search-where").set_value("width>1000000").run()
    assert "No image fits" in texts(app)
    app.text_input(key="search-where").set_value("colour=red").run()
    assert "names no column" in texts(app)
    assert not app.exception


def test_a_search_can_be_reached_by_its_address(app: AppTest, project: Project) -> None:
    image = project.pool().ids[5]
    app.query_params["like"] = f"{image},../../etc,{'0' * 32}"
    app.query_params["q"] = "a planet"
    visit(app)
    assert image not in shown(app)
    assert len(shown(app)) == 59


def test_pages_of_results(app: AppTest, monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    monkeypatch.setattr(form, "PER_PAGE", 25)
    visit(app)
    search(app, "a planet")
    best = [r.id for r in find(project, Request("a planet", k=60)).results]
    assert shown(app) == best[:25]
    app.session_state["search-page"] = 3
    app.run()
    assert shown(app) == best[50:]
    search(app, "a moon")
    assert app.session_state["search-page"] == 1, "a new search begins on its first page"
    assert len(shown(app)) == 25


def test_a_search_by_a_path_or_an_upload(app: AppTest, project: Project) -> None:
    visit(app)
    path = project.pool().paths[4]
    app.text_input(key="search-path").set_value("nowhere.jpg").run()
    assert "no image named" in texts(app)
    app.text_input(key="search-path").set_value(path).run()
    app.button(key="search-by-path").click().run()
    assert app.session_state["search-marks"] == {project.pool().ids[4]: "like"}
    buffer = io.BytesIO()
    Image.open(project.workspace.images / path).convert("RGB").resize((90, 80)).save(buffer, "PNG")
    app.file_uploader[0].upload("pic<b>.png", buffer.getvalue(), "image/png").run()
    assert not app.exception, [e.value for e in app.exception]
    assert len(app.session_state["search-uploads"]) == 1
    app.file_uploader[0].upload("bad.png", b"no picture", "image/png").run()
    assert "cannot be used" in texts(app)
    assert not app.exception


def test_results_show_their_predicted_class(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    draw = results._mount
    monkeypatch.setattr(results, "_mount", lambda key, data, *more: sent.append(data) or draw(
        key, data, *more))  # fmt: skip
    search(visit(app), "fruit")
    until = time.monotonic() + 60
    while not sent[-1]["items"][0]["predicted"] and time.monotonic() < until:
        time.sleep(0.1)  # without predictions yet the page does not wait for them
        app.run()
    predictions = predict(project.snapshot())
    for item in sent[-1]["items"]:
        row = project.pool().rows[item["id"]]
        best = predictions.probabilities[row].argmax()
        assert item["predicted"] == predictions.names[best]
        assert item["sure"] == f"{predictions.probabilities[row, best]:.0%}"
    assert not app.exception


def test_without_classes_results_have_no_predicted_class(app: AppTest, project: Project) -> None:
    project.save_vocabulary(Vocabulary())
    search(visit(app), "fruit")
    assert shown(app) and not app.error


def test_what_is_searched_for_and_the_question_stand_in_the_address_side_by_side(
    app: AppTest, project: Project
) -> None:
    added = questions.add(project.workspace.root, "Groups")
    app.query_params["question"] = added.slug
    search(visit(app), "a planet")
    app.run()
    assert not app.exception
    assert app.session_state["question"] == added.slug
    assert app.text_input(key="q").value == "a planet"
    assert app.query_params["question"] == added.slug


def test_an_answer_is_kept_until_the_search_or_the_images_are_others(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[str] = []
    whole = Searcher.find

    def find(self: Searcher, request: Request, snapshot: Any) -> Any:
        searches.append(request.text)
        return whole(self, request, snapshot)

    monkeypatch.setattr(Searcher, "find", find)
    search(visit(app), "a shoe")
    before = shown(app)
    app.run()
    assert searches == ["a shoe"] and shown(app) == before
    search(app, "a hat")
    assert searches == ["a shoe", "a hat"] and shown(app) != before
    search(app, "a shoe")
    assert shown(app) == before
    app.text_input(key="search-where").set_value("width>=1").run()
    app.run()
    assert len(searches) >= 5  # what passes filters may change at any time
