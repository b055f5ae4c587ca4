"""The Clusters page, driven as Streamlit runs it; what the elements say is put in their place."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.clusters import count
from core.services.clusters.cards import cards as overview
from core.services.clusters.cards import pictures_of
from core.services.clusters.clustering import clusters_of
from core.services.clusters.layout import make_layout, read_layout
from core.services.predict.predicting import predict
from core.store.labels.base import Event
from core.ui.clusters import map as map_element
from core.ui.clusters.parts import parts
from core.ui.session import host


@pytest.fixture
def mapped(app: AppTest, project: Project) -> AppTest:
    """The page with its map."""
    make_layout(project.snapshot(), Report())
    app.run()
    return rerun(app.switch_page("../../../pages/clusters.py"))


def box_around(project: Project, rows: list[int]) -> tuple[list[list[float]], set[str]]:
    """A box on the map around some rows, and the ids of all images in it."""
    pool = project.pool()
    layout = read_layout(project.snapshot())
    assert layout is not None
    low, high = layout.points[rows].min(axis=0) - 0.01, layout.points[rows].max(axis=0) + 0.01
    inside = ((layout.points >= low) & (layout.points <= high)).all(axis=1)
    corners = [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]
    found = {pool.ids[row] for row in np.flatnonzero(inside)}
    return [[float(v) for v in corner] for corner in corners], found


def say(app: AppTest, project: Project, **message) -> AppTest:
    """What the browser's map sends, as if it were drawn now."""
    layout = read_layout(project.snapshot())
    assert layout is not None
    version = map_element.version(project.pool(), layout.points)
    token = parts.put(project.key, (version, "positions"), lambda: layout.points)
    said = {"id": str(time.monotonic_ns()), "version": token, **message}
    app.session_state["map"] = {"said": said}
    return rerun(app)


def test_the_map_is_made_in_the_background_once(app: AppTest, project: Project) -> None:
    app.run()
    app.switch_page("../../../pages/clusters.py").run()
    until = time.monotonic() + 120
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    rerun(app)
    assert app.selectbox(key="map-by").value == "class"
    before = read_layout(project.snapshot())
    rerun(app)
    assert np.array_equal(before.points, read_layout(project.snapshot()).points)


def test_a_lasso_selects_and_labels_exactly_what_is_inside(
    mapped: AppTest, project: Project
) -> None:
    name = project.classes().names[0]
    corners, expected = box_around(project, [3, 5])
    say(mapped, project, polygon=corners, mode="replace", hidden=[])
    assert f"{len(expected)} selected" in texts(mapped)
    # Colouring anew must not change what is selected.
    mapped.selectbox(key="map-by").set_value("cluster").run()
    mapped.slider(key="map-k").set_value(3).run()
    assert f"{len(expected)} selected" in texts(mapped)
    mapped.selectbox(key="map-class").set_value(name).run()
    mapped.button(key="map-label").click().run()
    assert project.labels.classes() == dict.fromkeys(expected, name)
    mapped.button(key="map-undo").click().run()
    assert project.labels.classes() == {}
    assert not mapped.exception


def test_images_left_out_are_not_labeled(mapped: AppTest, project: Project) -> None:
    corners, expected = box_around(project, list(range(20)))
    say(mapped, project, polygon=corners, mode="replace")
    page = next(iter(mapped.session_state["map-picks-shown"]))
    left = sorted(expected)[:2]
    mapped.session_state["map-picks-grid"] = {"out": {"page": page, "ids": [*left, "0" * 32]}}
    rerun(mapped)
    assert "2 left out" in texts(mapped)
    mapped.selectbox(key="map-class").set_value(project.classes().names[1]).run()
    mapped.button(key="map-label").click().run()
    assert set(project.labels.classes()) == expected - set(left)


def test_a_selection_shows_the_least_probable_first_and_says_so(
    mapped: AppTest, project: Project
) -> None:
    everything = [[-99, -99], [99, -99], [99, 99], [-99, 99]]
    say(mapped, project, polygon=everything, mode="replace")
    assert "Least probable first" in texts(mapped)
    shown = next(iter(mapped.session_state["map-picks-shown"].values()))
    predictions = predict(project.snapshot())
    sure = predictions.assigned_probability()[project.pool().rows_of(shown)]
    assert len(shown) == len(project.pool()) and (np.diff(sure) >= 0).all()
    # A label changes the predictions, but must not move what somebody is looking at.
    project.labels.add([Event(shown[0], project.classes().names[0])], "ann", "test")
    rerun(mapped)
    assert next(iter(mapped.session_state["map-picks-shown"].values())) == shown


def test_clusters_are_called_by_classes_or_by_nothing(mapped: AppTest, project: Project) -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    clusters = clusters_of(snapshot, mapped.slider(key="map-k").value)
    pictures = pictures_of(snapshot, mapped.slider(key="map-k").value)
    made = overview(predictions, clusters, pictures)
    assert {card.name for card in made} <= {*predictions.names, None}
    assert any(card.name for card in made)


def test_a_class_that_no_image_goes_to_is_said_beside_the_map(
    mapped: AppTest, project: Project
) -> None:
    assert "No image is predicted to be" not in texts(mapped)
    classes = dict(project.classes().classes)
    # What all classes are described by is nearest to no image.
    everything = [prompt for prompts in classes.values() for prompt in prompts]
    project.vocabulary_file.save_classes(Vocabulary.of(classes | {"all": everything}))
    rerun(mapped)
    assert "No image is predicted to be “all”" in texts(mapped)


def test_adding_taking_away_and_letting_go(mapped: AppTest, project: Project) -> None:
    pool = project.pool()
    say(mapped, project, row=3, mode="replace")
    say(mapped, project, row=9, mode="add")
    assert mapped.session_state["map-selection"] == [pool.ids[3], pool.ids[9]]
    say(mapped, project, row=3, mode="remove")
    assert mapped.session_state["map-selection"] == [pool.ids[9]]
    say(mapped, project, clear=True)
    assert mapped.session_state["map-selection"] == []


def test_a_message_counts_once(mapped: AppTest, project: Project) -> None:
    say(mapped, project, row=3, mode="replace")
    mapped.button(key="map-clear").click().run()
    rerun(mapped)
    assert mapped.session_state["map-selection"] == []


def test_hidden_and_filtered_images_are_not_selected(mapped: AppTest, project: Project) -> None:
    name = project.classes().names[0]
    predictions = predict(project.snapshot())
    everything = [[-99, -99], [99, -99], [99, 99], [-99, 99]]
    say(mapped, project, polygon=everything, mode="replace", hidden=[0])
    of_first = {project.pool().ids[r] for r in np.flatnonzero(predictions.assigned == 0)}
    assert of_first and set(mapped.session_state["map-selection"]) == (
        set(project.pool().ids) - of_first
    )
    mapped.multiselect(key="map-classes").set_value([name]).run()
    say(mapped, project, polygon=everything, mode="replace", hidden=[])
    assert set(mapped.session_state["map-selection"]) == of_first
    mapped.button(key="map-clear").click().run()
    mapped.button(key="map-take").click().run()
    assert set(mapped.session_state["map-selection"]) == of_first


@pytest.mark.parametrize(
    "message",
    [
        {"row": 10**9},
        {"row": "3"},
        {"row": 3, "version": "older"},
        {"polygon": [[0, 0], [1, 1]]},
        {"polygon": [[0, 0], [1, None], [2, 2]]},
        {"polygon": [[0, 0], [1, float("inf")], [2, 2]]},
        {"polygon": "all"},
        {},
    ],
)
def test_messages_of_another_form_change_nothing(
    mapped: AppTest, project: Project, message: dict
) -> None:
    say(mapped, project, **message)
    assert "map-selection" not in mapped.session_state


def test_a_card_opens_its_cluster(mapped: AppTest, project: Project) -> None:
    mapped.session_state["map-cards"] = {"opened": {"id": "1", "number": 2}}
    rerun(mapped)
    chosen = mapped.session_state["map-selection"]
    assert 0 < len(chosen) < len(project.pool()) and f"{len(chosen)} selected" in texts(mapped)
    mapped.session_state["map-cards"] = {"opened": {"id": "2", "number": 10**6}}
    rerun(mapped)
    assert mapped.session_state["map-selection"] == []


def test_every_colouring_can_be_drawn(mapped: AppTest) -> None:
    box = mapped.selectbox(key="map-by")
    assert {"class", "cluster", "confidence", "label", "problem", "width", "format"} <= {
        *box.options
    }
    for by in box.options:
        mapped.selectbox(key="map-by").set_value(by)
        rerun(mapped)


def test_the_search_for_a_number_says_what_it_tries_and_can_be_stopped(
    mapped: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = threading.Event()

    def trying(vectors: np.ndarray, candidates: tuple[int, ...], report: Report, **_) -> None:
        report.step("Trying numbers of clusters", 3, len(candidates), f"now {candidates[3]}")
        going.set()
        while True:
            report.check()
            time.sleep(0.01)

    monkeypatch.setattr(count, "stable_k", trying)
    before = mapped.slider(key="map-k").value
    mapped.button(key="map-k-choose").click().run()
    assert going.wait(30)
    rerun(mapped)
    stop = mapped.button(key="map-k-stop")
    assert stop.label == f"Stop · 3 of {len(count.CANDIDATES)}, now {count.CANDIDATES[3]}"
    stop.click()
    rerun(mapped)
    for task in host.shared.board.running():
        task.wait(30)
    rerun(mapped)
    assert not mapped.button(key="map-k-choose").disabled
    assert mapped.slider(key="map-k").value == before
    assert count.earlier(project.snapshot()) is None


def test_the_number_of_clusters_is_chosen_in_the_background(
    mapped: AppTest, project: Project
) -> None:
    before = mapped.slider(key="map-k").value
    mapped.button(key="map-k-choose").click()
    rerun(mapped)
    for task in host.shared.board.running():
        task.wait(120)
    rerun(mapped)
    found = count.earlier(project.snapshot())
    assert found is not None
    assert mapped.slider(key="map-k").value == found.k
    said = f"{found.k} clusters: the most repeatable between {min(found.scores)} and"
    assert said in texts(mapped)
    mapped.slider(key="map-k").set_value(before + 1 if before + 1 != found.k else before + 2)
    rerun(mapped)
    assert "most repeatable" not in texts(mapped), "a number of one's own is not called so"
    assert not mapped.button(key="map-k-choose").disabled
